use super::supervisor_to_writer::RaiseSilence;
use crate::domain::{lot::LotId, reading::MealPosition, wall::WallLot};
use actix::{Message, Recipient};
use jiff::Timestamp;

/// Command: put the stored lots on the wall.
#[derive(Message)]
#[rtype(result = "()")]
pub struct RememberLots {
    pub lots: Vec<WallLot>,
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
