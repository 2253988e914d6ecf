//! Frames as JSON.

use super::ServerFrame;
use serde::Serialize;
use std::io::Write;

/// Most frames are not larger, bytes.
const USUAL_SIZE: usize = 512;

/// JSON of one of our own types. That cannot fail: their keys are strings, their numbers are finite, and what passes through was read
/// as JSON before.
pub(super) fn json(value: &impl Serialize) -> Vec<u8> {
    let mut json = Vec::with_capacity(USUAL_SIZE);
    let written = serde_json::to_writer(&mut json, value);
    debug_assert!(written.is_ok(), "{written:?}");
    json
}

impl ServerFrame<'_> {
    /// The whole frame, of no stream.
    pub fn encode(&self) -> Vec<u8> {
        json(self)
    }
}

/// A frame of a stream that still waits for its place there.
#[derive(Debug, Clone)]
pub struct OpenFrame {
    /// A JSON object without its last brace.
    json: Vec<u8>,
}

impl OpenFrame {
    /// `seq` is its place in the stream.
    pub fn close(mut self, seq: u64) -> Vec<u8> {
        // Writing to a Vec cannot fail.
        let _ = write!(self.json, ",\"seq\":{seq}}}");
        self.json
    }
}

impl From<&ServerFrame<'_>> for OpenFrame {
    fn from(frame: &ServerFrame<'_>) -> Self {
        let mut json = frame.encode();
        json.pop();
        OpenFrame { json }
    }
}
