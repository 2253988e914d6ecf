//! The current state of a lot: that of its most advanced meal.

use super::{
    moment::Moment,
    reading::{MealPosition, Reading},
    site::Site,
    weighings::{Weighings, place},
};
use jiff::{Timestamp, civil::Date, tz::TimeZone};

/// Life cycle of a lot as stored. The API edge translates it for older screens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Statut {
    Planifie,
    EnPreparation,
    EnGavage,
    PretAbattage,
    Abattu,
    ControleQualite,
    Clos,
    Annule,
}

impl Statut {
    pub const ALL: [Statut; 8] = [
        Statut::Planifie,
        Statut::EnPreparation,
        Statut::EnGavage,
        Statut::PretAbattage,
        Statut::Abattu,
        Statut::ControleQualite,
        Statut::Clos,
        Statut::Annule,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Statut::Planifie => "planifie",
            Statut::EnPreparation => "en_preparation",
            Statut::EnGavage => "en_gavage",
            Statut::PretAbattage => "pret_abattage",
            Statut::Abattu => "abattu",
            Statut::ControleQualite => "controle_qualite",
            Statut::Clos => "clos",
            Statut::Annule => "annule",
        }
    }

    /// Reads the stored word, and `en_cours`, which the supervision screens say for `en_gavage`.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "en_cours" => Some(Statut::EnGavage),
            word => Statut::ALL
                .into_iter()
                .find(|statut| statut.as_str() == word),
        }
    }

    /// The states that a word asks for: `termine` is every lot whose feeding has ended.
    pub fn covered_by(word: &str) -> Option<Vec<Self>> {
        const TERMINE: [Statut; 4] = [
            Statut::PretAbattage,
            Statut::Abattu,
            Statut::ControleQualite,
            Statut::Clos,
        ];
        match word {
            "termine" => Some(TERMINE.to_vec()),
            word => Statut::parse(word).map(|statut| vec![statut]),
        }
    }

    /// A reading puts a lot that was waiting for its first meal into feeding.
    fn after_a_meal(self) -> Self {
        match self {
            Statut::Planifie | Statut::EnPreparation => Statut::EnGavage,
            other => other,
        }
    }
}

/// Number of a lot: of one life of its code.
pub type LotId = i64;

/// Current state of one lot.
#[derive(Debug, Clone, PartialEq)]
pub struct LotState {
    pub id: LotId,
    pub code_lot: String,
    /// Counts the lives of the code.
    pub vie: i32,
    pub gaveur_id: i32,
    pub site: Site,
    pub genetique: String,
    /// Local calendar day of the first reading.
    pub debut_lot: Date,
    pub nb_canards_initial: Option<i32>,
    pub nb_canards_actuel: Option<i32>,
    pub jour_actuel: i32,
    pub moment_actuel: Moment,
    pub poids_moyen_actuel: Option<f64>,
    pub taux_mortalite: Option<f64>,
    pub pret_abattage: bool,
    pub statut: Statut,
    pub simule: bool,
    /// Of the earliest meal: its time, and its place on a line with two places a day.
    pub premier_releve: Timestamp,
    pub premiere_place: i32,
    pub dernier_releve: Timestamp,
    /// Of the last three days.
    pub pesees: Weighings,
}

impl LotState {
    /// State of a lot of which this is the first reading that we see.
    pub fn first_seen(id: LotId, vie: i32, reading: &Reading, zone: &TimeZone) -> Self {
        let mut state = LotState {
            id,
            vie,
            code_lot: reading.code_lot.clone(),
            gaveur_id: reading.gaveur_id,
            site: reading.site,
            genetique: reading.genetique.clone(),
            debut_lot: reading.horodatage.instant.to_zoned(zone.clone()).date(),
            nb_canards_initial: initial_head_count(reading),
            nb_canards_actuel: None,
            jour_actuel: reading.jour,
            moment_actuel: reading.moment,
            poids_moyen_actuel: None,
            taux_mortalite: None,
            pret_abattage: false,
            statut: Statut::EnGavage,
            simule: reading.simule,
            premier_releve: reading.horodatage.instant,
            premiere_place: place(reading.position()),
            dernier_releve: reading.horodatage.instant,
            pesees: Weighings::default(),
        };
        state.advance(reading);
        state.weigh(reading);
        state
    }

    pub fn position(&self) -> MealPosition {
        (self.jour_actuel, self.moment_actuel)
    }

    /// Takes over a meal; says whether the meal is the front of the lot (a correction of an earlier meal is not).
    pub fn apply(&mut self, reading: &Reading) -> bool {
        let at_front = reading.position() >= self.position();
        if at_front {
            self.advance(reading);
        }
        self.weigh(reading);
        if self.nb_canards_initial.is_none() {
            self.nb_canards_initial = initial_head_count(reading);
        }
        at_front
    }

