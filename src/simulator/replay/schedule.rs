//! Turns lots into readings in order of time. Pure.

use super::export::{ExportedLot, Meal};
use crate::domain::{horodatage::Horodatage, moment::Moment, reading::Reading};
use jiff::{
    Span,
    civil::{Date, DateTime},
    tz::TimeZone,
};
use std::time::Duration;

/// Hours of the day at which meals are given.
const MATIN: i8 = 7;
const SOIR: i8 = 19;

/// How the file's numbers and dates are converted.
#[derive(Debug, Clone)]
pub struct Conventions {
    /// Time zone of the farms.
    pub zone: TimeZone,
    /// Day to which the earliest lot is moved, all others with it. `None` keeps the file's dates.
    pub starting: Option<Date>,
    /// Added to the gaveurs' numbers.
    pub gaveur_offset: i32,
}

/// A date or a number is out of range.
#[derive(Debug, thiserror::Error)]
pub enum OutOfRange {
    #[error("line {line}: the dates of the lot leave the calendar: {source}")]
    Date { line: u64, source: jiff::Error },
    #[error("line {line}: the gaveur number {gaveur} + {offset} is too large")]
    Gaveur { line: u64, gaveur: i32, offset: i32 },
}

/// All meals of all lots, earliest first; meals of the same hour keep the order of the file.
///
/// # Errors
/// A date or the number of a gaveur is out of range.
pub fn readings(
    lots: &[ExportedLot],
    conventions: &Conventions,
) -> Result<Vec<Reading>, OutOfRange> {
    let shift = shift(lots, conventions.starting);
    let mut readings = Vec::new();
    for lot in lots {
        for meal in &lot.meals {
            readings.push(reading(lot, meal, shift, conventions)?);
        }
    }
    readings.sort_by_key(|reading| reading.horodatage.instant);
    Ok(readings)
}

/// Pairs each reading with its virtual time since the first.
pub fn timed(readings: Vec<Reading>) -> impl Iterator<Item = (Duration, Reading)> {
    let first = readings.first().map(|reading| reading.horodatage.instant);
    readings.into_iter().map(move |reading| {
        let since = first.map(|first| reading.horodatage.instant.duration_since(first));
        let since = since.and_then(|since| Duration::try_from(since).ok());
        (since.unwrap_or_default(), reading)
    })
}

fn shift(lots: &[ExportedLot], starting: Option<Date>) -> Span {
    let earliest = lots.iter().map(|lot| lot.start).min();
    match (starting, earliest) {
        (Some(starting), Some(earliest)) => starting - earliest,
        _ => Span::new(),
    }
}

fn reading(
    lot: &ExportedLot,
    meal: &Meal,
    shift: Span,
    conventions: &Conventions,
) -> Result<Reading, OutOfRange> {
    let line = lot.line;
    let (jour, moment) = position_of(meal.repas);
    let horodatage = horodatage(lot.start, jour, moment, shift, &conventions.zone)
        .map_err(|source| OutOfRange::Date { line, source })?;
    Ok(Reading {
        code_lot: lot.code_lot.clone(),
        gaveur_id: gaveur_id(lot, conventions.gaveur_offset)?,
        gaveur_nom: lot.gaveur_nom.clone(),
        site: lot.site,
        genetique: lot.genetique.clone(),
        jour,
        moment,
        dose_theorique: meal.planned,
        dose_reelle: meal.given,
        poids_moyen: None,
        nb_canards_vivants: lot.head_count.filter(|_| meal.repas == 1),
        taux_mortalite: None,
        temperature_stabule: None,
        humidite_stabule: None,
        horodatage,
        pret_abattage: lot.meals.last() == Some(meal),
        simule: false,
        correction: false,
        take_over: Default::default(),
    })
}

/// Day and moment of a meal counted from 1.
fn position_of(repas: usize) -> (i32, Moment) {
    let before = repas - 1;
    let moment = if before.is_multiple_of(2) {
        Moment::Matin
    } else {
        Moment::Soir
    };
    ((before / 2) as i32, moment)
}

fn horodatage(
    start: Date,
    jour: i32,
    moment: Moment,
    shift: Span,
    zone: &TimeZone,
) -> Result<Horodatage, jiff::Error> {
    let day = start
        .checked_add(shift)?
        .checked_add(Span::new().try_days(jour)?)?;
    let hour = match moment {
        Moment::Matin => MATIN,
        Moment::Soir => SOIR,
    };
    let wall_clock: DateTime = day.at(hour, 0, 0, 0);
    let instant = zone
        .to_ambiguous_zoned(wall_clock)
        .compatible()?
        .timestamp();
    Ok(Horodatage::at(instant))
}

