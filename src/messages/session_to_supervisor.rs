use super::supervisor_to_session::{
    BeginStream, CloseSession, ConfirmFilter, ConfirmGrant, Deliver, Show,
};
use crate::{
    domain::{
        access::Policy,
        audience::Filter,
        grant::Grant,
        identity::Identity,
        scope::Scope,
        stream::{Position, Topic},
        subscriptions::ConnectionId,
    },
    websocket::Ending,
};
use actix::{Message, Recipient};
use jiff::Timestamp;
use serde_json::value::RawValue;
use std::{sync::Arc, time::Duration};

/// Event: a connection is open. It stays registered until its `SessionClosed`.
#[derive(Message)]
#[rtype(result = "()")]
pub struct SessionOpened {
    pub cid: ConnectionId,
    pub endpoint: &'static str,
    pub who: Identity,
    /// The id of the key that admitted it; `None` without authentication.
    pub key: Option<Arc<str>>,
    /// Which callers may have it.
    pub policy: Policy,
    pub close: Recipient<CloseSession>,
    pub listens: Option<Listening>,
}

/// What a screen subscribes to, and how frames reach it.
pub struct Listening {
    pub topic: Topic,
    /// What the caller may see.
    pub scope: Scope,
    pub resume: Option<Resume>,
    pub begin: Recipient<BeginStream>,
    pub deliver: Recipient<Deliver>,
    pub show: Recipient<Show>,
}

/// A tab that wants to resume after a disconnection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resume {
    /// `None` if it connects for the first time.
    pub position: Option<Position>,
}

/// Command: replace the filter of a subscriber. Answered with `ConfirmFilter` after the last frame under the old filter.
#[derive(Message)]
#[rtype(result = "()")]
pub struct SetFilter {
    pub cid: ConnectionId,
    pub filter: Filter,
    /// The filters as they were sent, to be echoed; `None` if they were removed.
    pub echo: Option<Box<RawValue>>,
    pub confirm: Recipient<ConfirmFilter>,
}

/// Command: let a subscriber see what his new token allows. Answered with `ConfirmGrant` after the last frame under the old one, unless the
/// connection is closed because the new one does not admit it.
#[derive(Message)]
#[rtype(result = "()")]
pub struct SetGrant {
    pub cid: ConnectionId,
    pub grant: Grant,
    pub until: Option<Timestamp>,
    pub confirm: Recipient<ConfirmGrant>,
}

/// Event: a connection has ended. Unknown connections are ignored, because this may arrive late for an old socket.
#[derive(Message)]
#[rtype(result = "()")]
pub struct SessionClosed {
    pub cid: ConnectionId,
    pub ending: Ending,
    pub lasted: Duration,
}
