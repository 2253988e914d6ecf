use super::*;
use crate::domain::{
    alert::{AlertKind, Change},
    effects::{self, Known},
    horodatage::Horodatage,
    lot::{LotState, Statut},
    reading::{Reading, sample},
    weighings::meal_rank,
};
use jiff::tz::TimeZone;
use std::collections::HashMap;

mod interleavings;
mod rules;

const CODE: &str = "LL2611001";
const INITIAL: i32 = 1_000;

fn at(place: i32) -> Timestamp {
    let begin: Timestamp = "2026-11-01T06:00:00Z".parse().unwrap();
    begin + SignedDuration::from_hours(12 * i64::from(place))
}

fn meal_at(place: i32) -> WrittenMeal {
    let (jour, moment) = missing::position_of(place);
    WrittenMeal {
        jour,
        moment,
        dose_g: 400.0,
        heure: at(place),
        is_doubtful: false,
        poids_g: Written::Nothing,
        nb_peses: None,
        poids_ecart_type_g: None,
        temperature_c: Written::Nothing,
        humidite_pct: Written::Nothing,
        deaths: Deaths::OfMeal(0),
        remarks: Remarks::default(),
        base: None,
    }
}

fn entry(cle: &str, repas: Vec<WrittenMeal>) -> Saisie {
    let last = repas.iter().map(|meal| meal.heure).max().unwrap();
    Saisie {
        cle: cle.to_owned(),
        corps: format!("{repas:?}"),
        repas,
        auteur: "Jean".to_owned(),
        appareil: None,
        saisi_le: last,
        ecart_horloge: SignedDuration::ZERO,
        recu_le: last,
        confirmer: false,
        motif: None,
        may_change_settled: false,
    }
}

fn streamed(place: i32, dose: f64, alive: i32) -> Reading {
    let (jour, moment) = missing::position_of(place);
    let mut reading = sample(CODE, jour, moment);
    reading.dose_reelle = dose;
    reading.nb_canards_vivants = Some(alive);
    reading.taux_mortalite = heads::mortality(Some(INITIAL), Some(alive));
    reading.horodatage = Horodatage::at(at(place));
    reading.poids_moyen = None;
    reading
}

/// A lot as the database would hold it.
#[derive(Debug)]
struct Book {
    lot: LotState,
    meals: Meals,
    noted: BTreeMap<MealPosition, Noted>,
    entries: HashMap<String, Earlier>,
    plan: BTreeMap<MealPosition, f64>,
}

impl Book {
    /// After the first meal of a stream.
    fn new() -> Self {
        let first = streamed(0, 400.0, INITIAL);
        let lot = LotState::first_seen(1, 1, &first, &TimeZone::UTC);
        let mut book = Book {
            lot,
            meals: Meals::new(),
            noted: BTreeMap::new(),
            entries: HashMap::new(),
            plan: BTreeMap::new(),
        };
        book.note(&first, None);
        book
    }

    /// Before the first meal of a planned lot.
    fn planned() -> Self {
        let mut book = Book::new();
        book.lot.nb_canards_annonces = Some(INITIAL);
        book.lot.empty();
        book.lot.statut = Statut::Planifie;
        book.meals.clear();
        book.noted.clear();
        book
    }

    fn delete(&mut self, position: MealPosition) -> Result<Vec<Reading>, Refus> {
        let recounted = delete(position, self.record())?;
        let known = self.known();
        let effects = effects::apply_deletion(1, position, &recounted, known, &TimeZone::UTC);
        self.lot = effects.unwrap().lots[0].clone();
        self.meals.remove(&position);
        self.noted.remove(&position);
        for reading in &recounted {
            let mut reading = reading.clone();
            reading.correction = true;
            self.note(&reading, None);
        }
        Ok(recounted)
    }

