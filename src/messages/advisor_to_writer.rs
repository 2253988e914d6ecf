use crate::domain::advice::Proposal;
use actix::Message;

/// Command: store these proposals, except those that were made before.
#[derive(Message)]
#[rtype(result = "()")]
pub struct RaiseAdvice {
    pub proposals: Vec<Proposal>,
    /// Of this command alone, so that it is carried out once however often its transaction is tried.
    pub request: i64,
}

/// Command: end the advice that nobody has answered in time, or whose lot has begun.
#[derive(Message)]
#[rtype(result = "()")]
pub struct ExpireAdvice {
    /// As of [`RaiseAdvice`].
    pub request: i64,
}
