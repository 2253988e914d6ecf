use crate::{
    domain::stream::{Epoch, Published, Unrecovered},
    websocket::Ending,
};
use actix::Message;
use bytes::Bytes;
use jiff::Timestamp;
use serde_json::value::RawValue;
use std::sync::Arc;

/// Command: send these frames, which all subscribers share.
#[derive(Message, Clone)]
#[rtype(result = "()")]
pub struct Deliver {
    pub frames: Arc<[Arc<Published>]>,
}

/// Command: send what belongs to no stream.
#[derive(Message, Clone)]
#[rtype(result = "()")]
pub enum Show {
    Frame(Bytes),
    /// The state of the wall as encoded frames, which screens share.
    Snapshot(Arc<[Bytes]>),
}

/// Command: start the stream; the frames delivered after this continue it without gap or repeat.
#[derive(Message)]
#[rtype(result = "()")]
pub struct BeginStream {
    /// For a tab that asked to resume.
    pub resumed: Option<Resumed>,
    /// Screens connected to the same endpoint, this one included.
    pub active_connections: usize,
    /// The state of the wall as encoded frames, which screens share; empty if the stream has none or resumes.
    pub snapshot: Arc<[Bytes]>,
    /// Says whether data is stale, if the screen cannot know.
    pub staleness: Option<Bytes>,
}

/// Result of a request to resume.
pub struct Resumed {
    pub epoch: Epoch,
    /// Position after which the stream continues.
    pub last_seq: u64,
    pub outcome: Result<Replay, NotRecovered>,
}

/// All missed frames, in order.
pub struct Replay {
    /// Position of the last frame before them.
    pub after: u64,
    pub missed: Vec<Arc<Published>>,
}

pub struct NotRecovered {
    pub reason: Unrecovered,
    /// Everything missed is in the history from this time on; `None` if only the client can know.
    pub missed_since: Option<Timestamp>,
}

/// Event: the new filter is in force from now on.
#[derive(Message)]
#[rtype(result = "()")]
pub struct ConfirmFilter {
    pub echo: Option<Box<RawValue>>,
}

/// Event: the new token is in force from now on.
#[derive(Message)]
#[rtype(result = "()")]
pub struct ConfirmGrant {
    pub until: Option<Timestamp>,
}

/// Command: send Close with the code of this ending, and stop.
#[derive(Message, Clone, Copy)]
#[rtype(result = "()")]
pub struct CloseSession {
    pub ending: Ending,
}