    fn record(&self) -> LotRecord<'_> {
        static NONE: BTreeMap<MealPosition, i32> = BTreeMap::new();
        LotRecord {
            lot: &self.lot,
            gaveur_nom: "Jean Martin",
            meals: &self.meals,
            noted: &self.noted,
            past_versions: &NONE,
            plan: &self.plan,
        }
    }

    /// `entered` is what an entry tells of the meal; `None` for a stream.
    fn note(&mut self, reading: &Reading, entered: Option<&Told>) {
        let position = reading.position();
        let before = self.noted.get(&position);
        let mut morts = entered.and_then(|told| told.morts);
        // A recounted meal keeps what was entered.
        if entered.is_none() && reading.correction {
            morts = before.and_then(|noted| noted.morts);
        }
        let is_entered = entered.is_some() || reading.correction;
        let noted = Noted {
            origine: if is_entered {
                Origine::Saisie
            } else {
                Origine::Flux
            },
            auteur: None,
            gaveur_nom: reading.gaveur_nom.clone(),
            version: before.map_or(1, |noted| noted.version + 1),
            morts,
            remarks: entered.map_or(Remarks::default(), |told| told.remarks.clone()),
        };
        self.noted.insert(position, noted);
        self.meals.insert(position, reading.clone());
    }

    fn known(&self) -> Known {
        Known {
            lots: HashMap::from([(1, self.lot.clone())]),
            meals: HashMap::from([(1, self.meals.clone())]),
            ..Known::default()
        }
    }

    /// The kinds and severities of alerts that begin are dropped: episodes are tested elsewhere.
    fn store(&mut self, readings: &[&Reading], told: &[Told]) -> Vec<AlertKind> {
        let known = self.known();
        let effects =
            effects::apply_within(1, readings, known, &TimeZone::UTC, false).expect("effects");
        let rows: Vec<Reading> = effects.rows.iter().map(|row| row.reading.clone()).collect();
        let raised = effects.episodes.iter();
        let raised = raised.filter(|(_, changes)| changes.contains(&Change::Raised));
        let raised = raised.map(|(episode, _)| episode.kind).collect();
        let lot = effects.lots.into_iter().next().expect("the lot");
        for row in rows {
            let of_entry = told
                .iter()
                .find(|told| told.reading.position() == row.position());
            // Marks recounted meals for `note`.
            let is_recount = !told.is_empty() && of_entry.is_none();
            let row = Reading {
                correction: is_recount,
                ..row
            };
            self.note(&row, of_entry);
        }
        for told in told {
            let noted = self.noted.get_mut(&told.reading.position()).unwrap();
            noted.remarks = told.remarks.clone();
            if noted.origine == Origine::Saisie {
                noted.morts = told.morts;
            }
        }
        self.lot = lot;
        raised
    }

    fn stream(&mut self, reading: &Reading) {
        self.store(&[reading], &[]);
    }

    fn enter(&mut self, saisie: &Saisie) -> Result<(Repeat, Option<Entered>), Refus> {
        let repeat = saisie.compared_with(self.entries.get(&saisie.cle), 0);
        if repeat != Repeat::New {
            return Ok((repeat, None));
        }
        let entered = enter(saisie, self.record())?;
        self.store(&entered.readings(), &entered.told);
        let earlier = Earlier {
            corps: saisie.corps.clone(),
            requete: 1,
            reponse: String::new(),
        };
        self.entries.insert(saisie.cle.clone(), earlier);
        Ok((repeat, Some(entered)))
    }

    fn entered(&mut self, meal: WrittenMeal) -> Entered {
        let cle = format!("{}", self.entries.len());
        let (_, entered) = self.enter(&entry(&cle, vec![meal])).unwrap();
        entered.unwrap()
    }

    fn alive(&self, place: i32) -> Option<i32> {
        self.meals[&missing::position_of(place)].nb_canards_vivants
    }
}

fn dead(place: i32, morts: i32) -> WrittenMeal {
    WrittenMeal {
        deaths: Deaths::OfMeal(morts),
        ..meal_at(place)
    }
}

#[test]
fn a_new_meal_has_the_ducks_of_the_meal_before_without_the_dead_ones() {
    let mut book = Book::new();
    let entered = book.entered(dead(1, 3));
    let told = &entered.told[0];
    assert_eq!((told.effet, told.version), (Effet::Nouveau, 1));
    assert_eq!(told.reading.nb_canards_vivants, Some(997));
    assert_eq!(told.reading.taux_mortalite, Some(0.3));
    assert_eq!(book.lot.nb_canards_actuel, Some(997));
}

#[test]
fn corrected_deaths_change_later_entered_meals_until_a_stream_has_counted() {
    let mut book = Book::new();
    for (place, morts) in [(1, 2), (2, 1)] {
        book.entered(dead(place, morts));
    }
    book.stream(&streamed(3, 400.0, 990));
    book.entered(dead(4, 1));
    let entered = book.entered(dead(1, 5));
    assert_eq!(entered.told[0].effet, Effet::Corrige);
    let recounted: Vec<_> = entered.recounted.iter().map(Reading::position).collect();
    assert_eq!(recounted, [missing::position_of(2)]);
    let alive: Vec<_> = (1..5).map(|place| book.alive(place).unwrap()).collect();
    assert_eq!(alive, [995, 994, 990, 989]);
}

