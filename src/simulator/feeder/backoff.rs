//! How long to wait before the next attempt to connect.

use std::time::Duration;

/// Exponential backoff with jitter, so that many feeders do not reconnect to a restarted server at the same instant.
#[derive(Debug, Clone)]
pub struct Backoff {
    first: Duration,
    longest: Duration,
    failures: u32,
}

impl Backoff {
    pub fn new(first: Duration, longest: Duration) -> Self {
        Backoff {
            first,
            longest,
            failures: 0,
        }
    }

    /// The wait after one more failure: one half is fixed, the other is multiplied by `jitter` (0–1).
    pub fn after_failure(&mut self, jitter: f64) -> Duration {
        let doubled = 2_u32.saturating_pow(self.failures);
        self.failures = self.failures.saturating_add(1);
        let ceiling = self.first.saturating_mul(doubled).min(self.longest);
        ceiling.mul_f64(0.5 + 0.5 * jitter.clamp(0.0, 1.0))
    }

    /// Call when the server works again.
    pub fn reset(&mut self) {
        self.failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn backoff() -> Backoff {
        Backoff::new(Duration::from_millis(100), Duration::from_secs(1))
    }

    #[test]
    fn the_wait_doubles_up_to_the_longest_and_never_overflows() {
        let mut backoff = backoff();
        let waits: Vec<_> = (0..200)
            .map(|_| backoff.after_failure(1.0).as_millis())
            .collect();
        assert_eq!(waits[..6], [100, 200, 400, 800, 1000, 1000]);
        assert_eq!(waits[199], 1000);
    }

    #[test]
    fn jitter_takes_away_at_most_half() {
        assert_eq!(backoff().after_failure(0.0), Duration::from_millis(50));
        assert_eq!(backoff().after_failure(0.5), Duration::from_millis(75));
    }

    #[test]
    fn a_server_that_works_again_starts_the_count_anew() {
        let mut backoff = backoff();
        backoff.after_failure(1.0);
        backoff.after_failure(1.0);
        backoff.reset();
        assert_eq!(backoff.after_failure(1.0), Duration::from_millis(100));
    }
}
