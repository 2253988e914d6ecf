//! What is answered to an entry. It is stored with the entry, so that a repeat is answered the same.

use super::{
    Effet, MissingMeal, Noted, Origine,
    entering::{Entered, Told},
    warnings::Warning,
};
use crate::domain::{
    alert::{AlertKind, Change, Episode, Severity},
    lot::{LotId, LotState},
    moment::Moment,
    reading::{MealPosition, Reading},
    rounding::one_decimal,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A meal as it is stored now. `null` means not measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EnteredMeal {
    pub jour: i32,
    #[schema(value_type = String)]
    pub moment: Moment,
    /// What the entry did: `nouveau`, `corrige` or `inchange`.
    #[schema(value_type = String)]
    pub effet: Effet,
    /// Counts the versions of the meal, from 1.
    pub version: i32,
    /// Who told of it: `flux`, `saisie` or `import`.
    #[schema(value_type = String)]
    pub origine: Origine,
    pub auteur: Option<String>,
    /// When it was given; the clock of whoever wrote it is corrected.
    pub heure: Timestamp,
    /// Given maize, g per duck.
    pub dose_g: f64,
    /// Planned maize, g per duck.
    pub dose_theorique_g: Option<f64>,
    /// (given − planned) / planned, %, one decimal.
    pub ecart_pct: Option<f64>,
    /// Mean weight, g.
    pub poids_moyen_g: Option<f64>,
    pub temperature_c: Option<f64>,
    pub humidite_pct: Option<f64>,
    /// Ducks that died since the meal before.
    pub morts: Option<i32>,
    pub nb_canards_vivants: Option<i32>,
    /// Cumulated, %.
    pub taux_mortalite: Option<f64>,
}

impl EnteredMeal {
    /// The meal as it was before, of which this entry changed nothing.
    pub fn stored(reading: &Reading, noted: &Noted) -> Self {
        EnteredMeal {
            jour: reading.jour,
            moment: reading.moment,
            effet: Effet::Inchange,
            version: noted.version,
            origine: noted.origine,
            auteur: noted.auteur.clone(),
            heure: reading.horodatage.instant,
            dose_g: reading.dose_reelle,
            dose_theorique_g: reading.dose_theorique,
            ecart_pct: reading.ecart_dose().map(one_decimal),
            poids_moyen_g: reading.poids_moyen,
            temperature_c: reading.temperature_stabule,
            humidite_pct: reading.humidite_stabule,
            morts: noted.morts,
            nb_canards_vivants: reading.nb_canards_vivants,
            taux_mortalite: reading.taux_mortalite,
        }
    }

    pub fn position(&self) -> MealPosition {
        (self.jour, self.moment)
    }
}

/// A later entered meal whose count follows from this entry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Recounted {
    pub jour: i32,
    #[schema(value_type = String)]
    pub moment: Moment,
    pub nb_canards_vivants: Option<i32>,
    /// Cumulated, %.
    pub taux_mortalite: Option<f64>,
}

/// An alert that began, got worse or ended with this entry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AlertOfMeal {
    #[serde(rename = "type")]
    #[schema(value_type = String)]
    pub kind: AlertKind,
    #[schema(value_type = String)]
    pub severite: Severity,
    /// `raised`, `worse` or `closed`.
    #[schema(value_type = String)]
    pub evenement: Change,
    pub mesure: Option<f64>,
    pub seuil: Option<f64>,
}

/// What an entry did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Answer {
    pub cle: String,
    pub lot_id: LotId,
    pub code_lot: String,
    /// The meals of the entry, oldest first.
    pub repas: Vec<EnteredMeal>,
    pub recomptes: Vec<Recounted>,
    pub avertissements: Vec<Warning>,
    pub alertes: Vec<AlertOfMeal>,
    /// Meals before the lot's last one that are still to be written down.
    pub manquants: Vec<MissingMeal>,
    /// What had to be added to the clock of whoever wrote it, s.
    pub ecart_horloge_s: f64,
    pub simule: bool,
    /// The same entry was stored before: this is its first answer.
    pub rejoue: bool,
}

impl Answer {
    /// `episodes` are the alerts that the entry changes.
    pub fn new(
        cle: &str,
        lot: &LotState,
        entered: &Entered,
        episodes: &[(Episode, Vec<Change>)],
    ) -> Self {
        Answer {
            cle: cle.to_owned(),
            lot_id: lot.id,
            code_lot: lot.code_lot.clone(),
            repas: entered.told.iter().map(Told::shown).collect(),
            recomptes: entered.recounted.iter().map(recounted).collect(),
            avertissements: entered.warnings.clone(),
            alertes: AlertOfMeal::of(episodes),
            manquants: entered.missing.clone(),
            ecart_horloge_s: entered.clock_error.as_secs_f64(),
            simule: lot.simule,
            rejoue: false,
        }
    }

    /// The meals that differ from before, or may.
    pub fn positions(&self) -> Vec<MealPosition> {
        let entered = self.repas.iter().map(EnteredMeal::position);
        let recounted = self.recomptes.iter().map(|meal| (meal.jour, meal.moment));
        entered.chain(recounted).collect()
    }

    /// A meal of the entry is new.
    pub fn has_new(&self) -> bool {
        self.repas.iter().any(|meal| meal.effet == Effet::Nouveau)
    }
}

impl AlertOfMeal {
    /// The events of these episodes.
    pub fn of(episodes: &[(Episode, Vec<Change>)]) -> Vec<Self> {
        let events = episodes.iter().flat_map(|(episode, changes)| {
            changes.iter().map(move |change| event(episode, *change))
        });
        events.collect()
    }
}

fn event(episode: &Episode, evenement: Change) -> AlertOfMeal {
    AlertOfMeal {
        kind: episode.kind,
        severite: episode.breach.severity,
        evenement,
        mesure: episode.breach.mesure,
        seuil: episode.breach.seuil,
    }
}

pub(super) fn recounted(reading: &Reading) -> Recounted {
    Recounted {
        jour: reading.jour,
        moment: reading.moment,
        nb_canards_vivants: reading.nb_canards_vivants,
        taux_mortalite: reading.taux_mortalite,
    }
}
