//! The counts of connections, shared by the threads that accept them.

use crate::domain::connection_limits::{
    ClientKey, ConnectionCounts, ConnectionLimits, LimitReached,
};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Counts open connections against the limits. Cloning shares the counts.
#[derive(Debug, Clone)]
pub struct ConnectionLimiter(Arc<Mutex<ConnectionCounts>>);

/// One open connection, given back when it is dropped.
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
    /// The limit that is reached.
    pub fn acquire(&self, client: ClientKey) -> Result<ConnectionPermit, LimitReached> {
        self.counts().take(&client)?;
        Ok(ConnectionPermit {
            limiter: self.clone(),
            client,
        })
    }

    /// Connections that are there.
    pub fn taken(&self) -> usize {
        self.counts().taken()
    }

    /// Upgrades that were refused.
    pub fn rejected(&self) -> u64 {
        self.counts().rejected()
    }

    fn counts(&self) -> MutexGuard<'_, ConnectionCounts> {
        // Whoever panics here has left numbers, not broken memory.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for ConnectionPermit {
    fn drop(&mut self) {
        self.limiter.counts().release(&self.client);
    }
}
