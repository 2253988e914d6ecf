//! Who sends, and when each was last heard. Memory is bounded: the one that has been silent longest makes room for a new one.

use super::site::Site;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// How many producers are remembered.
pub const MOST_PRODUCERS: usize = 500;
/// A station that sent nothing for longer than this is silent.
pub const SILENT_AFTER: SignedDuration = SignedDuration::from_secs(90);

/// Who sends.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Producer {
    /// A quality station, by its id.
    Station(String),
    /// The source of a gaveur's meals, by his number.
    Gaveur(i32),
}

/// A producer and its last message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    pub producer: Producer,
    pub site: Option<Site>,
    pub last: Timestamp,
    pub messages: u64,
}

/// What is known of a producer.
#[derive(Debug, Clone, Copy)]
struct Known {
    site: Option<Site>,
    last: Timestamp,
    messages: u64,
}

#[derive(Debug)]
pub struct Producers {
    most: usize,
    heard: BTreeMap<Producer, Known>,
    forgotten: u64,
}

/// How many stations there are, and how many of them are silent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stations {
    pub known: usize,
    pub silent: usize,
}

impl Producers {
    /// Remembers `most` producers.
    pub fn new(most: usize) -> Self {
        Producers {
            most: most.max(1),
            heard: BTreeMap::new(),
            forgotten: 0,
        }
    }

    /// This many messages of a producer were received, the last of them now.
    pub fn note(&mut self, producer: Producer, site: Option<Site>, messages: u64, now: Timestamp) {
        if let Some(known) = self.heard.get_mut(&producer) {
            known.site = site.or(known.site);
            known.last = known.last.max(now);
            known.messages += messages;
            return;
        }
        if self.heard.len() >= self.most {
            let silent = self.heard.iter().min_by_key(|(_, known)| known.last);
            if let Some(silent) = silent.map(|(producer, _)| producer.clone()) {
                self.heard.remove(&silent);
                self.forgotten += 1;
            }
        }
        let known = Known {
            site,
            last: now,
            messages,
        };
        self.heard.insert(producer, known);
    }

    /// The one that has been silent longest first.
    pub fn all(&self) -> Vec<Heard> {
        let heard = self.heard.iter().map(|(producer, known)| Heard {
            producer: producer.clone(),
            site: known.site,
            last: known.last,
            messages: known.messages,
        });
        let mut all: Vec<_> = heard.collect();
        all.sort_by_key(|heard| heard.last);
        all
    }

    /// How many were forgotten to make room for others.
    pub fn forgotten(&self) -> u64 {
        self.forgotten
    }

    pub fn stations(&self, now: Timestamp) -> Stations {
        let is_station = |producer: &Producer| matches!(producer, Producer::Station(_));
        let stations = self.heard.iter().filter(|(it, _)| is_station(it));
        stations.fold(Stations::default(), |count, (_, known)| {
            let is_silent = now.duration_since(known.last) > SILENT_AFTER;
            Stations {
                known: count.known + 1,
                silent: count.silent + usize::from(is_silent),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn station(id: &str) -> Producer {
        Producer::Station(id.to_owned())
    }

    fn known(producers: &Producers) -> Vec<Producer> {
        let all = producers.all().into_iter();
        all.map(|heard| heard.producer).collect()
    }

    #[test]
    fn the_one_that_has_been_silent_longest_makes_room_and_is_counted() {
        let mut producers = Producers::new(2);
        producers.note(station("A"), Some(Site::Ll), 1, at(1));
        producers.note(station("B"), None, 1, at(2));
        producers.note(station("A"), None, 3, at(3));
        producers.note(Producer::Gaveur(7), None, 1, at(4));
        assert_eq!(known(&producers), [station("A"), Producer::Gaveur(7)]);
        assert_eq!(producers.forgotten(), 1);
        let first = &producers.all()[0];
        assert_eq!((first.messages, first.site), (4, Some(Site::Ll)));
    }

    #[test]
    fn a_station_is_silent_after_ninety_seconds_and_gaveurs_are_no_stations() {
        let mut producers = Producers::new(9);
        producers.note(station("A"), None, 1, at(0));
        producers.note(station("B"), None, 1, at(1));
        producers.note(Producer::Gaveur(1), None, 1, at(0));
        let stations = |now| {
            let Stations { known, silent } = producers.stations(at(now));
            (known, silent)
        };
        assert_eq!(
            (stations(90), stations(91), stations(92)),
            ((2, 0), (2, 1), (2, 2))
        );
    }

    proptest! {
        #[test]
        fn however_many_send_the_last_ones_are_remembered(senders in prop::collection::vec(0..20i32, 1..200)) {
            let mut producers = Producers::new(5);
            for (second, sender) in senders.iter().enumerate() {
                producers.note(Producer::Gaveur(*sender), None, 1, at(second as i64));
            }
            let mut last = Vec::new();
            for sender in senders.into_iter().rev().map(Producer::Gaveur) {
                if !last.contains(&sender) && last.len() < 5 { last.insert(0, sender); }
            }
            prop_assert_eq!(known(&producers), last);
        }
    }
}
