//! How often and how fast a server that ends by itself is started again.

use std::time::Duration;
use tokio::time::Instant;

/// The wait before each try.
const WAITS: [Duration; 5] = [
    Duration::from_millis(100),
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
];
/// After a run of this length the count of tries starts again.
const GOOD_RUN: Duration = Duration::from_secs(300);

/// When a server that ended unexpectedly is restarted: at once the first time, then with growing delays and a limited number of tries.
#[derive(Default)]
pub(super) struct Restarts {
    tried: usize,
    last: Option<Instant>,
}

impl Restarts {
    /// How long to wait before the next try; `None` if the tries are used up.
    pub fn next(&mut self, now: Instant) -> Option<Duration> {
        let is_new = |last| now.duration_since(last) > GOOD_RUN;
        if self.last.replace(now).is_some_and(is_new) {
            self.tried = 0;
        }
        self.tried += 1;
        WAITS.get(self.tried - 1).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_started_again_five_times_and_anew_after_a_good_run() {
        let mut restarts = Restarts::default();
        let begin = Instant::now();
        for wait in WAITS {
            assert_eq!(restarts.next(begin), Some(wait));
        }
        assert_eq!(restarts.next(begin), None);
        let later = begin + GOOD_RUN + Duration::from_secs(1);
        assert_eq!(restarts.next(later), Some(WAITS[0]));
    }
}
