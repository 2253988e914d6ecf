use crate::websocket::Ending;
use actix::Message;
use bytes::Bytes;
use serde_json::value::RawValue;
use std::sync::Arc;

/// Command: send these encoded WebSocket frames, which all listeners share.
#[derive(Message, Clone)]
#[rtype(result = "()")]
pub struct Deliver {
    pub frames: Arc<[Bytes]>,
}

/// Command: begin with the state of the wall; what is delivered after this are its deltas.
#[derive(Message)]
#[rtype(result = "()")]
pub struct ShowSnapshot {
    /// Screens connected to the same endpoint, this one included.
    pub active_connections: usize,
    /// Encoded WebSocket frames, shared.
    pub frames: Arc<[Bytes]>,
}

/// Event: the filter is in force from here on.
#[derive(Message)]
#[rtype(result = "()")]
pub struct ConfirmFilter {
    pub echo: Option<Box<RawValue>>,
}

/// Command: say goodbye with the code of this ending, and end.
#[derive(Message, Clone, Copy)]
#[rtype(result = "()")]
pub struct CloseSession {
    pub ending: Ending,
}
