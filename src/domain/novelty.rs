//! What of a batch cannot meet rows that are there already.

use super::{batch::Row, effects::Known, reading::Reading};
use std::collections::{BTreeMap, HashSet};

/// A batch, apart by what storage knows of its lots while it holds them.
#[derive(Debug, Default, PartialEq)]
pub struct Novelty<'a> {
    /// Meals beyond the front of their lot: the front is the most advanced meal that is stored, so they are new.
    pub ahead: Vec<Row<'a>>,
    /// Corrections, meals that come late, and those of lots that nobody holds.
    pub others: Vec<Row<'a>>,
    pub known_lots: HashSet<&'a str>,
    /// One reading of each gaveur who may be unknown: the gaveur of a lot that is there is there as well.
    pub newcomers: Vec<&'a Reading>,
}

impl<'a> Novelty<'a> {
    pub fn of(rows: Vec<Row<'a>>, known: &Known) -> Self {
        let mut novelty = Novelty::default();
        let mut newcomers = BTreeMap::new();
        for row in rows {
            let reading = row.reading;
            let lot = known.lots.get(&reading.code_lot);
            if lot.is_none_or(|lot| lot.gaveur_id != reading.gaveur_id) {
                newcomers.entry(reading.gaveur_id).or_insert(reading);
            }
            if lot.is_some() {
                novelty.known_lots.insert(&reading.code_lot);
            }
            match lot.is_some_and(|lot| reading.position() > lot.position()) {
                true => novelty.ahead.push(row),
                false => novelty.others.push(row),
            }
        }
        novelty.newcomers = newcomers.into_values().collect();
        novelty
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{batch::merge, lot::LotState, moment::Moment, reading::sample};
    use jiff::tz::TimeZone;

    fn known(front: &Reading) -> Known {
        let lot = LotState::first_seen(front, &TimeZone::UTC);
        Known {
            lots: [(lot.code_lot.clone(), lot)].into(),
            ..Known::default()
        }
    }

    fn positions(rows: &[Row<'_>]) -> Vec<(i32, Moment)> {
        rows.iter().map(|row| row.reading.position()).collect()
    }

    #[test]
    fn only_meals_beyond_the_front_of_a_known_lot_are_new_for_certain() {
        let known = known(&sample("LL2611001", 3, Moment::Soir));
        let readings = [(2, Moment::Matin), (3, Moment::Soir), (4, Moment::Matin)]
            .map(|(jour, moment)| sample("LL2611001", jour, moment));
        let novelty = Novelty::of(merge(&readings), &known);
        assert_eq!(positions(&novelty.ahead), [(4, Moment::Matin)]);
        assert_eq!(
            positions(&novelty.others),
            [(2, Moment::Matin), (3, Moment::Soir)]
        );
        assert_eq!(novelty.known_lots, HashSet::from(["LL2611001"]));
        assert_eq!(novelty.newcomers, Vec::<&Reading>::new());
    }

    #[test]
    fn of_a_lot_that_is_not_there_nothing_is_certain() {
        let reading = sample("LL2611002", 9, Moment::Soir);
        let known = known(&sample("LL2611001", 3, Moment::Soir));
        let novelty = Novelty::of(merge([&reading]), &known);
        assert_eq!(positions(&novelty.others), [(9, Moment::Soir)]);
        assert!(novelty.ahead.is_empty() && novelty.known_lots.is_empty());
        assert_eq!(novelty.newcomers, [&reading]);
    }

    #[test]
    fn a_known_lot_in_other_hands_brings_its_gaveur_once() {
        let mut first = sample("LL2611001", 4, Moment::Matin);
        first.gaveur_id = 77;
        let mut second = first.clone();
        second.moment = Moment::Soir;
        let known = known(&sample("LL2611001", 3, Moment::Soir));
        let novelty = Novelty::of(merge([&first, &second]), &known);
        assert_eq!(novelty.newcomers, [&first]);
    }
}
