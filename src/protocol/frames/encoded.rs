//! Encodes frames as JSON.

use super::ServerFrame;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};
use serde_json::value::RawValue;
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
#[derive(Debug, Clone, PartialEq)]
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

/// Written and read as the object that it is.
impl Serialize for OpenFrame {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let json = [&self.json[..], b"}"].concat();
        let json = String::from_utf8(json).map_err(ser::Error::custom)?;
        let object = RawValue::from_string(json).map_err(ser::Error::custom)?;
        object.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for OpenFrame {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let object: Box<RawValue> = Deserialize::deserialize(deserializer)?;
        match object.get().strip_suffix('}') {
            Some(open) => Ok(OpenFrame {
                json: open.as_bytes().to_vec(),
            }),
            None => Err(de::Error::custom("a frame must be an object")),
        }
    }
}
