//! The map of deviations: a line for each lot, a cell for each meal.

use crate::domain::{
    lot::LotId, moment::Moment, reading::ecart_dose, site::Site, weighings::meal_rank,
};

/// The doses of one day of a lot, g per duck.
#[derive(Debug, Clone, PartialEq)]
pub struct DayDoses {
    pub lot_id: LotId,
    pub code_lot: String,
    pub gaveur_nom: String,
    pub site: Site,
    pub simule: bool,
    pub jour: i32,
    /// Given and planned.
    pub matin: (Option<f64>, Option<f64>),
    pub soir: (Option<f64>, Option<f64>),
}

/// A meal of a lot.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cell {
    NotGiven,
    /// Given without a plan to compare it with.
    Unplanned,
    /// (given − planned) / planned, %.
    Off(f64),
}

/// The meals of a lot, from its first to its last.
#[derive(Debug, Clone, PartialEq)]
pub struct LotLine {
    pub code_lot: String,
    pub gaveur_nom: String,
    pub site: Site,
    /// Rank of the first meal: two a day, 0 the morning of day 0.
    pub first: i32,
    pub cells: Vec<Cell>,
}

/// Of days that are ordered by lot and jour; two rows of one jour are put together.
pub fn lines(days: &[DayDoses]) -> Vec<LotLine> {
    let lots = days.chunk_by(|one, next| one.lot_id == next.lot_id);
    lots.filter_map(line).collect()
}

fn line(days: &[DayDoses]) -> Option<LotLine> {
    let meals = days.iter().flat_map(|day| {
        let morning = (meal_rank((day.jour, Moment::Matin)), day.matin);
        let evening = (meal_rank((day.jour, Moment::Soir)), day.soir);
        [morning, evening]
    });
    let given = meals.filter_map(|(rank, (dose, plan))| Some((rank, dose?, plan)));
    let given: Vec<_> = given.collect();
    let first = given.iter().map(|(rank, ..)| *rank).min()?;
    let last = given.iter().map(|(rank, ..)| *rank).max()?;
    let cell = |rank: i32| {
        let Some((_, dose, plan)) = given.iter().find(|(of, ..)| *of == rank) else {
            return Cell::NotGiven;
        };
        ecart_dose(*plan, *dose).map_or(Cell::Unplanned, Cell::Off)
    };
    let of = days.first()?;
    Some(LotLine {
        code_lot: of.code_lot.clone(),
        gaveur_nom: of.gaveur_nom.clone(),
        site: of.site,
        first,
        cells: (first..=last).map(cell).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_meal_between_two_others_that_nobody_gave_is_a_cell_of_its_own() {
        let day = |jour, matin, soir| DayDoses {
            lot_id: 1,
            code_lot: "LL2611001".to_owned(),
            gaveur_nom: "Jean".to_owned(),
            site: Site::Ll,
            simule: false,
            jour,
            matin,
            soir,
        };
        let none = (None, None);
        let days = [
            day(0, none, (Some(210.0), Some(200.0))),
            // The jour spans two rows.
            day(1, none, (Some(300.0), None)),
            day(1, (Some(190.0), Some(200.0)), none),
            day(2, none, (Some(200.0), Some(200.0))),
        ];
        let found = lines(&days);
        assert_eq!((found.len(), found[0].first), (1, 1));
        let expected = [
            Cell::Off(5.0),
            Cell::Off(-5.0),
            Cell::Unplanned,
            Cell::NotGiven,
            Cell::Off(0.0),
        ];
        assert_eq!(found[0].cells, expected);
    }
}