#[test]
fn a_forgotten_meal_with_deaths_changes_the_counts_behind_it() {
    let mut book = Book::new();
    book.entered(dead(3, 1));
    assert_eq!(book.lot.nb_canards_actuel, Some(999));
    let entered = book.entered(dead(2, 4));
    assert_eq!(book.lot.nb_canards_actuel, Some(995));
    assert_eq!(entered.missing.len(), 1, "the first evening");
    assert_eq!(entered.missing[0].position(), missing::position_of(1));
}

#[test]
fn what_a_correction_does_not_write_stays_and_null_takes_it_away() {
    let mut book = Book::new();
    let first = WrittenMeal {
        poids_g: Written::Value(Some(4_500.0)),
        temperature_c: Written::Value(Some(21.0)),
        ..meal_at(1)
    };
    book.entered(first);
    let second = WrittenMeal {
        dose_g: 390.0,
        temperature_c: Written::Value(None),
        deaths: Deaths::Unsaid,
        ..meal_at(1)
    };
    let told = book.entered(second).told.remove(0);
    assert_eq!((told.effet, told.version), (Effet::Corrige, 2));
    let reading = &told.reading;
    assert_eq!(reading.poids_moyen, Some(4_500.0));
    assert_eq!(reading.temperature_stabule, None);
}

#[test]
fn a_streamed_meal_that_is_corrected_without_deaths_keeps_its_count() {
    let mut book = Book::new();
    book.stream(&streamed(1, 400.0, 991));
    let correction = WrittenMeal {
        dose_g: 380.0,
        deaths: Deaths::Unsaid,
        ..meal_at(1)
    };
    book.entered(correction);
    assert_eq!(book.alive(1), Some(991));
    book.entered(dead(2, 1));
    assert_eq!(book.alive(2), Some(990));
}

#[test]
fn the_same_values_again_change_nothing() {
    let mut book = Book::new();
    book.entered(dead(1, 2));
    let again = book.entered(dead(1, 2));
    assert_eq!(
        (again.told[0].effet, again.told[0].version),
        (Effet::Inchange, 1)
    );
    let remark = Remarks {
        remarques: Some("calme".to_owned()),
        ..Remarks::default()
    };
    let told = book.entered(WrittenMeal {
        remarks: remark,
        ..dead(1, 2)
    });
    assert_eq!(told.told[0].effet, Effet::Corrige);
    assert_eq!(told.told[0].version, 1, "no measure has another version");
}

#[test]
fn a_meal_that_has_changed_since_it_was_seen_is_not_overwritten() {
    let mut book = Book::new();
    book.entered(dead(1, 0));
    book.stream(&streamed(1, 350.0, 998));
    let stale = WrittenMeal {
        base: Some(1),
        ..dead(1, 1)
    };
    match book.enter(&entry("stale", vec![stale.clone()])) {
        Err(Refus::Depasse(current)) => {
            assert_eq!((current.version, current.dose_g), (2, 350.0));
            assert_eq!(current.origine, Origine::Flux);
        }
        other => panic!("{other:?}"),
    }
    let seen = WrittenMeal {
        base: Some(2),
        ..stale
    };
    assert_eq!(book.entered(seen).told[0].version, 3);
}

#[test]
fn the_dead_of_a_day_that_are_not_told_of_its_other_meal_belong_to_this_one() {
    let mut book = Book::new();
    let of_day = |place, dead| WrittenMeal {
        deaths: Deaths::OfDay(dead),
        ..meal_at(place)
    };
    book.entered(of_day(2, 2));
    let evening = book.entered(of_day(3, 3));
    assert_eq!(evening.told[0].morts, Some(1));
    assert_eq!(book.alive(3), Some(997));
    // Nobody has died since, or nobody filled the field in.
    let again = book.entered(of_day(3, 0));
    assert_eq!(again.told[0].morts, Some(0));
    assert_eq!((book.alive(2), book.alive(3)), (Some(998), Some(998)));
    let morning = book.entered(WrittenMeal {
        deaths: Deaths::AsBefore,
        dose_g: 401.0,
        ..meal_at(2)
    });
    assert_eq!(morning.told[0].morts, Some(2));
    book.stream(&streamed(4, 400.0, 990));
    book.entered(WrittenMeal {
        dose_g: 390.0,
        ..of_day(4, 0)
    });
    assert_eq!(book.alive(4), Some(990), "a stream has counted");
}
