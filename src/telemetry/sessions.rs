//! Statistics of the sessions: the supervisor writes them, `/ws-metrics` reads them; neither waits for the other's work.

use crate::domain::{
    disconnects::{Disconnects, MOST_USERS},
    users::Counts,
};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Cloning shares the statistics.
#[derive(Debug, Clone)]
pub struct SessionStats(Arc<Mutex<Stats>>);

#[derive(Debug)]
pub struct Stats {
    pub counts: Counts,
    pub disconnects: Disconnects,
    /// Frames replayed to tabs that returned.
    pub replayed: u64,
    /// Positions that could not be resumed from.
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
    /// The statistics, for a few lines of work: nobody else reads or writes meanwhile.
    pub fn open(&self) -> MutexGuard<'_, Stats> {
        // Whoever panics with the lock held has left numbers, not broken memory.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
