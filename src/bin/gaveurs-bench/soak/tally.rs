//! What all clients of a soak saw, minute by minute and in all.

use crate::latency::Latencies;
use std::{cell::RefCell, rc::Rc};

/// Counts since the beginning.
#[derive(Debug, Default, Clone, Copy)]
pub struct Totals {
    pub readings_acked: u64,
    pub readings_refused: u64,
    pub readings_unanswered: u64,
    pub samples_acked: u64,
    pub samples_refused: u64,
    pub samples_unanswered: u64,
    /// Connections of producers and stations that were lost and made again.
    pub reconnections: u64,
    pub frames_shown: u64,
    /// Frames that a screen did not get and was told nothing about.
    pub frames_missed: u64,
    pub frames_repeated: u64,
    /// Frames left out for a screen that was too slow, which was told so.
    pub frames_skipped: u64,
    /// Screens that came back and were told to ask for history.
    pub not_resumed: u64,
    pub screens_open: u64,
    pub screens_opened: u64,
}

#[derive(Debug, Default)]
pub struct Tally {
    pub totals: Totals,
    /// Since the last look: from a reading to its ack, and to each screen.
    pub acks: Latencies,
    pub deliveries: Latencies,
}

/// All clients run on one thread.
pub type SharedTally = Rc<RefCell<Tally>>;
