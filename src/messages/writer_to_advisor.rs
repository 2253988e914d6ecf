use crate::domain::lot::LotId;
use actix::Message;

/// Event: lots were closed, or began to be fed.
#[derive(Message, Debug, Clone, PartialEq, Eq)]
#[rtype(result = "()")]
pub struct LotsMoved {
    pub closed: Vec<LotId>,
    pub has_begun: bool,
}
