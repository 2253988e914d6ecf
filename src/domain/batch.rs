//! Gathering readings into one write.

use super::{
    lot::LotId,
    reading::{LifeMeal, Reading, Told},
};
use jiff::Timestamp;
use std::collections::{HashMap, hash_map::Entry};

/// A reading to be written, the last word of its batch on its meal.
#[derive(Debug, Clone, PartialEq)]
pub struct Row<'a> {
    pub lot_id: LotId,
    pub reading: &'a Reading,
    /// Under which time the meal is filed if it is new: that of the first word on it, as if each had been written alone.
    pub filed_at: Timestamp,
    /// Place of the reading in the batch.
    pub last: usize,
    /// The clock that said this time must be doubted; a believed one in the same batch takes its place.
    pub is_doubtful: bool,
    /// It replaces a different reading of the same meal within the batch.
    pub corrects: bool,
}

/// Merges readings of the same meal: the last one stands (the same key twice in one upsert is refused by PostgreSQL, 21000),
/// in the place of the first.
pub fn merge<'a>(readings: impl IntoIterator<Item = Told<'a>>) -> Vec<Row<'a>> {
    let mut rows: Vec<Row<'a>> = Vec::new();
    let mut place_of: HashMap<LifeMeal, usize> = HashMap::new();
    for (last, told) in readings.into_iter().enumerate() {
        let Told { lot_id, reading } = told;
        match place_of.entry(told.key()) {
            Entry::Vacant(place) => {
                place.insert(rows.len());
                rows.push(Row {
                    lot_id,
                    reading,
                    filed_at: reading.horodatage.instant,
                    last,
                    is_doubtful: reading.horodatage.douteux,
                    corrects: false,
                });
            }
            Entry::Occupied(place) => {
                let row = &mut rows[*place.get()];
                row.corrects |= reading.corrects(row.reading);
                if row.is_doubtful && !reading.horodatage.douteux {
                    (row.filed_at, row.is_doubtful) = (reading.horodatage.instant, false);
                }
                row.reading = reading;
                row.last = last;
            }
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{moment::Moment, reading::sample};
    use proptest::prelude::*;

    fn told(reading: &Reading) -> Told<'_> {
        Told { lot_id: 1, reading }
    }

    #[test]
    fn the_last_reading_of_a_meal_stands_and_counts_as_a_correction() {
        let first = sample("LL2611001", 0, Moment::Matin);
        let mut second = first.clone();
        second.dose_reelle = 390.0;
        let rows = merge([&first, &second].map(told));
        assert_eq!(
            rows,
            [Row {
                lot_id: 1,
                reading: &second,
                filed_at: first.horodatage.instant,
                last: 1,
                is_doubtful: false,
                corrects: true
            }]
        );
    }

    #[test]
    fn a_believed_time_takes_the_place_of_a_doubtful_one_and_never_the_other_way_round() {
        let believed = sample("LL2611001", 0, Moment::Matin);
        let mut doubtful = believed.clone();
        doubtful.horodatage.instant -= jiff::SignedDuration::from_hours(9_000);
        doubtful.horodatage.douteux = true;
        for readings in [[&doubtful, &believed], [&believed, &doubtful]] {
            let row = merge(readings.map(told)).remove(0);
            let filed = (row.filed_at, row.is_doubtful);
            assert_eq!(filed, (believed.horodatage.instant, false));
        }
    }

    #[test]
    fn an_identical_repeat_is_no_correction_also_with_a_later_clock() {
        let reading = sample("LL2611001", 0, Moment::Matin);
        let mut later = reading.clone();
        later.horodatage.instant += jiff::SignedDuration::from_mins(5);
        let rows = merge([&reading, &reading, &later].map(told));
        assert!(!rows[0].corrects);
        assert_eq!(rows[0].filed_at, reading.horodatage.instant);
    }

    proptest! {
        #[test]
        fn every_meal_is_there_once_with_its_last_reading(meals in prop::collection::vec((0..4i32, any::<bool>(), 0..9u8), 0..80)) {
            let readings: Vec<_> = meals.iter().map(|(jour, soir, dose)| {
                let mut reading = sample("LL2611001", *jour, if *soir { Moment::Soir } else { Moment::Matin });
                reading.dose_reelle = f64::from(*dose);
                reading
            }).collect();
            let rows = merge(readings.iter().map(told));
            let keys: std::collections::BTreeSet<_> = readings.iter().map(Reading::position).collect();
            prop_assert_eq!(rows.len(), keys.len());
            for row in rows {
                let last = readings.iter().rfind(|reading| reading.position() == row.reading.position());
                prop_assert_eq!(Some(row.reading), last);
            }
        }
    }
}
