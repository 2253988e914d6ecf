//! Who sends, and when each was last heard. Memory is bounded: the one that has been silent longest makes room for a new one.

use super::{site::Site, words::words};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// How many producers are remembered.
pub const MOST_PRODUCERS: usize = 500;
/// A station that sent nothing for longer than this is silent.
pub const SILENT_AFTER: SignedDuration = SignedDuration::from_secs(90);

words! {
    pub enum ProducerKind {
        /// A quality station.
        Station = "station",
        /// The source of a gaveur's meals.
        Gaveur = "gaveur",
    }
}

/// A producer and its last message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    pub kind: ProducerKind,
    /// A station's id, or a gaveur's number.
    pub name: String,
    pub site: Option<Site>,
    pub last: Timestamp,
    pub messages: u64,
}

#[derive(Debug)]
pub struct Producers {
    most: usize,
    heard: BTreeMap<(ProducerKind, String), Heard>,
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

    pub fn note(&mut self, kind: ProducerKind, name: String, site: Option<Site>, now: Timestamp) {
        let key = (kind, name);
        if let Some(heard) = self.heard.get_mut(&key) {
            heard.site = site.or(heard.site);
            heard.last = heard.last.max(now);
            heard.messages += 1;
            return;
        }
        if self.heard.len() >= self.most {
            let silent = self.heard.iter().min_by_key(|(_, heard)| heard.last);
            if let Some(key) = silent.map(|(key, _)| key.clone()) {
                self.heard.remove(&key);
                self.forgotten += 1;
            }
        }
        let heard = Heard {
            kind,
            name: key.1.clone(),
            site,
            last: now,
            messages: 1,
        };
        self.heard.insert(key, heard);
    }

    /// The one that has been silent longest first.
    pub fn all(&self) -> Vec<Heard> {
        let mut all: Vec<_> = self.heard.values().cloned().collect();
        all.sort_by_key(|heard| heard.last);
        all
    }

    /// How many were forgotten to make room for others.
    pub fn forgotten(&self) -> u64 {
        self.forgotten
    }

    pub fn stations(&self, now: Timestamp) -> Stations {
        let stations = self.heard.values();
        let stations = stations.filter(|heard| heard.kind == ProducerKind::Station);
        stations.fold(Stations::default(), |count, heard| {
            let is_silent = now.duration_since(heard.last) > SILENT_AFTER;
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

    fn names(producers: &Producers) -> Vec<String> {
        producers
            .all()
            .into_iter()
            .map(|heard| heard.name)
            .collect()
    }

    #[test]
    fn the_one_that_has_been_silent_longest_makes_room_and_is_counted() {
        let mut producers = Producers::new(2);
        let station = ProducerKind::Station;
        producers.note(station, "A".into(), Some(Site::Ll), at(1));
        producers.note(station, "B".into(), None, at(2));
        producers.note(station, "A".into(), None, at(3));
        producers.note(ProducerKind::Gaveur, "7".into(), None, at(4));
        assert_eq!(names(&producers), ["A", "7"]);
        assert_eq!(producers.forgotten(), 1);
        let first = &producers.all()[0];
        assert_eq!((first.messages, first.site), (2, Some(Site::Ll)));
    }

    #[test]
    fn a_station_is_silent_after_ninety_seconds_and_gaveurs_are_no_stations() {
        let mut producers = Producers::new(9);
        producers.note(ProducerKind::Station, "A".into(), None, at(0));
        producers.note(ProducerKind::Station, "B".into(), None, at(1));
        producers.note(ProducerKind::Gaveur, "1".into(), None, at(0));
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
        fn however_many_send_the_last_ones_are_remembered(senders in prop::collection::vec(0..20u8, 1..200)) {
            let mut producers = Producers::new(5);
            for (second, sender) in senders.iter().enumerate() {
                producers.note(ProducerKind::Gaveur, sender.to_string(), None, at(second as i64));
            }
            let mut last: Vec<String> = Vec::new();
            for sender in senders.iter().rev().map(u8::to_string) {
                if !last.contains(&sender) && last.len() < 5 { last.insert(0, sender); }
            }
            prop_assert_eq!(names(&producers), last);
        }
    }
}
