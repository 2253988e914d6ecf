//! Feeds that fall silent: which lot should have been heard of by now.
//!
//! A lot's own rhythm says when: the longest time that two successive meals took among its latest ones, so that nights longer
//! than days, and meals typed in together, raise nothing. A stream that is played faster than life has a faster rhythm.

use super::{lot::LotId, reading::MealPosition};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeSet, HashMap, VecDeque};

/// Two meals of a lot whose rhythm is not known yet: two a day.
const TWO_MEALS: SignedDuration = SignedDuration::from_hours(24);
/// Arrivals of a lot that are remembered.
const ARRIVALS: usize = 5;
/// Arrivals from which on a lot has a rhythm of its own.
const RHYTHM_FROM: usize = 4;
/// An eighth of the time of two meals is granted, and in all never less than this: a network may stop for a moment.
const SHORTEST: SignedDuration = SignedDuration::from_secs(10);

/// A starting process waits this long for lots that should have been heard of before.
const AFTER_A_START: SignedDuration = SignedDuration::from_secs(60);

#[derive(Debug)]
struct Feed {
    position: MealPosition,
    /// Oldest first.
    arrivals: VecDeque<Timestamp>,
    deadline: Timestamp,
}

/// A lot of which nothing was heard for the time of two meals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SilentLot {
    pub lot_id: LotId,
    /// Its last meal.
    pub position: MealPosition,
}

/// The deadlines of all lots that are being fed.
#[derive(Debug, Default)]
pub struct Vigil {
    feeds: HashMap<LotId, Feed>,
    deadlines: BTreeSet<(Timestamp, LotId)>,
}

impl Vigil {
    /// A meal of the lot was stored; one at the place of an earlier one is no new arrival.
    pub fn heard(&mut self, lot_id: LotId, position: MealPosition, at: Timestamp) {
        let known = self.take(lot_id);
        let is_new = known.as_ref().is_none_or(|feed| position > feed.position);
        let mut arrivals = known.map(|feed| feed.arrivals).unwrap_or_default();
        if is_new {
            arrivals.push_back(at);
        }
        while arrivals.len() > ARRIVALS {
            arrivals.pop_front();
        }
        let deadline = at + patience(&arrivals);
        self.watch(lot_id, position, arrivals, deadline);
    }

    /// A lot that an earlier process heard of, with its latest arrivals, oldest first. Nobody could be heard of while no process
    /// was running, so it is given a while from `now` on.
    pub fn remember(
        &mut self,
        lot_id: LotId,
        position: MealPosition,
        arrivals: VecDeque<Timestamp>,
        now: Timestamp,
    ) {
        let Some(last) = arrivals.back() else {
            return;
        };
        let deadline = (*last + patience(&arrivals)).max(now + AFTER_A_START);
        self.take(lot_id);
        self.watch(lot_id, position, arrivals, deadline);
    }

    /// Nothing more is expected of the lot.
    pub fn forget(&mut self, lot_id: LotId) {
        self.take(lot_id);
    }

    fn watch(
        &mut self,
        lot_id: LotId,
        position: MealPosition,
        arrivals: VecDeque<Timestamp>,
        deadline: Timestamp,
    ) {
        self.deadlines.insert((deadline, lot_id));
        let feed = Feed {
            position,
            arrivals,
            deadline,
        };
        self.feeds.insert(lot_id, feed);
    }

    fn take(&mut self, lot_id: LotId) -> Option<Feed> {
        let feed = self.feeds.remove(&lot_id)?;
        self.deadlines.remove(&(feed.deadline, lot_id));
        Some(feed)
    }

    pub fn next_deadline(&self) -> Option<Timestamp> {
        self.deadlines.first().map(|(deadline, _)| *deadline)
    }

