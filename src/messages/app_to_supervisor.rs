use crate::domain::wall::WallLot;
use actix::Message;

/// Command: put the lots that storage remembers on the wall.
#[derive(Message)]
#[rtype(result = "()")]
pub struct RememberLots {
    pub lots: Vec<WallLot>,
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
