//! Quality control of a lot: who claims it, and the result.

use super::lot::LotId;

/// Who claims a lot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimer {
    pub name: String,
    /// A quality station rather than a person.
    pub is_station: bool,
}

/// Result of a request about a lot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Granted {
    /// The lot is in the requested state, now or already before.
    Done(LotId),
    /// The request is refused, for this reason.
    Taken(String),
    /// The queue contains no such lot.
    Unknown,
}
