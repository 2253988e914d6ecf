use super::supervisor_to_session::{BeginStream, CloseSession, ConfirmFilter, Deliver, SendFrame};
use crate::{
    domain::{
        audience::Filter,
        identity::Identity,
        stream::{Position, Topic},
        subscriptions::ConnectionId,
    },
    websocket::Ending,
};
use actix::{Message, Recipient};
use serde_json::value::RawValue;
use std::time::Duration;

/// Event: a connection is open. It is listed until its `SessionClosed`.
#[derive(Message)]
#[rtype(result = "()")]
pub struct SessionOpened {
    pub cid: ConnectionId,
    pub endpoint: &'static str,
    pub who: Identity,
    pub close: Recipient<CloseSession>,
    pub listens: Option<Listening>,
}

/// What a screen wants to hear, and how it is reached.
pub struct Listening {
    pub topic: Topic,
    pub resume: Option<Resume>,
    pub begin: Recipient<BeginStream>,
    pub deliver: Recipient<Deliver>,
    pub show: Recipient<SendFrame>,
}

/// A tab that wants to go on where it stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resume {
    /// `None` on its first connection.
    pub position: Option<Position>,
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

/// Event: a connection is gone. One that is not listed is ignored: an old socket may be heard of late.
#[derive(Message)]
#[rtype(result = "()")]
pub struct SessionClosed {
    pub cid: ConnectionId,
    pub ending: Ending,
    pub lasted: Duration,
}
