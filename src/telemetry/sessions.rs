//! Statistics of the sessions: the supervisor writes them, `/ws-metrics` reads them; neither waits for the other's work.

use crate::domain::{
    disconnects::{Disconnects, MOST_USERS},
    users::Counts,
};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Clones share the statistics.
#[derive(Debug, Clone)]
pub struct SessionStats(Arc<Mutex<Stats>>);

#[derive(Debug)]
pub struct Stats {
    pub counts: Counts,
    pub disconnects: Disconnects,
    /// Frames replayed to tabs that returned.
    pub replayed: u64,
    /// Positions from which a tab could not resume.
    pub resume_refused: u64,
    /// Connections cut because their peer did not read.
    pub dropped_slow: u64,
}

impl Default for SessionStats {
    fn default() -> Self {
        SessionStats(Arc::new(Mutex::new(Stats {
            counts: Counts::default(),
            disconnects: Disconnects::new(MOST_USERS),
            replayed: 0,
            resume_refused: 0,
            dropped_slow: 0,
        })))
    }
}

impl SessionStats {
    /// Locks the statistics; hold the guard only for a few lines.
    pub fn open(&self) -> MutexGuard<'_, Stats> {
        // After a panic the statistics are still usable numbers.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
