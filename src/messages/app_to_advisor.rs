use super::advisor_to_writer::{ExpireAdvice, RaiseAdvice};
use actix::{Message, Recipient};

/// Command: judge closed lots from now on, beginning with those of the last days, and tell the writer what to store.
#[derive(Message)]
#[rtype(result = "()")]
pub struct BeginAdvising {
    pub raise: Recipient<RaiseAdvice>,
    pub expire: Recipient<ExpireAdvice>,
}
