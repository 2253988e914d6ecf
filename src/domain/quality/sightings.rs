//! What was heard of stations and is not written down yet: of each, all as one.

use super::sample::Sighting;
use std::collections::HashMap;

/// Stations of which something is remembered; of more, what is heard is dropped.
const MOST: usize = 10_000;

#[derive(Debug, Default)]
pub struct Sightings(HashMap<String, Sighting>);

impl Sightings {
    /// Says whether there was room for it.
    pub fn note(&mut self, sighting: Sighting) -> bool {
        let has_room = self.0.len() < MOST;
        match self.0.get_mut(&sighting.device_id) {
            Some(known) => known.merge(sighting),
            None if has_room => {
                self.0.insert(sighting.device_id.clone(), sighting);
            }
            None => return false,
        }
        true
    }

    /// One of each station; nothing is remembered then.
    pub fn take(&mut self) -> Vec<Sighting> {
        self.0.drain().map(|(_, sighting)| sighting).collect()
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
    fn what_is_heard_later_of_a_station_stands_and_leaves_what_it_does_not_say() {
        let mut sightings = Sightings::default();
        sightings.note(sighting(1, Some("1.0")));
        sightings.note(sighting(2, Some("1.1")));
        sightings.note(sighting(3, None));
        assert_eq!(sightings.take(), [sighting(3, Some("1.1"))]);
        assert!(sightings.take().is_empty());
    }

    #[test]
    fn of_too_many_stations_no_further_one_is_remembered() {
        let mut sightings = Sightings::default();
        let named = |number: usize| Sighting::new(number.to_string(), Timestamp::UNIX_EPOCH);
        assert!((0..MOST).all(|number| sightings.note(named(number))));
        assert!(!sightings.note(named(MOST)));
        assert!(sightings.note(named(0)), "a known one still is");
    }
}
