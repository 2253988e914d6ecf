use super::supervisor_to_session::{CloseSession, ConfirmFilter, Deliver, ShowSnapshot};
use crate::domain::{audience::Filter, stream::Topic, subscriptions::ConnectionId};
use actix::{Message, Recipient};
use serde_json::value::RawValue;

/// Event: a connection is open. It is listed until its `SessionClosed`.
#[derive(Message)]
#[rtype(result = "()")]
pub struct SessionOpened {
    pub cid: ConnectionId,
    pub endpoint: &'static str,
    pub close: Recipient<CloseSession>,
    pub listens: Option<Listening>,
}

/// What a screen wants to hear, and how it is reached.
pub struct Listening {
    pub topic: Topic,
    pub deliver: Recipient<Deliver>,
    /// Screens that begin with the state of the wall.
    pub snapshot: Option<Recipient<ShowSnapshot>>,
}

/// Command: replace the filter of a listener. Answered with `ConfirmFilter` behind the last frame under the old one.
#[derive(Message)]
#[rtype(result = "()")]
pub struct SetFilter {
    pub cid: ConnectionId,
    pub filter: Filter,
    /// The filters as they were sent, to be echoed; `None` when they were taken away.
    pub echo: Option<Box<RawValue>>,
    pub confirm: Recipient<ConfirmFilter>,
}

/// Event: a connection is gone. Unknown connections are ignored: an old socket may be heard of late.
#[derive(Message)]
#[rtype(result = "()")]
pub struct SessionClosed {
    pub cid: ConnectionId,
}
