use actix::Message;
use jiff::Timestamp;

/// Event: the database became unavailable or available.
#[derive(Message, Debug, Clone, Copy, PartialEq, Eq)]
#[rtype(result = "()")]
pub struct StalenessChanged {
    /// Nothing newer than this was stored; `None` if the database is available again.
    pub since: Option<Timestamp>,
}
