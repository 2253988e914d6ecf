//! Silent feeds: which lots should have sent a reading by now.
//!
//! The deadline follows the lot's own rhythm: the longest time that two successive meals took among its latest ones. So nights that are
//! longer than days, or meals entered together, raise no alert, and an accelerated stream has a shorter deadline. Time is monotonic: a
//! step of the wall clock raises no alert.

use super::{lot::LotId, reading::MealPosition};
use jiff::Timestamp;
use std::{
    collections::{BTreeSet, HashMap, VecDeque},
    time::Duration,
};
use tokio::time::Instant;

/// Time of two meals for a lot without a known rhythm: there are two a day.
const TWO_MEALS: Duration = Duration::from_secs(24 * 3_600);
/// How many intervals between arrivals are remembered per lot.
const INTERVALS: usize = 4;
/// With at least this many intervals a lot has its own rhythm.
const RHYTHM_FROM: usize = 3;
/// The deadline adds an eighth of the time of two meals, and is never shorter than this: a network may pause for a moment.
const SHORTEST: Duration = Duration::from_secs(10);

/// After a start, lots that are already overdue get this much time.
const AFTER_A_START: Duration = Duration::from_secs(60);

#[derive(Debug)]
struct Feed {
    position: MealPosition,
    rhythm: Rhythm,
    deadline: Instant,
}

/// When the latest meals arrived.
#[derive(Debug, Clone, Default)]
struct Rhythm {
    /// When the latest one arrived; `None` if that was before this process started.
    last: Option<Instant>,
    /// Intervals between arrivals, oldest first.
    intervals: VecDeque<Duration>,
}

/// A lot without a reading for the time of two meals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SilentLot {
    pub lot_id: LotId,
    /// Its last meal.
    pub position: MealPosition,
}

/// The deadlines of all lots that are being fed.
#[derive(Debug, Default)]
pub struct FeedDeadlines {
    feeds: HashMap<LotId, Feed>,
    deadlines: BTreeSet<(Instant, LotId)>,
}

impl FeedDeadlines {
    /// Records that a meal of the lot was stored. A correction of an earlier meal does not count as an arrival.
    pub fn arrived(&mut self, lot_id: LotId, position: MealPosition, now: Instant) {
        let known = self.take(lot_id);
        let is_new = known.as_ref().is_none_or(|feed| position > feed.position);
        let mut rhythm = known.map(|feed| feed.rhythm).unwrap_or_default();
        if is_new {
            rhythm.arrived(now);
        }
        let deadline = now + rhythm.patience();
        self.watch(lot_id, position, rhythm, deadline);
    }

    /// Adds a lot from an earlier process, with its latest arrivals by the wall clock, oldest first. Readings could not arrive while no
    /// process was running, so the lot gets some time from now on.
    pub fn remember(
        &mut self,
        lot_id: LotId,
        position: MealPosition,
        arrivals: &[Timestamp],
        now: Instant,
        time: Timestamp,
    ) {
        let Some(last) = arrivals.last() else {
            return;
        };
        let between = |earlier: &Timestamp, later: &Timestamp| {
            Duration::try_from(later.duration_since(*earlier)).unwrap_or_default()
        };
        let intervals = arrivals
            .windows(2)
            .map(|two| between(&two[0], &two[1]))
            .collect();
        let mut rhythm = Rhythm {
            last: None,
            intervals,
        };
        rhythm.bound();
        let left = rhythm.patience().saturating_sub(between(last, &time));
        // The interval up to the next meal would depend on the wall clock, so it is not used.
        let deadline = now + left.max(AFTER_A_START);
        self.take(lot_id);
        self.watch(lot_id, position, rhythm, deadline);
    }

    /// Expects no more readings of the lot.
    pub fn forget(&mut self, lot_id: LotId) {
        self.take(lot_id);
    }

