//! How often something may happen: so many times in the long run, and a number of times at once.
//!
//! The generic cell rate algorithm: all that is kept is when the next event would be due if events came evenly.

use std::{collections::HashMap, hash::Hash, time::Duration};
use tokio::time::Instant;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);
/// Fewer meters than this are kept, even if they say nothing.
const FEW: usize = 1_024;
/// No more meters than this are kept.
const MOST: usize = 10_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    interval: Duration,
    /// How far events may be ahead of an even pace.
    ahead: Duration,
}

impl Rate {
    /// Ten times as many at once. `None`, no limit, for 0.
    pub fn per_second(count: u32) -> Option<Self> {
        Some(Rate {
            interval: SECOND.checked_div(count)?,
            ahead: 10 * SECOND,
        })
    }

    /// All of them at once. `None`, no limit, for 0.
    pub fn per_minute(count: u32) -> Option<Self> {
        Some(Rate {
            interval: MINUTE.checked_div(count)?,
            ahead: MINUTE,
        })
    }

    /// All of them at once. `None`, no limit, for 0.
    pub fn per_hour(count: u32) -> Option<Self> {
        Some(Rate {
            interval: HOUR.checked_div(count)?,
            ahead: HOUR,
        })
    }

    /// How long after an event that may not happen the next one may.
    fn interval(self) -> Duration {
        self.interval
    }

    /// When the event after one that happens now is due; `None` if none may happen now.
    fn next(self, due: Instant, now: Instant) -> Option<Instant> {
        let next = due.max(now) + self.interval;
        (next <= now + self.ahead).then_some(next)
    }
}

/// Counts the events of one source.
#[derive(Debug)]
pub struct Meter {
    rate: Rate,
    due: Instant,
}

impl Meter {
    pub fn new(rate: Rate, now: Instant) -> Self {
        Meter { rate, due: now }
    }

    /// Whether an event may happen now; if so it counts.
    pub fn admits(&mut self, now: Instant) -> bool {
        let next = self.rate.next(self.due, now);
        self.due = next.unwrap_or(self.due);
        next.is_some()
    }
}

/// Counts the events of many sources, and forgets those that are within their rate. Its memory is bounded: while [`MOST`] sources are
/// counted, the events of further ones are admitted without being counted, so nobody can keep others out by inventing sources.
#[derive(Debug)]
pub struct Meters<K> {
    rate: Rate,
    due: HashMap<K, Instant>,
    forget_at: usize,
    /// When so many are counted that none can be added, they are looked through no more often than events may come.
    look_at: Option<Instant>,
}

impl<K: Eq + Hash> Meters<K> {
    pub fn new(rate: Rate) -> Self {
        Meters {
            rate,
            due: HashMap::new(),
            forget_at: FEW,
            look_at: None,
        }
    }

    /// Whether an event of this source may happen now; if so it counts.
    pub fn admits(&mut self, source: K, now: Instant) -> bool {
        if self.due.len() >= self.forget_at && self.look_at.is_none_or(|at| at <= now) {
            self.due.retain(|_, due| *due > now);
            self.due.shrink_to(2 * self.due.len());
            self.forget_at = (2 * self.due.len()).clamp(FEW, MOST);
            self.look_at = (self.due.len() >= MOST).then(|| now + self.rate.interval);
        }
        if self.due.len() >= MOST && !self.due.contains_key(&source) {
            return true;
        }
        let due = self.due.entry(source).or_insert(now);
        let next = self.rate.next(*due, now);
        *due = next.unwrap_or(*due);
        next.is_some()
    }

    /// Whether an event of this source could happen now; it does not count.
    pub fn has_room(&self, source: &K, now: Instant) -> bool {
        let due = self.due.get(source).copied().unwrap_or(now);
        self.rate.next(due, now).is_some()
    }

    /// How long the next event of a source that is refused is away.
    pub fn interval(&self) -> Duration {
        self.rate.interval()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meter() -> (Meter, Instant) {
        let now = Instant::now();
        (Meter::new(Rate::per_second(20).unwrap(), now), now)
    }

    #[test]
    fn ten_times_the_rate_may_come_at_once_and_then_the_rate() {
        let (mut meter, now) = meter();
        let at_once = (0..1_000).filter(|_| meter.admits(now)).count();
        assert_eq!(at_once, 200);
        let later = now + Duration::from_secs(1);
        let then = (0..1_000).filter(|_| meter.admits(later)).count();
        assert_eq!(then, 20);
        let rested = later + Duration::from_secs(3_600);
        let again = (0..1_000).filter(|_| meter.admits(rested)).count();
        assert_eq!(again, 200);
    }

    #[test]
    fn an_even_pace_is_never_refused() {
        let (mut meter, now) = meter();
        let pace = Duration::from_millis(50);
        assert!((0..10_000).all(|number| meter.admits(now + pace * number)));
    }

    #[test]
    fn a_rate_of_nothing_is_no_limit() {
        assert_eq!(Rate::per_second(0), None);
    }

    #[test]
    fn what_may_happen_so_often_a_minute_may_all_happen_at_once() {
        let now = Instant::now();
        let mut meter = Meter::new(Rate::per_minute(10).unwrap(), now);
        let admitted = |meter: &mut Meter, at| (0..100).filter(|_| meter.admits(at)).count();
        assert_eq!(admitted(&mut meter, now), 10);
        assert_eq!(admitted(&mut meter, now + Duration::from_secs(6)), 1);
        assert_eq!(admitted(&mut meter, now + MINUTE + MINUTE), 10);
    }

    #[test]
    fn a_million_sources_take_a_bounded_memory_and_those_that_are_counted_stay_so() {
        let mut meters = Meters::new(Rate::per_minute(10).unwrap());
        let begin = Instant::now();
        assert_eq!((0..20).filter(|_| meters.admits(0, begin)).count(), 10);
        let flood = begin + Duration::from_millis(1);
        assert!((1..1_000_000_u32).all(|source| meters.admits(source, flood)));
        assert!(meters.due.len() <= MOST, "{}", meters.due.len());
        assert!(!meters.admits(0, flood));
        // Whoever comes when they have gone is counted again.
        let later = begin + 2 * MINUTE;
        assert_eq!((0..20).filter(|_| meters.admits(7, later)).count(), 10);
    }

    #[test]
    fn looking_whether_there_is_room_uses_none_up() {
        let mut meters = Meters::new(Rate::per_hour(3).unwrap());
        let now = Instant::now();
        for _ in 0..3 {
            assert!((0..9).all(|_| meters.has_room(&"a", now)));
            assert!(meters.admits("a", now));
        }
        assert!(!meters.has_room(&"a", now));
        let later = now + Duration::from_secs(20 * 60);
        assert!(meters.has_room(&"a", later));
    }

    #[test]
    fn one_source_does_not_use_up_what_another_may() {
        let mut meters = Meters::new(Rate::per_second(1).unwrap());
        let now = Instant::now();
        assert_eq!((0..50).filter(|_| meters.admits("a", now)).count(), 10);
        assert!(meters.admits("b", now));
    }

    #[test]
    fn sources_that_are_within_their_rate_are_forgotten() {
        let mut meters = Meters::new(Rate::per_second(1).unwrap());
        let begin = Instant::now();
        for number in 0..100_000_u32 {
            let now = begin + Duration::from_millis(number.into());
            assert!(meters.admits(number, now));
        }
        assert!(meters.due.len() <= 3 * FEW, "{}", meters.due.len());
    }
}
