//! Whether to wait a moment for those who were just answered.
//!
//! Producers that await each ack send again as soon as they have it. Those of one transaction would then always find the next one
//! on its way without them, and every transaction would hold half of them. A writer that waits until they are back writes
//! all of them at once; one that is not awaited by several does not wait.

use std::time::Duration;
use tokio::time::Instant;

/// A batch of this many costs little more than its share: nobody else is waited for.
const ENOUGH: usize = 256;
const LONGEST: Duration = Duration::from_millis(5);
/// After so many waits in vain in a row, so many transactions (2ⁿ − 1) go without.
const MOST_IN_VAIN: u32 = 6;

/// Who is expected back, and until when.
#[derive(Debug, Default)]
pub struct Gathering {
    wait: Option<Wait>,
    in_vain: u32,
    /// Transactions that still go without a wait.
    skip: u32,
}

#[derive(Debug, Clone, Copy)]
struct Wait {
    expected: usize,
    until: Instant,
}

impl Gathering {
    /// A transaction that took this long was answered to this many, while others gathered.
    pub fn begin(&mut self, now: Instant, took: Duration, answered: usize, gathered: usize) {
        let expected = answered + gathered;
        self.wait = None;
        if !(2..=ENOUGH).contains(&expected) {
            return;
        }
        if self.skip > 0 {
            self.skip -= 1;
            return;
        }
        self.wait = Some(Wait {
            // One that stays away must not hold up everybody else.
            expected: expected - expected / 8,
            until: now + took.min(LONGEST),
        });
    }

    /// How much longer those who are here should wait for the others; `None`: not at all.
    pub fn remaining(&mut self, now: Instant, gathered: usize) -> Option<Duration> {
        let Wait { expected, until } = self.wait?;
        if gathered >= expected {
            self.in_vain = 0;
        } else if now < until {
            return Some(until - now);
        } else {
            self.in_vain = (self.in_vain + 1).min(MOST_IN_VAIN);
            self.skip = (1 << self.in_vain) - 1;
        }
        self.wait = None;
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn those_who_were_answered_are_waited_for_until_nearly_all_are_back() {
        let (mut gathering, now) = (Gathering::default(), Instant::now());
        gathering.begin(now, 3 * MS, 25, 25);
        assert_eq!(gathering.remaining(now, 26), Some(3 * MS));
        assert_eq!(gathering.remaining(now + MS, 43), Some(2 * MS));
        assert_eq!(gathering.remaining(now + MS, 44), None);
    }

    #[test]
    fn a_lone_reading_never_waits() {
        let (mut gathering, now) = (Gathering::default(), Instant::now());
        assert_eq!(gathering.remaining(now, 1), None);
        gathering.begin(now, 3 * MS, 1, 0);
        assert_eq!(gathering.remaining(now, 1), None);
    }

    #[test]
    fn where_enough_has_gathered_nobody_waits() {
        let (mut gathering, now) = (Gathering::default(), Instant::now());
        gathering.begin(now, 3 * MS, 200, 100);
        assert_eq!(gathering.remaining(now, 100), None);
    }

    #[test]
    fn waits_in_vain_become_rare_and_one_that_is_worth_it_brings_them_back() {
        let (mut gathering, mut now) = (Gathering::default(), Instant::now());
        let mut waits = |transactions: usize, back: usize| {
            (0..transactions)
                .filter(|_| {
                    gathering.begin(now, 3 * MS, 10, 10);
                    let waited = gathering.remaining(now, 10).is_some();
                    now += 3 * MS;
                    assert_eq!(gathering.remaining(now, back), None);
                    waited
                })
                .count()
        };
        assert_eq!(waits(1_000, 10), 20);
        assert!(waits(100, 20) > 30);
        assert_eq!(waits(100, 20), 100);
    }
}
