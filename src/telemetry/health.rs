//! Published health: whoever knows writes it, whoever asks reads it; nobody waits.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

/// Shared flags. Cloning shares them.
#[derive(Debug, Clone, Default)]
pub struct Health(Arc<Flags>);

#[derive(Debug, Default)]
struct Flags {
    started: AtomicBool,
    database: AtomicBool,
    stopping: AtomicBool,
    broken: AtomicBool,
}

impl Health {
    /// The server has bound its address and its actors run.
    pub fn set_started(&self) {
        self.0.started.store(true, Ordering::Release);
    }

    /// Says whether the database answered last time; gives back what was known before.
    pub fn set_database(&self, connected: bool) -> bool {
        self.0.database.swap(connected, Ordering::AcqRel)
    }

    /// No new work from here on.
    pub fn set_stopping(&self) {
        self.0.stopping.store(true, Ordering::Release);
    }

    /// A core actor is dead: this process is of no use any more.
    pub fn set_broken(&self) {
        self.0.broken.store(true, Ordering::Release);
    }

    pub fn is_live(&self) -> bool {
        !self.0.broken.load(Ordering::Acquire)
    }

    pub fn is_started(&self) -> bool {
        self.is_live() && self.0.started.load(Ordering::Acquire)
    }

    pub fn is_stopping(&self) -> bool {
        self.0.stopping.load(Ordering::Acquire)
    }

    pub fn has_database(&self) -> bool {
        self.0.database.load(Ordering::Acquire)
    }

    pub fn is_ready(&self) -> bool {
        self.is_started() && self.has_database() && !self.is_stopping()
    }
}
