//! The places for connections, shared by the threads that accept them.

use crate::domain::places::{Full, PlaceLimits, Places, Visitor};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Cloning shares the places.
#[derive(Debug, Clone)]
pub struct Entrance(Arc<Mutex<Places>>);

/// A place, given back when it is dropped.
#[derive(Debug)]
pub struct Place {
    entrance: Entrance,
    visitor: Visitor,
}

impl Entrance {
    pub fn new(limits: PlaceLimits) -> Self {
        Entrance(Arc::new(Mutex::new(Places::new(limits))))
    }

    /// # Errors
    /// The limit that is reached.
    pub fn enter(&self, visitor: Visitor) -> Result<Place, Full> {
        self.places().take(&visitor)?;
        Ok(Place {
            entrance: self.clone(),
            visitor,
        })
    }

    /// Connections that are there.
    pub fn taken(&self) -> usize {
        self.places().taken()
    }

    /// Upgrades that found no place.
    pub fn rejected(&self) -> u64 {
        self.places().rejected()
    }

    fn places(&self) -> MutexGuard<'_, Places> {
        // Whoever panics here has left numbers, not broken memory.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.entrance.places().give_back(&self.visitor);
    }
}
