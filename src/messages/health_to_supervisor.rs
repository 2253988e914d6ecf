use actix::Message;
use jiff::Timestamp;

/// Event: the database went away, and nothing newer than this was stored; or it is back.
#[derive(Message, Debug, Clone, Copy, PartialEq, Eq)]
#[rtype(result = "()")]
pub struct StalenessChanged {
    /// `None`: it is back.
    pub since: Option<Timestamp>,
}