    /// The lots whose deadline has passed; each is named once, until it is heard of again.
    pub fn fallen_silent(&mut self, now: Timestamp) -> Vec<SilentLot> {
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

/// From a reading to the instant at which the lot counts as silent.
fn patience(arrivals: &VecDeque<Timestamp>) -> SignedDuration {
    let two_meals = two_meals(arrivals);
    (two_meals + two_meals / 8).max(SHORTEST)
}

/// Longest time that two successive meals took.
fn two_meals(arrivals: &VecDeque<Timestamp>) -> SignedDuration {
    if arrivals.len() < RHYTHM_FROM {
        return TWO_MEALS;
    }
    let pairs = arrivals.iter().zip(arrivals.iter().skip(2));
    let longest = pairs
        .map(|(first, third)| third.duration_since(*first))
        .max();
    longest.unwrap_or(TWO_MEALS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::moment::Moment;
    use proptest::prelude::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + seconds).unwrap()
    }

    fn fed(times: &[i64]) -> Vigil {
        let mut vigil = Vigil::default();
        for (jour, time) in (0..).zip(times) {
            vigil.heard(1, (jour, Moment::Matin), at(*time));
        }
        vigil
    }

    const HOUR: i64 = 3_600;

    #[test]
    fn a_lot_without_a_rhythm_is_given_a_day_and_an_eighth() {
        let vigil = fed(&[0, 5, 10]);
        assert_eq!(vigil.next_deadline(), Some(at(10 + 27 * HOUR)));
    }

    #[test]
    fn nights_that_are_longer_than_days_raise_nothing() {
        let mut vigil = fed(&[0, 10 * HOUR, 24 * HOUR, 34 * HOUR]);
        assert!(vigil.fallen_silent(at(48 * HOUR)).is_empty());
        assert!(
            vigil
                .fallen_silent(at(34 * HOUR + 27 * HOUR - 1))
                .is_empty()
        );
        assert_eq!(vigil.fallen_silent(at(34 * HOUR + 27 * HOUR)).len(), 1);
    }

    #[test]
    fn an_accelerated_stream_is_silent_after_two_of_its_own_meals() {
        let mut vigil = fed(&[0, 30, 60, 90]);
        assert!(vigil.fallen_silent(at(90 + 67)).is_empty());
        let silent = vigil.fallen_silent(at(90 + 68));
        assert_eq!(silent[0].position, (3, Moment::Matin));
        assert!(vigil.fallen_silent(at(1_000_000)).is_empty(), "named twice");
        vigil.heard(1, (4, Moment::Matin), at(1_000_000));
        assert!(vigil.next_deadline().is_some());
    }

    #[test]
    fn a_meal_that_is_sent_again_is_heard_and_changes_no_rhythm() {
        let mut vigil = fed(&[0, 30, 60, 90]);
        vigil.heard(1, (3, Moment::Matin), at(91));
        vigil.heard(1, (3, Moment::Matin), at(92));
        assert_eq!(
            vigil.next_deadline(),
            Some(at(92) + SignedDuration::from_millis(67_500))
        );
    }

    #[test]
    fn a_process_that_starts_late_waits_a_while_for_what_it_remembers() {
        let mut vigil = Vigil::default();
        let arrivals: VecDeque<_> = [0, 30, 60, 90].map(at).into();
        vigil.remember(1, (3, Moment::Matin), arrivals.clone(), at(5_000));
        assert_eq!(vigil.next_deadline(), Some(at(5_060)));
        vigil.remember(1, (3, Moment::Matin), arrivals, at(91));
        assert_eq!(
            vigil.next_deadline(),
            Some(at(90) + SignedDuration::from_millis(67_500))
        );
        assert_eq!(vigil.watched(), 1);
    }

    #[test]
    fn meals_typed_in_together_do_not_make_a_rhythm_of_nothing() {
        let vigil = fed(&[0, 12 * HOUR, 12 * HOUR + 1, 12 * HOUR + 2, 12 * HOUR + 3]);
        assert_eq!(
            vigil.next_deadline(),
            Some(at(12 * HOUR + 3) + SignedDuration::from_millis((12 * HOUR + 1) * 1_125))
        );
        let played_in_one_go = fed(&[0, 0, 0, 0, 0]);
        assert_eq!(played_in_one_go.next_deadline(), Some(at(10)));
    }

    #[test]
    fn a_finished_lot_is_expected_no_more() {
        let mut vigil = fed(&[0, 30, 60, 90]);
        vigil.forget(1);
        assert_eq!((vigil.next_deadline(), vigil.watched()), (None, 0));
    }

    proptest! {
        #[test]
        fn every_watched_lot_that_is_not_silent_yet_has_exactly_one_deadline(steps in prop::collection::vec((0..4u8, 0..3u8, 0..100i64), 0..80)) {
            let mut vigil = Vigil::default();
            let mut silent = BTreeSet::new();
            let mut now = 0;
            for (lot, what, later) in steps {
                now += later;
                let lot = LotId::from(lot);
                match what {
                    0 => { vigil.forget(lot); silent.remove(&lot); }
                    1 => { vigil.heard(lot, (now as i32, Moment::Matin), at(now)); silent.remove(&lot); }
                    _ => for lot in vigil.fallen_silent(at(now)) { prop_assert!(silent.insert(lot.lot_id)); }
                }
                prop_assert_eq!(vigil.deadlines.len() + silent.len(), vigil.feeds.len());
            }
        }
    }
}
