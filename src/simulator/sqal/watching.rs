//! What a simulated station tells of itself.

use std::rc::Rc;

/// What happens at a station, for whoever watches it.
#[derive(Debug)]
pub enum StationEvent<'a> {
    Claimed(&'a str),
    /// A sample of this lot.
    Acked(&'a str),
    Refused(&'a str),
    Inspected(&'a str),
    Lost(&'a str),
}

/// Whoever watches a station.
pub type Watcher = Rc<dyn Fn(&str, StationEvent<'_>, &StationSummary)>;

/// Counts of one station.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StationSummary {
    pub lots: u64,
    pub acked: u64,
    pub resent: u64,
    pub refused: u64,
    pub unacked: u64,
    pub reconnections: u64,
}

impl StationSummary {
    pub(super) fn and(self, other: StationSummary) -> Self {
        StationSummary {
            lots: self.lots + other.lots,
            acked: self.acked + other.acked,
            resent: self.resent + other.resent,
            refused: self.refused + other.refused,
            unacked: self.unacked + other.unacked,
            reconnections: self.reconnections + other.reconnections,
        }
    }
}
