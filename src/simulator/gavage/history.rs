//! Lots of the last weeks, of one site, one genetics and six farmers, so that a demo has something to compare its lots with. Every fourth was off its
//! plan and lost more ducks. Pure.

use super::lot_model::{Meal, feeding};
use crate::domain::{horodatage::Horodatage, moment::Moment, reading::Reading, site::Site};
use jiff::{SignedDuration, Timestamp, ToSpan as _, civil::Date};
use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;

const LOTS: i32 = 24;
const GAVEURS: i32 = 6;
const FIRST_GAVEUR: i32 = 101;
/// Behind the numbers that lots of a demo come to.
const FIRST_NUMBER: i32 = 970;
/// The last one ended this many days ago, each other one a day before.
const ENDED_DAYS_AGO: i32 = 3;
const BETWEEN_MEALS: SignedDuration = SignedDuration::from_hours(12);
/// Every so many lots, this many meals by so much above the plan.
const STRAYS_EVERY: i32 = 4;
const STRAY_MEALS: std::ops::Range<usize> = 4..9;
const STRAY_BY: f64 = 1.08;
/// Ducks lost, %: at most by any lot, and more by one that strays.
const MOST_LOST: f64 = 2.0;
const STRAYS_LOSE: f64 = 2.5;

/// The codes of the lots: of two months ago, so that lots of a demo have others.
pub fn codes(today: Date) -> Vec<String> {
    let month = today.first_of_month().checked_sub(2.months());
    let month = month.unwrap_or(today).strftime("%y%m").to_string();
    let numbers = (FIRST_NUMBER..).take(LOTS as usize);
    numbers.map(|number| format!("LL{month}{number}")).collect()
}

/// All their meals, lot by lot, the one that ended first first.
pub fn readings(seed: u64, now: Timestamp, today: Date) -> Vec<Reading> {
    let lots = codes(today).into_iter().zip(0..);
    lots.flat_map(|(code, index)| lot(&code, index, seed, now))
        .collect()
}

fn lot(code: &str, index: i32, seed: u64, now: Timestamp) -> Vec<Reading> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    // Lots of the demo itself have the streams of their numbers, from 1.
    rng.set_stream(u64::MAX - index.unsigned_abs() as u64);
    let mut meals = feeding(&mut rng);
    let strays = index % STRAYS_EVERY == STRAYS_EVERY - 1;
    if strays {
        for meal in &mut meals[STRAY_MEALS] {
            meal.dose_reelle = (meal.dose_theorique * STRAY_BY * 10.0).round() / 10.0;
        }
    }
    let days_ago = ENDED_DAYS_AGO + LOTS - 1 - index;
    let ended = now - SignedDuration::from_hours(24 * i64::from(days_ago));
    let last = meals.len() - 1;
    let meals = meals.iter().enumerate();
    let reading = |(place, meal): (usize, &Meal)| Reading {
        code_lot: code.to_owned(),
        gaveur_id: FIRST_GAVEUR + index % GAVEURS,
        gaveur_nom: format!("Gaveur simulé {}", 1 + index % GAVEURS),
        site: Site::Ll,
        genetique: "Mulard".to_owned(),
        jour: (place / 2) as i32,
        moment: [Moment::Matin, Moment::Soir][place % 2],
        dose_theorique: Some(meal.dose_theorique),
        dose_reelle: meal.dose_reelle,
        poids_moyen: Some(meal.poids_moyen),
        nb_canards_vivants: Some(meal.nb_canards_vivants),
        taux_mortalite: Some(lost(meal, strays, place, last)),
        temperature_stabule: Some(meal.temperature_stabule),
        humidite_stabule: Some(meal.humidite_stabule),
        horodatage: Horodatage::at(ended - BETWEEN_MEALS * (last - place) as i32),
        pret_abattage: place == last,
        simule: true,
        correction: false,
        take_over: Default::default(),
    };
    meals.map(reading).collect()
}

fn lost(meal: &Meal, strays: bool, place: usize, last: usize) -> f64 {
    let more = if strays {
        STRAYS_LOSE * place as f64 / last as f64
    } else {
        0.0
    };
    ((meal.taux_mortalite.min(MOST_LOST) + more) * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::advice::comparison::{FEWEST_GAVEURS, FEWEST_LOTS};
    use std::collections::BTreeSet;

    fn all() -> Vec<Reading> {
        let now: Timestamp = "2026-11-29T12:00:00Z".parse().unwrap();
        readings(7, now, jiff::civil::date(2026, 11, 29))
    }

    #[test]
    fn the_lots_of_earlier_weeks_are_enough_to_be_compared_and_have_ended() {
        let all = all();
        let lots: BTreeSet<_> = all.iter().map(|meal| meal.code_lot.as_str()).collect();
        let gaveurs: BTreeSet<_> = all.iter().map(|meal| meal.gaveur_id).collect();
        // One of them is compared with the others.
        assert!(lots.len() > FEWEST_LOTS && gaveurs.len() >= FEWEST_GAVEURS);
        assert_eq!(
            all.iter().filter(|meal| meal.pret_abattage).count(),
            lots.len()
        );
        assert_eq!(lots.first(), Some(&"LL2609970"));
        assert!(
            all.iter()
                .all(|meal| meal.simule && meal.taux_mortalite.unwrap() < 5.0)
        );
    }

    #[test]
    fn a_lot_that_strayed_has_at_least_fifteen_per_cent_of_its_meals_off_the_plan() {
        for meals in all().chunk_by(|one, next| one.code_lot == next.code_lot) {
            let off = meals
                .iter()
                .filter(|meal| meal.ecart_dose().unwrap().abs() > 5.0);
            let number: i32 = meals[0].code_lot[6..].parse().unwrap();
            let strays = (number - FIRST_NUMBER) % STRAYS_EVERY == STRAYS_EVERY - 1;
            assert!(!strays || off.count() as f64 >= 0.15 * meals.len() as f64);
        }
    }
}