    fn watch(&mut self, lot_id: LotId, position: MealPosition, rhythm: Rhythm, deadline: Instant) {
        self.deadlines.insert((deadline, lot_id));
        let feed = Feed {
            position,
            rhythm,
            deadline,
        };
        self.feeds.insert(lot_id, feed);
    }

    fn take(&mut self, lot_id: LotId) -> Option<Feed> {
        let feed = self.feeds.remove(&lot_id)?;
        self.deadlines.remove(&(feed.deadline, lot_id));
        Some(feed)
    }

    pub fn next_deadline(&self) -> Option<Instant> {
        self.deadlines.first().map(|(deadline, _)| *deadline)
    }

    /// Lots whose deadline has passed; each is returned once until its next reading.
    pub fn fallen_silent(&mut self, now: Instant) -> Vec<SilentLot> {
        let mut silent = Vec::new();
        while let Some((deadline, lot_id)) = self.deadlines.pop_first() {
            if deadline > now {
                self.deadlines.insert((deadline, lot_id));
                break;
            }
            if let Some(feed) = self.feeds.get(&lot_id) {
                let position = feed.position;
                silent.push(SilentLot { lot_id, position });
            }
        }
        silent
    }

    pub fn watched(&self) -> usize {
        self.feeds.len()
    }
}

impl Rhythm {
    fn arrived(&mut self, now: Instant) {
        let interval = self.last.map(|last| now.duration_since(last));
        self.intervals.extend(interval);
        self.last = Some(now);
        self.bound();
    }

    fn bound(&mut self) {
        while self.intervals.len() > INTERVALS {
            self.intervals.pop_front();
        }
    }

    /// Time from a reading until the lot counts as silent.
    fn patience(&self) -> Duration {
        let two_meals = self.two_meals();
        (two_meals + two_meals / 8).max(SHORTEST)
    }

