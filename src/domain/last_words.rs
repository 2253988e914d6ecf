//! Which connection said the last word on a meal: what still waited of a connection that is gone was said before what the next one says.
//!
//! A producer that loses its connection says the same meals again on a new one, corrected perhaps. What the old connection had sent may
//! still wait to be read on our side, and is read after that. Written in the order of reading, it would take the place of a newer word
//! that was acked.

use super::{
    reading::{MealKey, Reading},
    subscriptions::ConnectionId,
};
use std::collections::{HashMap, VecDeque};
use tokio::time::Instant;

/// Who says a reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Speaker {
    pub cid: ConnectionId,
    /// Its peer has left, and what is read now is what it left behind: at this moment it was still there.
    pub left_after: Option<Instant>,
}

/// The last words on the meals that were spoken of last.
#[derive(Debug)]
pub struct LastWords {
    most: usize,
    words: HashMap<MealKey, Word>,
    /// Every word, oldest first; some were followed by another since.
    order: VecDeque<(Instant, MealKey)>,
}

#[derive(Debug, Clone, Copy)]
struct Word {
    cid: ConnectionId,
    at: Instant,
}

impl LastWords {
    /// Remembers the words on `most` meals.
    pub fn new(most: usize) -> Self {
        LastWords {
            most,
            words: HashMap::new(),
            order: VecDeque::new(),
        }
    }

    /// Takes out the readings on whose meals a newer connection has had its say since the speaker left; says how many. The others are
    /// the last words now.
    pub fn take_out_overtaken(
        &mut self,
        readings: &mut Vec<Reading>,
        speaker: Speaker,
        now: Instant,
    ) -> usize {
        let before = readings.len();
        readings.retain(|reading| self.admit(reading.key(), speaker, now));
        before - readings.len()
    }

    fn admit(&mut self, meal: MealKey, speaker: Speaker, now: Instant) -> bool {
        let word = self.words.get(&meal);
        if word.is_some_and(|word| word.overtakes(speaker)) {
            return false;
        }
        let cid = speaker.cid;
        self.order.push_back((now, meal.clone()));
        self.words.insert(meal, Word { cid, at: now });
        while self.words.len() > self.most || self.order.len() > 2 * self.most {
            self.forget_oldest();
        }
        true
    }

    fn forget_oldest(&mut self) {
        let Some((at, meal)) = self.order.pop_front() else {
            return;
        };
        if self.words.get(&meal).is_some_and(|word| word.at == at) {
            self.words.remove(&meal);
        }
    }
}

impl Word {
    fn overtakes(&self, speaker: Speaker) -> bool {
        let since = speaker.left_after.is_some_and(|there| self.at > there);
        since && self.cid > speaker.cid
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{moment::Moment, reading::sample};
    use proptest::prelude::*;
    use std::time::Duration;

    fn said(words: &mut LastWords, cid: u64, left_after: Option<Instant>, now: Instant) -> bool {
        let mut readings = vec![sample("LL2611001", 1, Moment::Matin)];
        let cid = ConnectionId(cid);
        words.take_out_overtaken(&mut readings, Speaker { cid, left_after }, now) == 0
    }

    #[test]
    fn what_a_dead_connection_left_behind_does_not_follow_a_newer_word() {
        let (mut words, start) = (LastWords::new(10), Instant::now());
        let second = |number| start + Duration::from_secs(number);
        assert!(said(&mut words, 2, None, second(2)));
        assert!(!said(&mut words, 1, Some(second(1)), second(3)));
    }

    #[test]
    fn whoever_is_there_or_was_there_after_the_newer_word_has_the_last_one() {
        let (mut words, start) = (LastWords::new(10), Instant::now());
        let second = |number| start + Duration::from_secs(number);
        assert!(said(&mut words, 2, None, second(2)));
        assert!(said(&mut words, 1, None, second(3)), "it is there");
        assert!(said(&mut words, 2, None, second(4)));
        assert!(
            said(&mut words, 1, Some(second(5)), second(6)),
            "it was there afterwards"
        );
        // A newer connection is not held up by what an older one says, gone or not.
        assert!(said(&mut words, 3, Some(second(1)), second(7)));
    }

    proptest! {
        /// A producer that connects again and again, says one meal with a growing number, and whose old connections are read late.
        #[test]
        fn the_last_word_that_was_acked_stands_in_whatever_order_connections_are_read(
            lengths in prop::collection::vec(1..4usize, 1..6), picks in prop::collection::vec(0..6usize, 0..40)
        ) {
            let (mut words, start) = (LastWords::new(100), Instant::now());
            let mut unread: Vec<VecDeque<usize>> = Vec::new();
            let mut number = 0;
            for length in &lengths {
                unread.push((number..number + length).collect());
                number += length;
            }
            // All but the last connection are gone; each had left before the next one spoke.
            let last = lengths.len() - 1;
            let (mut stands, mut clock) = (None::<usize>, start + Duration::from_secs(1));
            let order = picks.into_iter().map(|pick| pick % lengths.len()).chain((0..=last).flat_map(|cid| vec![cid; 4]));
            for cid in order {
                let Some(said_now) = unread[cid].pop_front() else { continue };
                clock += Duration::from_millis(1);
                let left_after = (cid < last).then_some(start);
                if said(&mut words, cid as u64, left_after, clock) {
                    prop_assert!(stands.is_none_or(|stands| stands < said_now));
                    stands = Some(said_now);
                }
            }
            prop_assert_eq!(stands, Some(number - 1));
        }

        #[test]
        fn what_is_remembered_is_bounded(meals in prop::collection::vec(0..40i32, 0..300)) {
            let mut words = LastWords::new(8);
            let start = Instant::now();
            for (step, jour) in meals.into_iter().enumerate() {
                let mut readings = vec![sample("LL2611001", jour, Moment::Soir)];
                let speaker = Speaker { cid: ConnectionId(1), left_after: None };
                words.take_out_overtaken(&mut readings, speaker, start + Duration::from_millis(step as u64));
                prop_assert!(words.words.len() <= 8 && words.order.len() <= 16);
            }
        }
    }
}
