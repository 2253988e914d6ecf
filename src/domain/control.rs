//! Quality control of a lot: who asks for it, and what becomes of a wish.

use super::lot::LotId;

/// Who asks for a lot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimer {
    pub name: String,
    /// A quality station, and not a person.
    pub is_station: bool,
}

/// What became of a wish about a lot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Granted {
    /// This lot is as wished, now or already.
    Done(LotId),
    /// It cannot be, for this reason.
    Taken(String),
    /// No such lot is in the queue.
    Unknown,
}
