//! Quality control of a lot: who claims it, and the result.

use super::{lot::LotId, words::words};

words! {
    /// How far the control of a lot is.
    pub enum Stage {
        Pending = "pending",
        Inspecting = "inspecting",
        Inspected = "inspected",
        Rejected = "rejected",
    }
}

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