    /// The longest time that two successive meals took.
    fn two_meals(&self) -> Duration {
        if self.intervals.len() < RHYTHM_FROM {
            return TWO_MEALS;
        }
        let pairs = self.intervals.iter().zip(self.intervals.iter().skip(1));
        pairs
            .map(|(one, two)| *one + *two)
            .max()
            .unwrap_or(TWO_MEALS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::moment::Moment;
    use proptest::prelude::*;

    /// This many seconds after the start of the test.
    fn at(seconds: u64) -> Instant {
        static BEGIN: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
        *BEGIN.get_or_init(Instant::now) + Duration::from_secs(seconds)
    }

    fn on_the_wall(seconds: u64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + seconds as i64).unwrap()
    }

    fn fed(times: &[u64]) -> FeedDeadlines {
        let mut deadlines = FeedDeadlines::default();
        for (jour, time) in (0..).zip(times) {
            deadlines.arrived(1, (jour, Moment::Matin), at(*time));
        }
        deadlines
    }

    const HOUR: u64 = 3_600;

    #[test]
    fn a_lot_without_a_rhythm_is_given_a_day_and_an_eighth() {
        let deadlines = fed(&[0, 5, 10]);
        assert_eq!(deadlines.next_deadline(), Some(at(10 + 27 * HOUR)));
    }

    #[test]
    fn nights_that_are_longer_than_days_raise_nothing() {
        let mut deadlines = fed(&[0, 10 * HOUR, 24 * HOUR, 34 * HOUR]);
        assert!(deadlines.fallen_silent(at(48 * HOUR)).is_empty());
        assert!(
            deadlines
                .fallen_silent(at(34 * HOUR + 27 * HOUR - 1))
                .is_empty()
        );
        assert_eq!(deadlines.fallen_silent(at(34 * HOUR + 27 * HOUR)).len(), 1);
    }

    #[test]
    fn an_accelerated_stream_is_silent_after_two_of_its_own_meals() {
        let mut deadlines = fed(&[0, 30, 60, 90]);
        assert!(deadlines.fallen_silent(at(90 + 67)).is_empty());
        let silent = deadlines.fallen_silent(at(90 + 68));
        assert_eq!(silent[0].position, (3, Moment::Matin));
        assert!(
            deadlines.fallen_silent(at(1_000_000)).is_empty(),
            "named twice"
        );
        deadlines.arrived(1, (4, Moment::Matin), at(1_000_000));
        assert!(deadlines.next_deadline().is_some());
    }

    #[test]
    fn a_meal_that_is_sent_again_is_heard_and_changes_no_rhythm() {
        let mut deadlines = fed(&[0, 30, 60, 90]);
        deadlines.arrived(1, (3, Moment::Matin), at(91));
        deadlines.arrived(1, (3, Moment::Matin), at(92));
        assert_eq!(
            deadlines.next_deadline(),
            Some(at(92) + Duration::from_millis(67_500))
        );
    }

    #[test]
    fn a_process_that_starts_late_waits_a_while_for_what_it_remembers() {
        let mut deadlines = FeedDeadlines::default();
        let arrivals = [0, 30, 60, 90].map(on_the_wall);
        let mut remember = |second| {
            let (now, time) = (at(second), on_the_wall(second));
            deadlines.remember(1, (3, Moment::Matin), &arrivals, now, time);
            assert_eq!(deadlines.watched(), 1);
            deadlines.next_deadline().unwrap()
        };
        assert_eq!(remember(5_000), at(5_060));
        let patience = Duration::from_millis(67_500);
        assert_eq!(remember(91), at(90) + patience);
    }

    #[test]
    fn the_rhythm_of_an_earlier_process_goes_on_without_the_time_between() {
        let mut deadlines = FeedDeadlines::default();
        let arrivals = [0, 30, 60, 90].map(on_the_wall);
        let time = on_the_wall(5_000);
        deadlines.remember(1, (3, Moment::Matin), &arrivals, at(0), time);
        deadlines.arrived(1, (4, Moment::Matin), at(10));
        let patience = Duration::from_millis(67_500);
        assert_eq!(deadlines.next_deadline(), Some(at(10) + patience));
    }

    #[test]
    fn meals_typed_in_together_do_not_make_a_rhythm_of_nothing() {
        let deadlines = fed(&[0, 12 * HOUR, 12 * HOUR + 1, 12 * HOUR + 2, 12 * HOUR + 3]);
        assert_eq!(
            deadlines.next_deadline(),
            Some(at(12 * HOUR + 3) + Duration::from_millis((12 * HOUR + 1) * 1_125))
        );
        let played_in_one_go = fed(&[0, 0, 0, 0, 0]);
        assert_eq!(played_in_one_go.next_deadline(), Some(at(10)));
    }

    #[test]
    fn a_finished_lot_is_expected_no_more() {
        let mut deadlines = fed(&[0, 30, 60, 90]);
        deadlines.forget(1);
        assert_eq!((deadlines.next_deadline(), deadlines.watched()), (None, 0));
    }

    proptest! {
        #[test]
        fn every_watched_lot_that_is_not_silent_yet_has_exactly_one_deadline(steps in prop::collection::vec((0..4u8, 0..3u8, 0..100u64), 0..80)) {
            let mut deadlines = FeedDeadlines::default();
            let mut silent = BTreeSet::new();
            let mut now = 0;
            for (lot, what, later) in steps {
                now += later;
                let lot = LotId::from(lot);
                match what {
                    0 => { deadlines.forget(lot); silent.remove(&lot); }
                    1 => { deadlines.arrived(lot, (now as i32, Moment::Matin), at(now)); silent.remove(&lot); }
                    _ => for lot in deadlines.fallen_silent(at(now)) { prop_assert!(silent.insert(lot.lot_id)); }
                }
                prop_assert_eq!(deadlines.deadlines.len() + silent.len(), deadlines.feeds.len());
            }
        }
    }
}
