//! What of a batch cannot meet rows that are there already.

use super::{batch::Row, effects::Known, lot::LotId, reading::Reading};
use std::collections::{BTreeMap, HashSet};

/// A batch, apart by what storage knows of its lots while it holds them.
#[derive(Debug, Default, PartialEq)]
pub struct Novelty<'a> {
    /// Meals of lots that begin here, and meals beyond the front of their lot: the front is the most advanced meal that is stored,
    /// so they are new.
    pub ahead: Vec<Row<'a>>,
    /// Corrections, and meals that come late.
    pub others: Vec<Row<'a>>,
    /// One reading of each gaveur who may be unknown: the gaveur of a lot that is there is there as well.
    pub newcomers: Vec<&'a Reading>,
}

impl<'a> Novelty<'a> {
    /// `begun` are the lots that begin with this batch.
    pub fn of(rows: Vec<Row<'a>>, known: &Known, begun: &HashSet<LotId>) -> Self {
        let mut novelty = Novelty::default();
        let mut newcomers = BTreeMap::new();
        for row in rows {
            let reading = row.reading;
            let is_new = begun.contains(&row.lot_id);
            let lot = known.lots.get(&row.lot_id).filter(|_| !is_new);
            if lot.is_none_or(|lot| lot.gaveur_id != reading.gaveur_id) {
                newcomers.entry(reading.gaveur_id).or_insert(reading);
            }
            if is_new || lot.is_some_and(|lot| reading.position() > lot.position()) {
                novelty.ahead.push(row)
            } else {
                novelty.others.push(row)
            }
        }
        novelty.newcomers = newcomers.into_values().collect();
        novelty
    }

    /// The same with nothing taken for granted but that a lot which begins here has no meals.
    pub fn doubting(mut self, begun: &HashSet<LotId>) -> Self {
        let (new, doubtful) = std::mem::take(&mut self.ahead)
            .into_iter()
            .partition::<Vec<_>, _>(|row| begun.contains(&row.lot_id));
        self.ahead = new;
        self.others.extend(doubtful);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        batch::merge,
        lot::LotState,
        moment::Moment,
        reading::{Told, sample},
    };
    use jiff::tz::TimeZone;

    const LOT: LotId = 7;

    fn known(front: &Reading) -> Known {
        let lot = LotState::first_seen(LOT, 1, front, &TimeZone::UTC);
        Known {
            lots: [(LOT, lot)].into(),
            ..Known::default()
        }
    }

    fn of_lot(reading: &Reading) -> Told<'_> {
        Told {
            lot_id: LOT,
            reading,
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
        let novelty = Novelty::of(
            merge(readings.iter().map(of_lot)),
            &known,
            &HashSet::default(),
        );
        assert_eq!(positions(&novelty.ahead), [(4, Moment::Matin)]);
        assert_eq!(
            positions(&novelty.others),
            [(2, Moment::Matin), (3, Moment::Soir)]
        );
        assert_eq!(novelty.newcomers, Vec::<&Reading>::new());
        assert!(novelty.doubting(&HashSet::default()).ahead.is_empty());
    }

    #[test]
    fn every_meal_of_a_lot_that_begins_is_new_and_so_may_be_its_gaveur() {
        let reading = sample("LL2611001", 9, Moment::Soir);
        let begun = HashSet::from([LOT]);
        let novelty = Novelty::of(merge([of_lot(&reading)]), &known(&reading), &begun);
        assert_eq!(novelty.newcomers, [&reading]);
        assert_eq!(
            positions(&novelty.doubting(&begun).ahead),
            [(9, Moment::Soir)]
        );
    }

    #[test]
    fn a_known_lot_in_other_hands_brings_its_gaveur_once() {
        let mut first = sample("LL2611001", 4, Moment::Matin);
        first.gaveur_id = 77;
        let mut second = first.clone();
        second.moment = Moment::Soir;
        let known = known(&sample("LL2611001", 3, Moment::Soir));
        let rows = merge([&first, &second].map(of_lot));
        let novelty = Novelty::of(rows, &known, &HashSet::default());
        assert_eq!(novelty.newcomers, [&first]);
    }
}
