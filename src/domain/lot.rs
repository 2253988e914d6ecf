//! The current state of a lot, computed from the latest version of each of its meals.

use super::{
    horodatage::Horodatage,
    moment::Moment,
    reading::{MealPosition, Meals, Reading},
    site::Site,
    weighings::{Weighings, meal_rank},
    words::words,
};
use jiff::{Timestamp, civil::Date, tz::TimeZone};

words! {
    /// Life cycle of a lot as stored. The HTTP layer translates it for older screens.
    pub enum Statut {
        Planifie = "planifie",
        EnPreparation = "en_preparation",
        EnGavage = "en_gavage",
        PretAbattage = "pret_abattage",
        Abattu = "abattu",
        ControleQualite = "controle_qualite",
        Clos = "clos",
        Annule = "annule",
    }
}

impl Statut {
    /// The states that a requested word covers: `termine` is every lot whose feeding has ended, and `en_cours` the supervision screens' word for
    /// `en_gavage`.
    pub fn covered_by(word: &str) -> Option<Vec<Self>> {
        const TERMINE: [Statut; 4] = [
            Statut::PretAbattage,
            Statut::Abattu,
            Statut::ControleQualite,
            Statut::Clos,
        ];
        match word {
            "termine" => Some(TERMINE.to_vec()),
            "en_cours" => Some(vec![Statut::EnGavage]),
            word => word.parse().ok().map(|statut| vec![statut]),
        }
    }

    /// Feeding is over.
    pub fn has_ended(self) -> bool {
        !matches!(
            self,
            Statut::Planifie | Statut::EnPreparation | Statut::EnGavage
        )
    }

    /// Slaughtered or later: its meals do not change any more.
    pub fn is_settled(self) -> bool {
        self.has_ended() && self != Statut::PretAbattage
    }

    /// A reading moves a lot that was waiting for its first meal into feeding.
    fn after_a_meal(self) -> Self {
        match self {
            Statut::Planifie | Statut::EnPreparation => Statut::EnGavage,
            other => other,
        }
    }
}

/// Id of a lot, that is of one life of its code.
pub type LotId = i64;

/// How far a lot has been fed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fed {
    /// Its most advanced meal.
    pub front: MealPosition,
    /// Time and rank of the earliest meal.
    pub premier_releve: Timestamp,
    pub premiere_place: i32,
    pub dernier_releve: Timestamp,
}

/// Current state of one lot.
#[derive(Debug, Clone, PartialEq)]
pub struct LotState {
    pub id: LotId,
    pub code_lot: String,
    /// Number of this life among the lives of the code.
    pub vie: i32,
    pub gaveur_id: i32,
    /// The gaveur of the earliest meal.
    pub premier_gaveur_id: i32,
    pub site: Site,
    pub genetique: String,
    /// Local date of the first day of feeding, computed back from the earliest meal; for simulated lots the date of that meal. Before the
    /// first meal the planned one.
    pub debut_lot: Date,
    /// The planned last day of feeding.
    pub fin_prevue: Option<Date>,
    /// The head count that somebody stated before the first meal: no meal changes it.
    pub nb_canards_annonces: Option<i32>,
    pub nb_canards_initial: Option<i32>,
    pub nb_canards_actuel: Option<i32>,
    pub poids_moyen_actuel: Option<f64>,
    pub taux_mortalite: Option<f64>,
    pub pret_abattage: bool,
    pub statut: Statut,
    /// Real ducks and simulated ones are never one lot.
    pub simule: bool,
    /// `None` before its first meal.
    pub fed: Option<Fed>,
    /// Somebody went back to feeding: `pret_abattage` of this meal and of those before it does not count any more.
    pub reprise_place: Option<i32>,
    /// Weighings of the last three days.
    pub pesees: Weighings,
}

