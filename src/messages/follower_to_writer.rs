use super::writer_to_supervisor::ToPublish;
use actix::Message;
use jiff::Timestamp;
use tokio::sync::OwnedSemaphorePermit;

/// Event: these entries of the journal follow; those of this process among them it may know already.
#[derive(Message)]
#[rtype(result = "()")]
pub struct EntriesFollow {
    pub entries: Vec<FollowingEntry>,
    /// Released when the supervisor has handled them.
    pub credit: OwnedSemaphorePermit,
}

/// An entry of the journal.
pub struct FollowingEntry {
    pub position: i64,
    /// When another process committed it; `None` if this one did.
    pub by_another: Option<Timestamp>,
    pub to_publish: ToPublish,
}
