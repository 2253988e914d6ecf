//! One lot of a simulation: its code, its gaveur, its feeding. Pure.

use super::lot_model::{Meal, feeding};
use crate::domain::{horodatage::Horodatage, moment::Moment, reading::Reading, site::Site};
use jiff::{Timestamp, civil::Date};
use rand::{SeedableRng, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;

/// How many numbers the codes of one month have.
pub const CODES_A_MONTH: u32 = 999;
const GENETIQUES: [&str; 4] = ["Mulard", "Barbarie", "Pékin", "Mixte"];

struct Gaveur {
    id: i32,
    nom: &'static str,
    site: Site,
}

/// The gaveurs that the cooperative's databases are seeded with.
const GAVEURS: [Gaveur; 5] = [
    Gaveur {
        id: 1,
        nom: "Jean Martin",
        site: Site::Ll,
    },
    Gaveur {
        id: 2,
        nom: "Sophie Dubois",
        site: Site::Ls,
    },
    Gaveur {
        id: 3,
        nom: "Pierre Leroy",
        site: Site::Mt,
    },
    Gaveur {
        id: 4,
        nom: "Marie Petit",
        site: Site::Ll,
    },
    Gaveur {
        id: 5,
        nom: "Luc Blanc",
        site: Site::Ls,
    },
];

/// One lot being fed.
#[derive(Debug)]
pub struct SimulatedLot {
    code_lot: String,
    gaveur: usize,
    genetique: &'static str,
    meals: Vec<Meal>,
}

impl SimulatedLot {
    /// The lot with this number. It depends only on the seed and the number, not on the number of lots. Its code names the month.
    pub fn numbered(sequence: u32, seed: u64, month: Date) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(u64::from(sequence));
        let gaveur = (sequence as usize - 1) % GAVEURS.len();
        let genetique = GENETIQUES
            .choose(&mut rng)
            .expect("the list is a constant and not empty");
        SimulatedLot {
            code_lot: code_lot(GAVEURS[gaveur].site, month, sequence),
            gaveur,
            genetique,
            meals: feeding(&mut rng),
        }
    }

    /// The reading of a meal, without the time of sending.
    pub fn unstamped(&self, index: usize) -> Reading {
        let (meal, gaveur) = (&self.meals[index], &GAVEURS[self.gaveur]);
        Reading {
            code_lot: self.code_lot.clone(),
            gaveur_id: gaveur.id,
            gaveur_nom: gaveur.nom.to_owned(),
            site: gaveur.site,
            genetique: self.genetique.to_owned(),
            jour: (index / 2) as i32,
            moment: [Moment::Matin, Moment::Soir][index % 2],
            dose_theorique: Some(meal.dose_theorique),
            dose_reelle: meal.dose_reelle,
            poids_moyen: Some(meal.poids_moyen),
            nb_canards_vivants: Some(meal.nb_canards_vivants),
            taux_mortalite: Some(meal.taux_mortalite),
            temperature_stabule: Some(meal.temperature_stabule),
            humidite_stabule: Some(meal.humidite_stabule),
            horodatage: Horodatage::at(Timestamp::UNIX_EPOCH),
            pret_abattage: self.is_last(index),
            simule: true,
            correction: false,
            take_over: Default::default(),
        }
    }

    pub fn meal_count(&self) -> usize {
        self.meals.len()
    }

    fn is_last(&self, index: usize) -> bool {
        index + 1 == self.meals.len()
    }
}

/// Site + `YYMM` + three digits. Numbers above 999 use the codes of the following months: if a code were used twice, the new lot's meals
/// would become corrections of the old lot's.
fn code_lot(site: Site, month: Date, sequence: u32) -> String {
    let (months_on, number) = (
        (sequence - 1) / CODES_A_MONTH,
        (sequence - 1) % CODES_A_MONTH + 1,
    );
    let months = month.year() as u32 * 12 + month.month() as u32 - 1 + months_on;
    let (year, month) = (months / 12 % 100, months % 12 + 1);
    format!("{site}{year:02}{month:02}{number:03}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn past_999_the_codes_go_on_in_the_next_month_and_never_repeat() {
        let month = jiff::civil::date(2025, 12, 5);
        assert_eq!(code_lot(Site::Ll, month, 999), "LL2512999");
        assert_eq!(code_lot(Site::Ll, month, 1_000), "LL2601001");
        let codes: BTreeSet<_> = (1..=5_000).map(|n| code_lot(Site::Mt, month, n)).collect();
        assert_eq!(codes.len(), 5_000);
        assert!(codes.iter().all(|code| code.len() == 9));
    }
}