impl LotState {
    /// State of a lot after its first known reading.
    pub fn first_seen(id: LotId, vie: i32, reading: &Reading, zone: &TimeZone) -> Self {
        let mut state = LotState {
            id,
            vie,
            code_lot: reading.code_lot.clone(),
            gaveur_id: reading.gaveur_id,
            premier_gaveur_id: reading.gaveur_id,
            site: reading.site,
            genetique: reading.genetique.clone(),
            debut_lot: first_day(reading, zone),
            fin_prevue: None,
            nb_canards_annonces: None,
            nb_canards_initial: None,
            nb_canards_actuel: None,
            poids_moyen_actuel: None,
            taux_mortalite: None,
            pret_abattage: false,
            statut: Statut::EnGavage,
            simule: reading.simule,
            fed: None,
            reprise_place: None,
            pesees: Weighings::default(),
        };
        state.advance(reading, zone);
        state
    }

    /// The front; `None` before the first meal.
    pub fn position(&self) -> Option<MealPosition> {
        self.fed.map(|fed| fed.front)
    }

    /// Applies a meal beyond the front, or a correction of the front meal that measures at least as much.
    pub fn advance(&mut self, reading: &Reading, zone: &TimeZone) {
        let Horodatage {
            instant, douteux, ..
        } = reading.horodatage;
        let before = self.fed.unwrap_or_else(|| {
            self.premier_gaveur_id = reading.gaveur_id;
            self.debut_lot = first_day(reading, zone);
            Fed {
                front: reading.position(),
                premier_releve: instant,
                premiere_place: meal_rank(reading.position()),
                dernier_releve: instant,
            }
        });
        self.gaveur_id = reading.gaveur_id;
        self.site = reading.site;
        // A quantity that this meal did not measure keeps its last value.
        self.nb_canards_actuel = reading.nb_canards_vivants.or(self.nb_canards_actuel);
        self.poids_moyen_actuel = reading.poids_moyen.or(self.poids_moyen_actuel);
        self.taux_mortalite = reading.taux_mortalite.or(self.taux_mortalite);
        let front = reading.position();
        self.fed = Some(Fed {
            front,
            premier_releve: if douteux {
                before.premier_releve
            } else {
                before.premier_releve.min(instant)
            },
            premiere_place: before.premiere_place,
            dernier_releve: if douteux {
                // A wrong clock must not make a lot that is being fed look old.
                before.dernier_releve.max(instant)
            } else {
                instant
            },
        });
        self.pesees.record(front, reading.poids_moyen, front);
        if self.nb_canards_initial.is_none() {
            self.nb_canards_initial = initial_head_count(reading);
        }
        self.note_flags(reading);
    }

    /// `pret_abattage` ends the lot, at whichever meal it comes, until somebody goes back to feeding.
    fn note_flags(&mut self, reading: &Reading) {
        self.statut = self.statut.after_a_meal();
        let rank = meal_rank(reading.position());
        let counts = self
            .reprise_place
            .is_none_or(|taken_back| rank > taken_back);
        if reading.pret_abattage && counts {
            self.pret_abattage = true;
            if self.statut == Statut::EnGavage {
                self.statut = Statut::PretAbattage;
            }
        }
    }

    /// Recomputes the state from all meals in order, so that corrected values have no effect. Identity, genetics and a reached end stay.
    pub fn recompute(&mut self, meals: &Meals, zone: &TimeZone) {
        if meals.is_empty() {
            return;
        }
        let mut state = LotState {
            nb_canards_initial: self.nb_canards_annonces,
            ..self.before_its_meals()
        };
        for meal in meals.values() {
            state.advance(meal, zone);
        }
        let believed = meals.values().filter(|meal| !meal.horodatage.douteux);
        let earliest = believed.map(|meal| meal.horodatage.instant).min();
        if let Some((fed, earliest)) = state.fed.as_mut().zip(earliest) {
            fed.premier_releve = earliest;
        }
        state.nb_canards_initial = state.nb_canards_initial.or(self.nb_canards_initial);
        *self = state;
    }

    /// Its only meal is gone: it waits for another one.
    pub fn empty(&mut self) {
        *self = LotState {
            pret_abattage: false,
            statut: Statut::EnPreparation,
            ..self.before_its_meals()
        };
    }

    /// Without what meals have told of it.
    fn before_its_meals(&self) -> Self {
        LotState {
            nb_canards_actuel: self.nb_canards_annonces,
            poids_moyen_actuel: None,
            taux_mortalite: None,
            fed: None,
            pesees: Weighings::default(),
            ..self.clone()
        }
    }
}

