//! Producers whose times without a zone are read in the wrong zone: their times are repeatedly off by a whole number of hours.

use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;

const HOUR: i128 = 3_600_000;
/// Allowed inaccuracy of clock and network, ms.
const TOLERANCE: i128 = 60_000;
/// Maximum difference between two time zones, hours.
const FURTHEST: i128 = 26;
/// How often in a row before it counts: a meal may be entered exactly two hours late by chance.
const AGAIN: u32 = 3;
/// Maximum number of producers followed; beyond it the record is cleared.
const MOST_PRODUCERS: usize = 10_000;

#[derive(Debug)]
struct Suspect {
    hours: i64,
    last: Timestamp,
    times: u32,
    is_reported: bool,
}

/// What the producers' times without a zone have shown so far.
#[derive(Debug, Default)]
pub struct ZoneSuspects(HashMap<String, Suspect>);

impl ZoneSuspects {
    /// Records a time without a zone, as it was read. Returns by how many hours it is ahead of `now` when the operator should be warned,
    /// once per producer.
    pub fn note(&mut self, producer: &str, read: Timestamp, now: Timestamp) -> Option<i64> {
        let Some(hours) = whole_hours(read.duration_since(now)) else {
            // The clock is right, or a meal was entered later.
            if let Some(suspect) = self.0.get_mut(producer) {
                suspect.times = 0;
            }
            return None;
        };
        if self.0.len() >= MOST_PRODUCERS && !self.0.contains_key(producer) {
            self.0.clear();
        }
        let suspect = self.0.entry(producer.to_owned()).or_insert(Suspect {
            hours,
            last: Timestamp::MIN,
            times: 0,
            is_reported: false,
        });
        // One message may hold many readings with the same time.
        if suspect.last == read {
            return None;
        }
        if suspect.hours != hours {
            (suspect.hours, suspect.times) = (hours, 0);
        }
        suspect.last = read;
        suspect.times += 1;
        let report = suspect.times >= AGAIN && !suspect.is_reported;
        suspect.is_reported |= report;
        report.then_some(hours)
    }
}

/// How many hours the time is off; `None` if 0 or not a whole number.
fn whole_hours(ahead: SignedDuration) -> Option<i64> {
    let millis = ahead.as_millis();
    let hours = (millis + HOUR / 2).div_euclid(HOUR);
    let is_whole = (millis - hours * HOUR).abs() <= TOLERANCE;
    (is_whole && hours != 0 && hours.abs() <= FURTHEST).then_some(hours as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: i64) -> Timestamp {
        "2026-11-22T12:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_mins(minutes)
    }

    /// The warnings after a series of messages, each given as (arrival, seconds by which its time is ahead).
    fn reports(messages: &[(i64, i64)]) -> Vec<Option<i64>> {
        let mut suspects = ZoneSuspects::default();
        let note = |(minute, ahead): &(i64, i64)| {
            let now = at(*minute);
            suspects.note("gaveur 7", now + SignedDuration::from_secs(*ahead), now)
        };
        messages.iter().map(note).collect()
    }

    #[test]
    fn a_producer_that_is_whole_hours_off_three_times_in_a_row_is_told_once() {
        assert_eq!(
            reports(&[
                (0, -7_200),
                (1, -7_201),
                (2, -7_195),
                (3, -7_200),
                (4, -7_200),
                (5, -7_200)
            ]),
            [None, None, Some(-2), None, None, None]
        );
        assert_eq!(reports(&[(0, 3_600), (9, 3_590), (20, 3_605)])[2], Some(1));
    }

    #[test]
    fn right_clocks_late_meals_and_other_offsets_are_not_suspected() {
        for ahead in [0, -2, 40, -1_800, -5_400, -9_000, -40 * 3_600] {
            let messages: Vec<_> = (0..9).map(|minute| (minute, ahead)).collect();
            assert!(reports(&messages).iter().all(Option::is_none), "{ahead}");
        }
        // By chance now and then, between correct times.
        assert!(
            reports(&[(0, -3_600), (1, -3_600), (2, 0), (3, -3_600), (4, -3_600)])
                .iter()
                .all(Option::is_none)
        );
    }

    #[test]
    fn one_message_with_many_readings_of_one_time_counts_once() {
        let mut suspects = ZoneSuspects::default();
        let (now, read) = (at(0), at(-60));
        assert!((0..30).all(|_| suspects.note("gaveur 7", read, now).is_none()));
    }

    #[test]
    fn each_producer_is_told_of_and_their_number_is_bounded() {
        let mut suspects = ZoneSuspects::default();
        for producer in 0..3 * MOST_PRODUCERS {
            suspects.note(&format!("gaveur {producer}"), at(60), at(0));
        }
        assert!(suspects.0.len() <= MOST_PRODUCERS);
        let mut tell = |producer: &str| {
            (0..3)
                .filter_map(|minute| suspects.note(producer, at(minute + 60), at(minute)))
                .count()
        };
        assert_eq!((tell("a"), tell("b"), tell("a")), (1, 1, 0));
    }
}
