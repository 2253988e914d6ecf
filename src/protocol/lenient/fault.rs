//! Why a message cannot be used: one readable sentence for its sender.

use crate::domain::reasons::ErrorReason;

/// A field that is missing or cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("field `{path}` {problem}{value}")]
pub struct BadField {
    path: String,
    problem: String,
    /// The value that the fault is about, as a part of the sentence; empty where it is not quoted.
    value: String,
}

impl BadField {
    pub(in crate::protocol) fn new(name: &str, problem: impl Into<String>) -> Self {
        BadField {
            path: name.to_owned(),
            problem: problem.into(),
            value: String::new(),
        }
    }

    /// Where it stands in the message.
    pub fn path(&self) -> &str {
        &self.path
    }

    pub(super) fn quoting(self, value: String) -> Self {
        BadField { value, ..self }
    }

    /// The same fault inside a larger value, e.g. `[3].jour`.
    pub fn within(self, prefix: &str) -> Self {
        BadField {
            path: format!("{prefix}.{}", self.path),
            ..self
        }
    }

    /// The same fault without the value, which may be large.
    pub fn unquoted(self) -> Self {
        self.quoting(String::new())
    }
}

/// A message of which nothing is used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadMessage {
    #[error("field `{field}` must be a finite number, not {token}")]
    NotFinite { field: String, token: &'static str },
    #[error("the message is not valid JSON: {0}")]
    NotJson(String),
    #[error("the message must be a JSON object or an array of objects, not {0}")]
    NotAnObject(&'static str),
    #[error("the batch is empty")]
    EmptyBatch,
    #[error("element [{0}] of the batch must be a JSON object")]
    ElementNotAnObject(usize),
    #[error(transparent)]
    Field(#[from] BadField),
}

impl BadMessage {
    /// The field that cannot be used, if it is one.
    pub fn field(&self) -> Option<&str> {
        match self {
            BadMessage::NotFinite { field, .. } => Some(field),
            BadMessage::Field(fault) => Some(fault.path()),
            _ => None,
        }
    }

    /// Under which the error is counted.
    pub fn reason(&self) -> ErrorReason {
        match self {
            BadMessage::NotFinite { .. } => ErrorReason::NotFinite,
            BadMessage::NotJson(_) => ErrorReason::InvalidJson,
            BadMessage::NotAnObject(_) | BadMessage::ElementNotAnObject(_) => {
                ErrorReason::NotAnObject
            }
            BadMessage::EmptyBatch => ErrorReason::EmptyBatch,
            BadMessage::Field(_) => ErrorReason::InvalidField,
        }
    }

    /// `NaN` and `Infinity` are the one syntax error that real clients make, so it is told apart and its field named.
    pub(super) fn not_json(text: &str, error: &serde_json::Error) -> Self {
        const TOKENS: [&str; 3] = ["NaN", "-Infinity", "Infinity"];
        let not_finite = TOKENS.iter().find_map(|token| {
            let field = field_before(text, token)?;
            Some(BadMessage::NotFinite { field, token })
        });
        not_finite.unwrap_or_else(|| BadMessage::NotJson(error.to_string()))
    }
}

/// The key in front of a bare `token` that stands as a value.
fn field_before(text: &str, token: &str) -> Option<String> {
    text.match_indices(token).find_map(|(at, _)| {
        let key = text[..at]
            .trim_end()
            .strip_suffix(':')?
            .trim_end()
            .strip_suffix('"')?;
        Some(key.rsplit('"').next()?.chars().take(64).collect())
    })
}
