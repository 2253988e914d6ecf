//! Readings for measurements: plain meals of simulated lots, each meal once.

use gaveurs::domain::{horodatage::Horodatage, moment::Moment, reading::Reading, site::Site};
use jiff::Timestamp;
use std::iter;

/// Meals of a lot before the next lot begins.
const MEALS: u64 = 28;

/// The endless feed of one producer: its lots, one after the other.
pub struct Feed {
    next: u64,
    producer: u64,
    producers: u64,
    first_lot: u64,
}

impl Feed {
    /// Feeds with the same `first_lot` and number of `producers` have no lot in common.
    pub fn new(producer: u64, producers: u64, first_lot: u64) -> Self {
        Feed {
            next: 0,
            producer,
            producers,
            first_lot,
        }
    }
}

/// The readings of several producers, one of each in turn.
pub fn in_turn(producers: u64, first_lot: u64) -> impl Iterator<Item = Reading> {
    let mut feeds: Vec<_> = (0..producers)
        .map(|producer| Feed::new(producer, producers, first_lot))
        .collect();
    let mut turn = (0..feeds.len()).cycle();
    iter::from_fn(move || feeds[turn.next()?].next())
}

impl Iterator for Feed {
    type Item = Reading;

    fn next(&mut self) -> Option<Reading> {
        let (lot, meal) = (self.next / MEALS, self.next % MEALS);
        self.next += 1;
        // Seven digits give ten million lots; a run that needs more corrects its first ones.
        let number = (self.first_lot + lot * self.producers + self.producer) % 10_000_000;
        Some(reading(number, meal))
    }
}

fn reading(lot: u64, meal: u64) -> Reading {
    let jour = (meal / 2) as i32;
    let moment = match meal % 2 {
        0 => Moment::Matin,
        _ => Moment::Soir,
    };
    Reading {
        code_lot: format!("LL{lot:07}"),
        gaveur_id: 1 + (lot % 200) as i32,
        gaveur_nom: "Mesure de débit".to_owned(),
        site: Site::Ll,
        genetique: "Mulard".to_owned(),
        jour,
        moment,
        dose_theorique: Some(400.0),
        dose_reelle: 395.0 + f64::from(jour),
        poids_moyen: Some(4_000.0 + 80.0 * f64::from(jour)),
        nb_canards_vivants: Some(1_000),
        taux_mortalite: Some(0.5),
        temperature_stabule: Some(21.5),
        humidite_stabule: Some(62.0),
        horodatage: Horodatage::at(Timestamp::now()),
        pret_abattage: false,
        simule: true,
        correction: false,
        take_over: Default::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn no_meal_comes_twice_whoever_sends_it() {
        let feeds = (0..7).flat_map(|producer| Feed::new(producer, 7, 500).take(100));
        let keys: HashSet<_> = feeds.map(|reading| reading.key()).collect();
        assert_eq!(keys.len(), 700);
    }
}
