//! Meals that a person writes down, while a stream tells others: what is accepted, what follows for the head counts, what is answered.

mod answer;
mod deleting;
mod entering;
mod heads;
pub mod limits;
mod missing;
#[cfg(test)]
mod tests;
mod warnings;

pub use answer::{AlertOfMeal, Answer, EnteredMeal, Recounted};
pub use deleting::{Deleted, DeletedMeal, Deletion, delete};
pub use entering::{Entered, Told, enter};
pub use missing::{MissingMeal, after, missing, position_of};
pub use warnings::{Niveau, Warning};

use super::{
    lot::{LotId, LotState},
    moment::Moment,
    reading::{MealPosition, Meals},
    words::words,
};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

words! {
    /// Who told of a meal.
    pub enum Origine {
        Flux = "flux",
        Saisie = "saisie",
        Import = "import",
    }
}

words! {
    /// What an entry did to a meal.
    pub enum Effet {
        Nouveau = "nouveau",
        Corrige = "corrige",
        Inchange = "inchange",
    }
}

/// What is written of a measure of a meal.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub enum Written<T> {
    /// Nothing: what is stored stays.
    #[default]
    Nothing,
    /// The value, or that it was not measured.
    Value(Option<T>),
}

impl<T> Written<T> {
    fn over(self, stored: Option<T>) -> Option<T> {
        match self {
            Written::Nothing => stored,
            Written::Value(value) => value,
        }
    }
}

/// What is written of the ducks that died.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deaths {
    /// Nothing, which only a correction may do.
    Unsaid,
    /// Since the meal before.
    OfMeal(i32),
    /// Of the whole day: those that are not told of its other meal belong to this one.
    OfDay(i32),
    /// What is stored stays; without that, none.
    AsBefore,
}

/// What people read of a meal beside its measures.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Remarks {
    pub cause_mortalite: Option<String>,
    pub raison_ecart: Option<String>,
    pub remarques: Option<String>,
    pub problemes_sante: Option<String>,
}

/// One meal as it was written down.
#[derive(Debug, Clone, PartialEq)]
pub struct WrittenMeal {
    pub jour: i32,
    pub moment: Moment,
    /// Given maize, g per duck; 0 if the meal was skipped.
    pub dose_g: f64,
    /// When it was given, by the clock of whoever writes.
    pub heure: Timestamp,
    /// The time is so old that the clock may be wrong.
    pub is_doubtful: bool,
    /// Mean weight, g.
    pub poids_g: Written<f64>,
    pub nb_peses: Option<i32>,
    pub poids_ecart_type_g: Option<f64>,
    /// °C.
    pub temperature_c: Written<f64>,
    /// %.
    pub humidite_pct: Written<f64>,
    pub deaths: Deaths,
    pub remarks: Remarks,
    /// The version of the meal that was seen; 0 for none.
    pub base: Option<i32>,
}

impl WrittenMeal {
    pub fn position(&self) -> MealPosition {
        (self.jour, self.moment)
    }
}

/// One request: meals of one lot, which are stored together.
#[derive(Debug, Clone, PartialEq)]
pub struct Saisie {
    /// Of this entry alone: repeating it changes nothing.
    pub cle: String,
    /// What was written, to tell a repeat from another entry under the same key.
    pub corps: String,
    pub repas: Vec<WrittenMeal>,
    pub auteur: String,
    pub appareil: Option<String>,
    /// When it was written, by the clock of whoever writes.
    pub saisi_le: Timestamp,
    /// What must be added to that clock.
    pub ecart_horloge: SignedDuration,
    pub recu_le: Timestamp,
    /// An unlikely dose was looked at twice.
    pub confirmer: bool,
    /// Why the meals of a slaughtered lot change.
    pub motif: Option<String>,
    pub may_change_settled: bool,
}

/// The lot of an entry, as whoever writes sees it.
#[derive(Debug, Clone)]
pub struct EnteredLot {
    pub id: LotId,
    pub code_lot: String,
    pub gaveur_nom: String,
}

/// A stored meal, beside its measures.
#[derive(Debug, Clone, PartialEq)]
pub struct Noted {
    pub origine: Origine,
    pub auteur: Option<String>,
    pub gaveur_nom: String,
    /// Counts the versions of the meal, from 1.
    pub version: i32,
    /// Of an entered meal.
    pub morts: Option<i32>,
    pub remarks: Remarks,
}

/// What is stored of a lot when an entry comes.
#[derive(Debug, Clone, Copy)]
pub struct LotRecord<'a> {
    pub lot: &'a LotState,
    pub gaveur_nom: &'a str,
    pub meals: &'a Meals,
    pub noted: &'a BTreeMap<MealPosition, Noted>,
    /// Versions of meals that are not stored any more.
    pub past_versions: &'a BTreeMap<MealPosition, i32>,
    /// The validated plan, g per duck by meal.
    pub plan: &'a BTreeMap<MealPosition, f64>,
}

/// Why nothing was stored.
#[derive(Debug, Clone, PartialEq)]
pub enum Refus {
    /// A field cannot be used.
    Champ { champ: String, sentence: String },
    /// The state of the lot, or the key of the entry, does not admit it.
    Etat(String),
    /// There is no such meal.
    Absent(String),
    /// The meal has changed since it was looked at.
    Depasse(Box<EnteredMeal>),
}

impl Refus {
    pub fn champ(champ: &str, problem: impl std::fmt::Display) -> Self {
        Refus::Champ {
            champ: champ.to_owned(),
            sentence: format!("field `{champ}` {problem}"),
        }
    }
}

/// An entry that was stored before, under the same key.
#[derive(Debug, Clone, PartialEq)]
pub struct Earlier {
    pub corps: String,
    /// The number of its request.
    pub requete: i64,
    pub reponse: String,
}

/// What an entry is, compared with what its key stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeat {
    New,
    /// It was stored before, and answered.
    Again,
    /// This same request stored it, and lost the answer: nobody has been told.
    Unanswered,
    /// The key stands for something else.
    Other,
}

impl Saisie {
    /// `requete` is the number of this request.
    pub fn compared_with(&self, earlier: Option<&Earlier>, requete: i64) -> Repeat {
        match earlier {
            None => Repeat::New,
            Some(earlier) if earlier.requete == requete => Repeat::Unanswered,
            Some(earlier) if earlier.corps == self.corps => Repeat::Again,
            Some(_) => Repeat::Other,
        }
    }
}
