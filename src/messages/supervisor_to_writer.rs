use super::writer_to_supervisor::ToPublish;
use crate::domain::{feed_deadlines::SilentLot, presence::Held, stream::Topic};
use actix::Message;
use jiff::Timestamp;
use std::sync::Arc;

/// Command: raise the alert of a silent feed for each of these lots, unless a newer meal has been stored.
#[derive(Message)]
#[rtype(result = "()")]
pub struct RaiseSilence {
    pub lots: Vec<SilentLot>,
}

/// Command: write into the journal what follows from what it holds, and keep it short.
#[derive(Message)]
#[rtype(result = "()")]
pub struct KeepJournal {
    /// Of the supervisor itself: it is published when the journal has it.
    pub to_publish: ToPublish,
    pub checkpoint: Option<Reached>,
    /// Dropped when this is done: the supervisor sends no other before.
    pub ticket: Arc<()>,
}

/// What the streams had reached at a position of the journal.
pub struct Reached {
    pub position: i64,
    pub at: Timestamp,
    pub topics: Vec<(Topic, u64)>,
    /// Where the tabs and users of a cluster were.
    pub presence: Option<Held>,
}
