use crate::domain::lot::LotId;
use actix::Message;

/// Event: lots were closed, or began to be fed.
#[derive(Message, Debug, Clone, PartialEq, Eq)]
#[rtype(result = "()")]
pub struct LotsMoved {
    pub closed: Vec<LotId>,
    pub has_begun: bool,
}

/// Event: a lot was rated.
#[derive(Message, Debug, Clone, Copy, PartialEq, Eq)]
#[rtype(result = "()")]
pub struct LotRated {
    pub lot_id: LotId,
    /// Its ratings of this kind, real or simulated.
    pub ratings: i64,
}
