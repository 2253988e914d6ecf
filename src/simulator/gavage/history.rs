//! Lots of the last weeks, of one site, one genetics and six farmers, so that a demo has something to compare its lots with. Every fourth was off its
//! plan and lost more ducks. Pure.

use super::{
    lot::SimulatedLot,
    lot_model::{Meal, feeding},
};
use crate::domain::{horodatage::Horodatage, moment::Moment, reading::Reading, site::Site};
use jiff::{SignedDuration, Timestamp, ToSpan as _, civil::Date};
use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;

const SITE: Site = Site::Ll;
const GENETIQUE: &str = "Mulard";
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
        for (place, meal) in meals.iter_mut().enumerate() {
            meal.dose_reelle = strayed(place, meal.dose_theorique).unwrap_or(meal.dose_reelle);
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
        site: SITE,
        genetique: GENETIQUE.to_owned(),
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

/// What is given at this meal of a lot that is off its plan, if it is another dose.
fn strayed(place: usize, planned: f64) -> Option<f64> {
    STRAY_MEALS
        .contains(&place)
        .then(|| (planned * STRAY_BY * 10.0).round() / 10.0)
}

/// A number and a seed, from these on, of a lot that is of the site and the genetics of these.
pub fn like_these(first_sequence: u32, seed: u64, month: Date) -> (u32, u64) {
    let is_like = |sequence, seed| {
        let meal = SimulatedLot::numbered(sequence, seed, month).unstamped(0);
        meal.site == SITE && meal.genetique == GENETIQUE
    };
    let sequences = first_sequence..first_sequence + 5;
    let all = sequences.flat_map(|sequence| (seed..seed + 64).map(move |seed| (sequence, seed)));
    let mut like = all.filter(|(sequence, seed)| is_like(*sequence, *seed));
    like.next().unwrap_or((first_sequence, seed))
}

/// The same meal of a lot that is off its plan, as every fourth of these was.
pub fn astray(mut meal: Reading) -> Reading {
    let place = meal.jour.unsigned_abs() as usize * 2 + usize::from(meal.moment == Moment::Soir);
    let given = meal
        .dose_theorique
        .and_then(|planned| strayed(place, planned));
    meal.dose_reelle = given.unwrap_or(meal.dose_reelle);
    meal
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
    fn a_lot_like_these_is_found_from_any_number_and_astray_it_is_off_its_plan_as_they_were() {
        let month = jiff::civil::date(2026, 11, 29);
        for (first, seed) in [(1, 0), (2, 7), (3, 8), (998, 9)] {
            let (sequence, seed) = like_these(first, seed, month);
            assert!((first..first + 5).contains(&sequence));
            let lot = SimulatedLot::numbered(sequence, seed, month);
            let meals: Vec<_> = (0..lot.meal_count())
                .map(|index| astray(lot.unstamped(index)))
                .collect();
            assert_eq!(
                (meals[0].site, meals[0].genetique.as_str()),
                (SITE, GENETIQUE)
            );
            let off = |meal: &&Reading| meal.ecart_dose().unwrap() > 5.0;
            assert!(meals.iter().filter(off).count() >= STRAY_MEALS.len());
        }
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
