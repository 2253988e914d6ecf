//! What all clients of a soak observed, per minute and in total.

use crate::latency::Latencies;
use std::{cell::RefCell, rc::Rc};

/// Counts since the start.
#[derive(Debug, Default, Clone, Copy)]
pub struct Totals {
    pub readings_acked: u64,
    pub readings_refused: u64,
    pub readings_unanswered: u64,
    pub samples_acked: u64,
    pub samples_refused: u64,
    pub samples_unanswered: u64,
    /// Reconnections of producers and stations.
    pub reconnections: u64,
    pub frames_shown: u64,
    /// Frames that a screen missed without a `gap` frame.
    pub frames_missed: u64,
    pub frames_repeated: u64,
    /// Frames left out for a slow screen and announced by a `gap` frame.
    pub frames_skipped: u64,
    /// Screens that reconnected and could not resume.
    pub not_resumed: u64,
    pub screens_open: u64,
    pub screens_opened: u64,
}

#[derive(Debug, Default)]
pub struct Tally {
    pub totals: Totals,
    /// Since the last sample: latency from a reading to its ack, and to each screen.
    pub acks: Latencies,
    pub deliveries: Latencies,
}

/// All clients run on one thread, so no lock is needed.
pub type SharedTally = Rc<RefCell<Tally>>;
