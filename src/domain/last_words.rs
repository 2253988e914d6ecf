//! Decides which connection sent the latest version of a meal: readings left behind by a closed connection are older than those of the
//! producer's next connection.
//!
//! A producer that loses its connection sends the same meals again on a new one, perhaps corrected. Data of the old connection may still
//! be unread on our side, and is read later. Written in the order of reading, it would overwrite a newer version that was acked.

use super::{reading::Reading, subscriptions::ConnectionId};
use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
};
use tokio::time::Instant;

/// The connection that sent a reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Speaker {
    pub cid: ConnectionId,
    /// Set if the peer has left and its remaining data is being read: the last moment at which it was known to be connected.
    pub left_after: Option<Instant>,
}

/// The latest sender of each of the most recent meals. A meal is its hash: that one of so few shares it with another is as good as impossible,
/// and only what a closed connection has left behind could be dropped for it, which is counted.
#[derive(Debug)]
pub struct LastWords {
    most: usize,
    hashes: RandomState,
    /// At most half of them; when they are as many they become the earlier ones, whose place they take.
    recent: HashMap<u64, Word>,
    earlier: HashMap<u64, Word>,
}

#[derive(Debug, Clone, Copy)]
struct Word {
    cid: ConnectionId,
    at: Instant,
}

impl LastWords {
    /// Remembers at most `most` meals, and at least the last half as many.
    pub fn new(most: usize) -> Self {
        LastWords {
            most,
            hashes: RandomState::new(),
            recent: HashMap::new(),
            earlier: HashMap::new(),
        }
    }

    /// Removes the readings of meals that a newer connection has sent since this one's peer left; returns how many. The others are
    /// recorded as the latest.
    pub fn take_out_overtaken(
        &mut self,
        readings: &mut Vec<Reading>,
        speaker: Speaker,
        now: Instant,
    ) -> usize {
        let before = readings.len();
        readings.retain(|reading| self.admit(reading, speaker, now));
        before - readings.len()
    }

    fn admit(&mut self, reading: &Reading, speaker: Speaker, now: Instant) -> bool {
        let meal = self
            .hashes
            .hash_one((&reading.code_lot, reading.position()));
        // Whoever is connected has the last word without a look at others'.
        if let Some(since) = speaker.left_after
            && self
                .word(meal)
                .is_some_and(|word| word.at > since && word.cid > speaker.cid)
        {
            return false;
        }
        let cid = speaker.cid;
        self.recent.insert(meal, Word { cid, at: now });
        if self.recent.len() >= self.most / 2 {
            std::mem::swap(&mut self.recent, &mut self.earlier);
            self.recent.clear();
        }
        true
    }

    fn word(&self, meal: u64) -> Option<&Word> {
        self.recent.get(&meal).or_else(|| self.earlier.get(&meal))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{moment::Moment, reading::sample};
    use proptest::prelude::*;
    use std::{collections::VecDeque, time::Duration};

    fn accepts(words: &mut LastWords, cid: u64, left_after: Option<Instant>, now: Instant) -> bool {
        let mut readings = vec![sample("LL2611001", 1, Moment::Matin)];
        let cid = ConnectionId(cid);
        words.take_out_overtaken(&mut readings, Speaker { cid, left_after }, now) == 0
    }

    #[test]
    fn what_a_dead_connection_left_behind_does_not_follow_a_newer_word() {
        let (mut words, start) = (LastWords::new(10), Instant::now());
        let second = |number| start + Duration::from_secs(number);
        assert!(accepts(&mut words, 2, None, second(2)));
        assert!(!accepts(&mut words, 1, Some(second(1)), second(3)));
    }

    #[test]
    fn whoever_is_there_or_was_there_after_the_newer_word_has_the_last_one() {
        let (mut words, start) = (LastWords::new(10), Instant::now());
        let second = |number| start + Duration::from_secs(number);
        assert!(accepts(&mut words, 2, None, second(2)));
        assert!(accepts(&mut words, 1, None, second(3)), "it is there");
        assert!(accepts(&mut words, 2, None, second(4)));
        assert!(
            accepts(&mut words, 1, Some(second(5)), second(6)),
            "it was there afterwards"
        );
        // A newer connection is not affected by an older one's reading, closed or not.
        assert!(accepts(&mut words, 3, Some(second(1)), second(7)));
    }

    proptest! {
        /// A producer that reconnects again and again and sends one meal with a growing number; its old connections are read late.
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
            // All but the last connection are closed; each was closed before the next one sent anything.
            let last = lengths.len() - 1;
            let (mut stands, mut clock) = (None::<usize>, start + Duration::from_secs(1));
            let order = picks.into_iter().map(|pick| pick % lengths.len()).chain((0..=last).flat_map(|cid| vec![cid; 4]));
            for cid in order {
                let Some(spoken) = unread[cid].pop_front() else { continue };
                clock += Duration::from_millis(1);
                let left_after = (cid < last).then_some(start);
                if accepts(&mut words, cid as u64, left_after, clock) {
                    prop_assert!(stands.is_none_or(|stands| stands < spoken));
                    stands = Some(spoken);
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
                prop_assert!(words.recent.len() + words.earlier.len() <= 8);
            }
        }
    }
}