fn gaveur_id(lot: &ExportedLot, offset: i32) -> Result<i32, OutOfRange> {
    let (line, gaveur) = (lot.line, lot.gaveur);
    gaveur.checked_add(offset).ok_or(OutOfRange::Gaveur {
        line,
        gaveur,
        offset,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::site::Site;
    use jiff::civil::date;

    fn lot(code_lot: &str, start: Date, repas: &[usize]) -> ExportedLot {
        let meal = |&repas| Meal {
            repas,
            planned: None,
            given: 250.0,
        };
        ExportedLot {
            line: 2,
            code_lot: code_lot.to_owned(),
            site: Site::Ll,
            start,
            gaveur: 7,
            gaveur_nom: "GAVEUR 007".to_owned(),
            genetique: "Mulard".to_owned(),
            head_count: Some(1_024),
            meals: repas.iter().map(meal).collect(),
        }
    }

    fn conventions() -> Conventions {
        Conventions {
            zone: TimeZone::get("Europe/Paris").unwrap(),
            starting: None,
            gaveur_offset: 1_000,
        }
    }

    fn times(lots: &[ExportedLot], conventions: &Conventions) -> Vec<String> {
        let readings = readings(lots, conventions).unwrap();
        let line = |reading: &Reading| format!("{} {}", reading.code_lot, reading.horodatage.texte);
        readings.iter().map(line).collect()
    }

    #[test]
    fn odd_meals_are_in_the_morning_and_two_make_a_day() {
        assert_eq!(position_of(1), (0, Moment::Matin));
        assert_eq!(position_of(2), (0, Moment::Soir));
        assert_eq!(position_of(21), (10, Moment::Matin));
    }

    #[test]
    fn lots_are_merged_by_time_in_the_order_of_the_file() {
        let lots = [
            lot("LL4", date(2024, 1, 5), &[1, 2]),
            lot("LL3", date(2024, 1, 5), &[1]),
            lot("LL2", date(2024, 1, 4), &[1, 4]),
        ];
        assert_eq!(
            times(&lots, &conventions()),
            [
                "LL2 2024-01-04T06:00:00Z",
                "LL4 2024-01-05T06:00:00Z",
                "LL3 2024-01-05T06:00:00Z",
                "LL4 2024-01-05T18:00:00Z",
                "LL2 2024-01-05T18:00:00Z",
            ]
        );
    }

    #[test]
    fn seven_o_clock_is_that_of_the_zone_also_in_summer() {
        assert_eq!(
            times(&[lot("A", date(2024, 7, 1), &[1])], &conventions()),
            ["A 2024-07-01T05:00:00Z"]
        );
    }

    #[test]
    fn all_lots_move_together_to_another_start() {
        let lots = [
            lot("A", date(2024, 1, 31), &[1]),
            lot("B", date(2024, 1, 29), &[1]),
        ];
        let shifted = Conventions {
            starting: Some(date(2026, 2, 27)),
            ..conventions()
        };
        assert_eq!(
            times(&lots, &shifted),
            ["B 2026-02-27T06:00:00Z", "A 2026-03-01T06:00:00Z"]
        );
    }

    #[test]
    fn what_the_export_does_not_hold_is_not_measured() {
        let readings = readings(&[lot("A", date(2024, 1, 5), &[1, 2, 3])], &conventions()).unwrap();
        let counts: Vec<_> = readings
            .iter()
            .map(|reading| reading.nb_canards_vivants)
            .collect();
        assert_eq!(counts, [Some(1_024), None, None]);
        for (index, reading) in readings.iter().enumerate() {
            assert_eq!(
                (reading.poids_moyen, reading.temperature_stabule),
                (None, None)
            );
            assert_eq!(
                (reading.humidite_stabule, reading.taux_mortalite),
                (None, None)
            );
            assert_eq!((reading.gaveur_id, reading.simule), (1_007, false));
            assert_eq!(reading.pret_abattage, index == 2);
        }
    }

    #[test]
    fn virtual_time_counts_from_the_first_meal() {
        let readings = readings(&[lot("A", date(2024, 1, 5), &[1, 2, 5])], &conventions()).unwrap();
        let hours: Vec<_> = timed(readings)
            .map(|(since, _)| since.as_secs() / 3_600)
            .collect();
        assert_eq!(hours, [0, 12, 48]);
    }

    #[test]
    fn a_gaveur_beyond_all_numbers_is_refused_with_its_line() {
        let too_far = Conventions {
            gaveur_offset: i32::MAX,
            ..conventions()
        };
        let refusal = readings(&[lot("A", date(2024, 1, 5), &[1])], &too_far).unwrap_err();
        assert!(refusal.to_string().starts_with("line 2: "));
    }
}
