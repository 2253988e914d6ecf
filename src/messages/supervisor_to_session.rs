use crate::{
    domain::stream::{Epoch, Published, Unrecovered},
    websocket::Ending,
};
use actix::Message;
use bytes::Bytes;
use jiff::Timestamp;
use serde_json::value::RawValue;
use std::sync::Arc;

/// Command: send these frames, which all listeners share.
#[derive(Message, Clone)]
#[rtype(result = "()")]
pub struct Deliver {
    pub frames: Arc<[Arc<Published>]>,
}

/// Command: send a frame that belongs to no stream.
#[derive(Message, Clone)]
#[rtype(result = "()")]
pub struct SendFrame {
    pub frame: Bytes,
}

/// Command: begin the stream; what is delivered after this continues it without gap or repeat.
#[derive(Message)]
#[rtype(result = "()")]
pub struct BeginStream {
    /// For a tab that asked to resume.
    pub resumed: Option<Resumed>,
    /// Screens connected to the same endpoint, this one included.
    pub active_connections: usize,
    /// The state of the wall as encoded frames, shared; empty for a stream that has none or goes on where it stopped.
    pub snapshot: Arc<[Bytes]>,
}

/// What became of the wish to resume.
pub struct Resumed {
    pub epoch: Epoch,
    /// Position from which the stream goes on.
    pub last_seq: u64,
    pub outcome: Result<Replay, NotRecovered>,
}

/// Every frame that was missed, in order.
pub struct Replay {
    /// Position behind which it begins.
    pub after: u64,
    pub missed: Vec<Arc<Published>>,
}

pub struct NotRecovered {
    pub reason: Unrecovered,
    /// History has everything that was missed from here on; `None` when only the client knows.
    pub missed_since: Option<Timestamp>,
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
