use super::supervisor_to_writer::RaiseSilence;
use crate::domain::{lot::LotId, reading::MealPosition, wall::WallLot};
use actix::{Message, Recipient};
use jiff::Timestamp;

/// Command: put the lots that storage remembers on the wall.
#[derive(Message)]
#[rtype(result = "()")]
pub struct RememberLots {
    pub lots: Vec<WallLot>,
}

/// Command: watch over the lots that are being fed, and tell the writer of those that fall silent.
#[derive(Message)]
#[rtype(result = "()")]
pub struct WatchFeeds {
    pub feeds: Vec<RememberedFeed>,
    pub raise: Recipient<RaiseSilence>,
}

/// A lot that storage remembers as being fed.
pub struct RememberedFeed {
    pub lot_id: LotId,
    pub position: MealPosition,
    /// When its latest meals were stored, oldest first.
    pub arrivals: Vec<Timestamp>,
}

/// Command: close every session because the server stops. Answered with the number of sessions when this was said.
#[derive(Message)]
#[rtype(result = "usize")]
pub struct CloseAllSessions;

/// Question: what is still held?
#[derive(Message)]
#[rtype(result = "Census")]
pub struct CountSessions;

/// What the supervisor holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, actix::MessageResponse)]
pub struct Census {
    pub sessions: usize,
    pub listeners: usize,
    pub topics: usize,
    /// Users who may still come back.
    pub in_grace: usize,
    /// Users whose traces are being cleared.
    pub cleaning: usize,
}
