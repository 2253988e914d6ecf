//! Samples in their order; of each station, all that was heard of it as one.

use super::Entry;
use crate::{
    actors::group_commit::{Fifo, Queue},
    domain::quality::sample::Sighting,
    messages::session_to_sample_writer::StoreSample,
};
use std::collections::HashMap;

/// Samples of one transaction.
const BATCH: usize = 32;
/// Stations of which something is remembered until the next transaction; of more, what is heard is dropped.
const MOST_SIGHTED: usize = 10_000;

pub struct SampleQueue {
    samples: Fifo<StoreSample>,
    sighted: HashMap<String, Sighting>,
}

impl Default for SampleQueue {
    fn default() -> Self {
        SampleQueue {
            samples: Fifo::new(BATCH, |_| 1),
            sighted: HashMap::new(),
        }
    }
}

impl SampleQueue {
    pub fn push(&mut self, sample: StoreSample) {
        self.samples.push(sample);
    }

    /// Says whether there was room for it.
    pub fn note(&mut self, sighting: Sighting) -> bool {
        let has_room = self.sighted.len() < MOST_SIGHTED;
        match self.sighted.get_mut(&sighting.device_id) {
            Some(known) => known.merge(sighting),
            None if has_room => {
                self.sighted.insert(sighting.device_id.clone(), sighting);
            }
            None => return false,
        }
        true
    }

    fn note_earlier(&mut self, mut earlier: Sighting) {
        if let Some(later) = self.sighted.remove(&earlier.device_id) {
            earlier.merge(later);
        }
        self.sighted.insert(earlier.device_id.clone(), earlier);
    }
}

impl Queue for SampleQueue {
    type Entry = Entry;

    fn is_empty(&self) -> bool {
        self.samples.is_empty() && self.sighted.is_empty()
    }

    fn next_batch(&mut self) -> Vec<Entry> {
        let samples = self.samples.next_batch().into_iter().map(Entry::Sample);
        let sightings = self
            .sighted
            .drain()
            .map(|(_, sighting)| Entry::Sighting(sighting));
        samples.chain(sightings).collect()
    }

    fn put_back(&mut self, entries: Vec<Entry>) {
        let mut samples = Vec::new();
        for entry in entries {
            match entry {
                Entry::Sample(sample) => samples.push(sample),
                Entry::Sighting(sighting) => self.note_earlier(sighting),
            }
        }
        self.samples.put_back(samples);
    }

    fn size(&self) -> usize {
        self.samples.size()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    fn sighting(second: i64, firmware: Option<&str>) -> Sighting {
        Sighting {
            firmware_version: firmware.map(str::to_owned),
            ..Sighting::new(
                "ESP32_LL_01".to_owned(),
                Timestamp::from_second(second).unwrap(),
            )
        }
    }

    #[test]
    fn what_was_put_back_of_a_station_gives_way_to_what_was_heard_since() {
        let mut queue = SampleQueue::default();
        queue.note(sighting(1, Some("1.0")));
        let in_flight = queue.next_batch();
        assert!(queue.is_empty());
        queue.note(sighting(2, Some("1.1")));
        queue.put_back(in_flight);
        let batch = queue.next_batch();
        let [Entry::Sighting(known)] = batch.as_slice() else {
            panic!("one station, one entry");
        };
        assert_eq!(known, &sighting(2, Some("1.1")));
    }

    #[test]
    fn of_too_many_stations_no_further_one_is_remembered() {
        let mut queue = SampleQueue::default();
        let named = |number: usize| Sighting::new(number.to_string(), Timestamp::UNIX_EPOCH);
        assert!((0..MOST_SIGHTED).all(|number| queue.note(named(number))));
        assert!(!queue.note(named(MOST_SIGHTED)));
        assert!(queue.note(named(0)), "a known one still is");
    }
}
