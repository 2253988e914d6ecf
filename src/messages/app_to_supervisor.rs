use super::{
    supervisor_to_registrar::PlaceStep,
    supervisor_to_writer::{KeepJournal, RaiseSilence, Reached},
    writer_to_supervisor::ToPublish,
};
use crate::{
    domain::{
        keyring::Keyring,
        lot::LotId,
        presence::ProcessKey,
        reading::MealPosition,
        stream::Epoch,
        wall::{ClosedLot, FedToTheEnd, PlannedEnd, WallLot},
    },
    websocket::Ending,
};
use actix::{Message, Recipient};
use jiff::Timestamp;
use std::{collections::HashMap, sync::Arc};

/// Command: put the stored lots on the wall.
#[derive(Message)]
#[rtype(result = "()")]
pub struct RememberLots {
    pub lots: Vec<WallLot>,
    /// Those that were closed within the last day.
    pub closed: Vec<ClosedLot>,
    /// Of lots whose feeding has not ended.
    pub plans: Vec<PlannedEnd>,
    /// Lots that ended within the last weeks, latest last.
    pub ended: Vec<FedToTheEnd>,
}

/// Command: watch the feeds of these lots, and tell the writer about those that fall silent.
#[derive(Message)]
#[rtype(result = "()")]
pub struct WatchFeeds {
    pub feeds: Vec<RememberedFeed>,
    pub raise: Recipient<RaiseSilence>,
}

/// A stored lot that is being fed.
pub struct RememberedFeed {
    pub lot_id: LotId,
    pub position: MealPosition,
    /// When its latest meals were stored, oldest first.
    pub arrivals: Vec<Timestamp>,
}

/// Command: continue the streams that the journal holds, instead of new ones.
#[derive(Message)]
#[rtype(result = "()")]
pub struct ContinueStreams {
    pub epoch: Epoch,
    /// When the epoch began.
    pub since: Timestamp,
    /// `None` if the journal holds everything since then.
    pub reached: Option<Reached>,
    /// `None` unless there may be other processes.
    pub cluster: Option<JoinCluster>,
}

/// How a process shares its tabs and users with others.
pub struct JoinCluster {
    pub process: ProcessKey,
    pub place: Recipient<PlaceStep>,
}

/// Command: number what the journal holds as the process did that wrote it; nobody has subscribed yet.
#[derive(Message)]
#[rtype(result = "()")]
pub struct RepeatEntries(pub Vec<RepeatedEntry>);

/// An entry of the journal.
pub struct RepeatedEntry {
    pub position: i64,
    pub fait_le: Timestamp,
    pub to_publish: ToPublish,
}

/// Command: the streams are continued; from now on keep the journal.
#[derive(Message)]
#[rtype(result = "()")]
pub struct BeginJournal {
    pub keep: Recipient<KeepJournal>,
}

/// Event: the keys have changed.
#[derive(Default, Message)]
#[rtype(result = "()")]
pub struct KeysChanged {
    /// All keys that are not valid any more, and how the connections of each end.
    pub ended: HashMap<Arc<str>, Ending>,
    /// All keys that end within a minute.
    pub expiring: HashMap<Arc<str>, Timestamp>,
    /// What the keys allow: the provider may change that of a login.
    pub keyring: Arc<Keyring>,
}

/// Command: close every session because the server stops. Answered with the number of sessions at this moment.
#[derive(Message)]
#[rtype(result = "usize")]
pub struct CloseAllSessions;

/// Query: what does the supervisor still hold?
#[derive(Message)]
#[rtype(result = "Census")]
pub struct CountSessions;

/// What the supervisor holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, actix::MessageResponse)]
pub struct Census {
    pub sessions: usize,
    pub listeners: usize,
    pub topics: usize,
    /// Users who are disconnected and may return.
    pub in_grace: usize,
    /// Users whose clean-up is running.
    pub cleaning: usize,
}
