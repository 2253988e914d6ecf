//! When to ask a database again that was away.

use std::time::Duration;

const FIRST: Duration = Duration::from_millis(100);
const LAST: Duration = Duration::from_secs(2);

/// Waits that double from one attempt to the next, until the database is there.
#[derive(Debug)]
pub struct Backoff {
    next: Duration,
    is_waiting: bool,
}

impl Default for Backoff {
    fn default() -> Self {
        Backoff {
            next: FIRST,
            is_waiting: false,
        }
    }
}

impl Backoff {
    pub fn is_waiting(&self) -> bool {
        self.is_waiting
    }

    /// The database was away; gives the wait before the next attempt.
    pub fn begin(&mut self) -> Duration {
        let wait = self.next;
        self.is_waiting = true;
        self.next = (wait * 2).min(LAST);
        wait
    }

    /// The wait is over.
    pub fn end(&mut self) {
        self.is_waiting = false;
    }

    /// The database was there.
    pub fn reset(&mut self) {
        *self = Backoff::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_up_to_two_seconds_and_begin_anew_once_the_database_was_there() {
        let mut backoff = Backoff::default();
        let waits: Vec<_> = (0..7).map(|_| backoff.begin().as_millis()).collect();
        assert_eq!(waits, [100, 200, 400, 800, 1600, 2000, 2000]);
        assert!(backoff.is_waiting());
        backoff.end();
        assert!(!backoff.is_waiting());
        backoff.reset();
        assert_eq!(backoff.begin(), FIRST);
    }
}