    fn weigh(&mut self, reading: &Reading) {
        let front = self.position();
        self.pesees
            .record(reading.position(), reading.poids_moyen, front);
    }

    fn advance(&mut self, reading: &Reading) {
        self.gaveur_id = reading.gaveur_id;
        self.site = reading.site;
        self.jour_actuel = reading.jour;
        self.moment_actuel = reading.moment;
        // A quantity that this meal did not measure keeps its last measured value.
        self.nb_canards_actuel = reading.nb_canards_vivants.or(self.nb_canards_actuel);
        self.poids_moyen_actuel = reading.poids_moyen.or(self.poids_moyen_actuel);
        self.taux_mortalite = reading.taux_mortalite.or(self.taux_mortalite);
        self.simule = reading.simule;
        self.dernier_releve = match reading.horodatage.douteux {
            // A wrong clock does not make a lot that is being fed an old one.
            true => self.dernier_releve.max(reading.horodatage.instant),
            false => reading.horodatage.instant,
        };
        self.statut = self.statut.after_a_meal();
        if reading.pret_abattage {
            self.pret_abattage = true;
            if self.statut == Statut::EnGavage {
                self.statut = Statut::PretAbattage;
            }
        }
    }
}

/// Ducks put on feeding: alive / (1 − cumulated mortality), the definition of cumulated mortality read backwards.
fn initial_head_count(reading: &Reading) -> Option<i32> {
    let alive = f64::from(reading.nb_canards_vivants?);
    // Up to the first meal a lot has had no losses in feeding, measured or not.
    let first_meal = reading.position() <= (0, Moment::Matin);
    let taux_mortalite = reading.taux_mortalite.or(first_meal.then_some(0.0))?;
    let surviving = 1.0 - taux_mortalite / 100.0;
    (surviving > 0.0).then(|| (alive / surviving).round() as i32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{horodatage::Horodatage, reading::sample};

    fn lot() -> LotState {
        LotState::first_seen(1, 1, &sample("LL2611001", 3, Moment::Matin), &TimeZone::UTC)
    }

    #[test]
    fn the_first_reading_puts_the_lot_in_feeding() {
        assert_eq!(lot().statut, Statut::EnGavage);
    }

    #[test]
    fn a_later_meal_moves_the_state_and_a_correction_of_an_earlier_one_does_not() {
        let mut state = lot();
        assert!(state.apply(&sample("LL2611001", 3, Moment::Soir)));
        let mut earlier = sample("LL2611001", 1, Moment::Soir);
        earlier.poids_moyen = Some(1.0);
        assert!(!state.apply(&earlier));
        assert_eq!(state.position(), (3, Moment::Soir));
        assert_eq!(state.poids_moyen_actuel, Some(5000.0));
    }

    #[test]
    fn a_doubtful_clock_does_not_set_the_last_activity_back_and_a_believed_one_repairs_it() {
        let at = |second: i64, douteux| {
            let mut reading = sample("LL2611001", 3, Moment::Soir);
            reading.horodatage = Horodatage::at(Timestamp::from_second(second).unwrap());
            reading.horodatage.douteux = douteux;
            reading
        };
        let mut state = LotState::first_seen(1, 1, &at(1_000, true), &TimeZone::UTC);
        let mut after = |reading: Reading| {
            state.apply(&reading);
            state.dernier_releve.as_second()
        };
        assert_eq!(after(at(2_000, true)), 2_000);
        assert_eq!(after(at(1_500, false)), 1_500);
        assert_eq!(after(at(1_000, true)), 1_500);
    }

    #[test]
    fn a_lot_that_is_ready_stays_ready() {
        let mut state = lot();
        let mut last = sample("LL2611001", 12, Moment::Soir);
        last.pret_abattage = true;
        state.apply(&last);
        state.apply(&sample("LL2611001", 12, Moment::Soir));
        assert!(state.pret_abattage);
        assert_eq!(state.statut, Statut::PretAbattage);
    }

    #[test]
    fn a_measure_that_is_missing_keeps_the_last_measured_value() {
        let mut state = lot();
        let mut unweighed = sample("LL2611001", 4, Moment::Matin);
        unweighed.poids_moyen = None;
        state.apply(&unweighed);
        assert_eq!(state.poids_moyen_actuel, Some(5000.0));
    }

    #[test]
    fn the_initial_head_count_is_that_before_the_mortality() {
        let mut reading = sample("LL2611001", 9, Moment::Matin);
        (reading.nb_canards_vivants, reading.taux_mortalite) = (Some(51), Some(7.27));
        assert_eq!(initial_head_count(&reading), Some(55));
        reading.taux_mortalite = Some(100.0);
        assert_eq!(initial_head_count(&reading), None);
    }
}
