//! Gathering readings into one write.

use super::reading::{MealKey, Reading};
use std::collections::HashMap;

/// A reading to be written, the last word of its batch on its meal.
#[derive(Debug, Clone, PartialEq)]
pub struct Row<'a> {
    pub reading: &'a Reading,
    /// It replaces a different reading of the same meal within the batch.
    pub corrects: bool,
}

/// Merges readings of the same meal: the last one stands (the same key twice in one upsert is refused by PostgreSQL, 21000).
/// Rows come in the order in which their last word arrived.
pub fn merge<'a>(readings: impl IntoIterator<Item = &'a Reading>) -> Vec<Row<'a>> {
    let mut last: HashMap<MealKey, (usize, Row<'a>)> = HashMap::new();
    for (order, reading) in readings.into_iter().enumerate() {
        let corrects = match last.get(&reading.key()) {
            None => false,
            Some((_, earlier)) => earlier.corrects || *earlier.reading != *reading,
        };
        last.insert(reading.key(), (order, Row { reading, corrects }));
    }
    let mut rows: Vec<_> = last.into_values().collect();
    rows.sort_by_key(|(order, _)| *order);
    rows.into_iter().map(|(_, row)| row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{moment::Moment, reading::sample};
    use proptest::prelude::*;

    #[test]
    fn the_last_reading_of_a_meal_stands_and_counts_as_a_correction() {
        let first = sample("LL2611001", 0, Moment::Matin);
        let mut second = first.clone();
        second.dose_reelle = 390.0;
        let rows = merge([&first, &second]);
        assert_eq!(
            rows,
            [Row {
                reading: &second,
                corrects: true
            }]
        );
    }

    #[test]
    fn an_identical_repeat_is_no_correction() {
        let reading = sample("LL2611001", 0, Moment::Matin);
        assert!(!merge([&reading, &reading])[0].corrects);
    }

    proptest! {
        #[test]
        fn every_meal_is_there_once_with_its_last_reading(meals in prop::collection::vec((0..4i32, any::<bool>(), 0..9u8), 0..80)) {
            let readings: Vec<_> = meals.iter().map(|(jour, soir, dose)| {
                let mut reading = sample("LL2611001", *jour, if *soir { Moment::Soir } else { Moment::Matin });
                reading.dose_reelle = f64::from(*dose);
                reading
            }).collect();
            let rows = merge(&readings);
            let keys: std::collections::BTreeSet<_> = readings.iter().map(Reading::key).collect();
            prop_assert_eq!(rows.len(), keys.len());
            for row in rows {
                let last = readings.iter().rfind(|reading| reading.key() == row.reading.key());
                prop_assert_eq!(Some(row.reading), last);
            }
        }
    }
}
