//! Counts of connections, shared by the threads that accept them.

use crate::domain::connection_limits::{
    ClientKey, ConnectionCounts, ConnectionLimits, LimitReached,
};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::time::Instant;

/// Enforces the limits of open connections; clones share the counts.
#[derive(Debug, Clone)]
pub struct ConnectionLimiter(Arc<Mutex<ConnectionCounts>>);

/// A permit for one open connection, returned when dropped.
#[derive(Debug)]
pub struct ConnectionPermit {
    limiter: ConnectionLimiter,
    client: ClientKey,
}

impl ConnectionLimiter {
    pub fn new(limits: ConnectionLimits) -> Self {
        ConnectionLimiter(Arc::new(Mutex::new(ConnectionCounts::new(limits))))
    }

    /// # Errors
    /// The limit that was reached.
    pub fn acquire(&self, client: ClientKey) -> Result<ConnectionPermit, LimitReached> {
        self.counts().take(&client, Instant::now())?;
        Ok(ConnectionPermit {
            limiter: self.clone(),
            client,
        })
    }

    /// Number of permits in use.
    pub fn taken(&self) -> usize {
        self.counts().taken()
    }

    fn counts(&self) -> MutexGuard<'_, ConnectionCounts> {
        // After a panic the counts are still usable.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for ConnectionPermit {
    fn drop(&mut self) {
        self.limiter.counts().release(&self.client);
    }
}