fn first_day(reading: &Reading, zone: &TimeZone) -> Date {
    let day = reading.horodatage.instant.to_zoned(zone.clone()).date();
    // In an accelerated simulation the days do not match the calendar.
    let before = if reading.simule {
        0
    } else {
        reading.jour.max(0)
    };
    day.saturating_sub(jiff::Span::new().days(before))
}

/// Ducks at the start of feeding: alive / (1 − cumulated mortality).
fn initial_head_count(reading: &Reading) -> Option<i32> {
    let alive = f64::from(reading.nb_canards_vivants?);
    // At the first meal there are no losses yet, measured or not.
    let first_meal = reading.position() <= (0, Moment::Matin);
    let taux_mortalite = reading.taux_mortalite.or(first_meal.then_some(0.0))?;
    let surviving = 1.0 - taux_mortalite / 100.0;
    (surviving > 0.0).then(|| (alive / surviving).round() as i32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::reading::sample;

    fn lot() -> LotState {
        LotState::first_seen(1, 1, &sample("LL2611001", 3, Moment::Matin), &TimeZone::UTC)
    }

    #[test]
    fn the_first_reading_puts_the_lot_in_feeding() {
        assert_eq!(lot().statut, Statut::EnGavage);
    }

    fn meals_of(meals: &[Reading]) -> Meals {
        let meals = meals.iter().map(|meal| (meal.position(), meal.clone()));
        meals.collect()
    }

    #[test]
    fn what_a_correction_takes_away_falls_back_to_what_was_measured_before() {
        let mut state = lot();
        let mut evening = sample("LL2611001", 3, Moment::Soir);
        (evening.poids_moyen, evening.nb_canards_vivants) = (Some(50.0), Some(1));
        state.advance(&evening, &TimeZone::UTC);
        (evening.poids_moyen, evening.nb_canards_vivants) = (None, None);
        let meals = meals_of(&[sample("LL2611001", 3, Moment::Matin), evening]);
        state.recompute(&meals, &TimeZone::UTC);
        assert_eq!(state.position(), Some((3, Moment::Soir)));
        assert_eq!(state.poids_moyen_actuel, Some(5000.0));
        assert_eq!(state.nb_canards_actuel, Some(1000));
    }

    #[test]
    fn a_lot_first_seen_on_its_third_day_began_three_days_before_unless_it_is_simulated() {
        let mut reading = sample("LL2611001", 3, Moment::Matin);
        reading.horodatage.instant = "2026-01-10T07:00:00Z".parse().unwrap();
        let begun =
            |reading: &Reading| LotState::first_seen(1, 1, reading, &TimeZone::UTC).debut_lot;
        assert_eq!(begun(&reading), jiff::civil::date(2026, 1, 7));
        reading.simule = true;
        assert_eq!(begun(&reading), jiff::civil::date(2026, 1, 10));
    }

    #[test]
    fn pret_abattage_ends_a_lot_at_whatever_place_it_comes() {
        let mut state = lot();
        let mut late = sample("LL2611001", 2, Moment::Matin);
        late.pret_abattage = true;
        let meals = meals_of(&[late, sample("LL2611001", 3, Moment::Matin)]);
        state.recompute(&meals, &TimeZone::UTC);
        assert_eq!(
            (state.position(), state.statut),
            (Some((3, Moment::Matin)), Statut::PretAbattage)
        );
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
            state.advance(&reading, &TimeZone::UTC);
            state.fed.unwrap().dernier_releve.as_second()
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
        state.advance(&last, &TimeZone::UTC);
        state.recompute(
            &meals_of(&[sample("LL2611001", 12, Moment::Soir)]),
            &TimeZone::UTC,
        );
        assert!(state.pret_abattage);
        assert_eq!(state.statut, Statut::PretAbattage);
    }

    #[test]
    fn a_measure_that_is_missing_keeps_the_last_measured_value() {
        let mut state = lot();
        let mut unweighed = sample("LL2611001", 4, Moment::Matin);
        unweighed.poids_moyen = None;
        state.advance(&unweighed, &TimeZone::UTC);
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
