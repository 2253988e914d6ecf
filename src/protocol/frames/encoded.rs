//! Encodes frames as JSON.

use super::ServerFrame;
use serde::Serialize;
use std::io::Write;

/// Initial capacity, bytes; enough for most frames.
const USUAL_SIZE: usize = 512;

/// Encodes one of our own types. This cannot fail: keys are strings, numbers are finite, and JSON that is passed through was parsed
/// before.
pub(super) fn json(value: &impl Serialize) -> Vec<u8> {
    let mut json = Vec::with_capacity(USUAL_SIZE);
    let written = serde_json::to_writer(&mut json, value);
    debug_assert!(written.is_ok(), "{written:?}");
    json
}

impl ServerFrame<'_> {
    /// Encodes a frame that belongs to no stream.
    pub fn encode(&self) -> Vec<u8> {
        json(self)
    }
}

/// An encoded frame of a stream that has no `seq` yet.
#[derive(Debug, Clone)]
pub struct OpenFrame {
    /// A JSON object without its closing brace.
    json: Vec<u8>,
}

impl OpenFrame {
    /// Adds `seq`, the position in the stream, and closes the object.
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
