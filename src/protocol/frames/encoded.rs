//! Encodes frames as JSON.

use super::ServerFrame;
use crate::domain::stream::Topic;
use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::value::RawValue;

/// Initial capacity, bytes; enough for most frames.
const USUAL_SIZE: usize = 768;

/// A reading is told to its gaveur as another type of frame than to supervision; else they are the same.
const TO_SUPERVISION: &[u8] = br#"{"type":"gavage_realtime""#;
const TO_GAVEUR: &[u8] = br#"{"type":"gavage""#;

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
#[derive(Debug, Clone, Default, PartialEq)]
pub struct OpenFrame {
    /// A JSON object without its closing brace.
    json: Vec<u8>,
}

impl OpenFrame {
    /// Adds `seq`, the position in the stream of this topic, and closes the object. `take` gets the parts of the frame.
    pub fn close<T>(&self, topic: Topic, seq: u64, take: impl FnOnce(&[&[u8]]) -> T) -> T {
        let tail = format!(",\"seq\":{seq}}}");
        match (topic, self.json.strip_prefix(TO_SUPERVISION)) {
            (Topic::Gaveur(_), Some(rest)) => take(&[TO_GAVEUR, rest, tail.as_bytes()]),
            _ => take(&[&self.json, tail.as_bytes()]),
        }
    }

    /// The object without its closing brace.
    pub fn as_json(&self) -> &[u8] {
        &self.json
    }

    pub fn from_json(json: &str) -> Self {
        let json = json.as_bytes().to_vec();
        OpenFrame { json }
    }
}

impl From<&ServerFrame<'_>> for OpenFrame {
    fn from(frame: &ServerFrame<'_>) -> Self {
        let mut json = frame.encode();
        json.pop();
        OpenFrame { json }
    }
}

/// Read as the object that it is.
impl<'de> Deserialize<'de> for OpenFrame {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let object: Box<RawValue> = Deserialize::deserialize(deserializer)?;
        let open = object.get().strip_suffix('}');
        let open = open.ok_or_else(|| de::Error::custom("a frame must be an object"))?;
        Ok(OpenFrame::from_json(open))
    }
}
