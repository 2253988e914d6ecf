//! Advice to a farmer after a lot: what its figures say beside those of lots like it, and what became of it.
//!
//! A rule compares one lot with the lots of the same genetics and site that were closed before; where these are too few, it is silent. What it
//! says is a proposal, which a supervisor sends or rejects and the farmer accepts or refuses.

pub mod comparison;
pub mod evidence;
pub mod outcome;
pub mod rules;
pub mod steps;
pub mod wording;

use super::{consumer::figures::Tally, lot::LotId, site::Site, words::words};
use evidence::Evidence;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use steps::State;
use utoipa::ToSchema;

/// Of what the rules say and how; stored with each piece of advice.
pub const VERSION: i32 = 2;
/// Nobody has answered by then.
pub const EXPIRES_AFTER: SignedDuration = SignedDuration::from_hours(30 * 24);

words! {
    /// What a piece of advice follows from.
    pub enum Rule {
        SuiviDuPlan = "suivi_du_plan",
        MaisSansFoie = "mais_sans_foie",
        Ambiance = "ambiance",
        Avis = "avis",
        AReprendre = "a_reprendre",
    }
}

/// A closed lot, with the figures that lots are compared by.
#[derive(Debug, Clone, PartialEq)]
pub struct ComparedLot {
    pub id: LotId,
    pub code_lot: String,
    pub gaveur_id: i32,
    pub site: Site,
    pub genetique: String,
    pub simule: bool,
    pub dernier_releve: Timestamp,
    /// Mean liver, g, and the coefficient of variation, of enough livers.
    pub foie_g: Option<f64>,
    pub cv: Option<f64>,
    /// Per duck, g; known if every meal is.
    pub mais_g: Option<f64>,
    /// Ducks lost, %.
    pub perte_pct: Option<f64>,
    /// Meals with a planned dose, and those of them that were more than 5 % off it.
    pub repas: i64,
    pub repas_hors_plan: i64,
    /// Meals at which the climate of the stable was measured, and those out of 18–25 °C or 50–75 %.
    pub releves: i64,
    pub releves_hors_plage: i64,
    /// What consumers say of its products, of the lot's kind.
    pub avis: Tally,
}

impl ComparedLot {
    /// Maize per liver, g/g; lower is better.
    pub fn itm(&self) -> Option<f64> {
        let foie = self.foie_g.filter(|foie| *foie > 0.0)?;
        self.mais_g.map(|mais| mais / foie)
    }

    /// Share of the meals more than 5 % off the plan, 0–1.
    pub fn off_plan(&self) -> Option<f64> {
        share(self.repas_hors_plan, self.repas)
    }

    /// Mean rating, 1–5; known from five ratings on.
    pub fn note(&self) -> Option<f64> {
        self.avis.mean().map(|mean| mean.mean)
    }

    /// Share of the readings of the stable's climate that are out of range, 0–1.
    pub fn out_of_range(&self) -> Option<f64> {
        share(self.releves_hors_plage, self.releves)
    }
}

fn share(part: i64, of: i64) -> Option<f64> {
    (of > 0).then(|| part as f64 / of as f64)
}

/// A curve that the farmer is advised to plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CurveAction {
    /// Always `courbe`.
    pub r#type: String,
    /// The lot whose given doses it follows.
    pub lot: String,
    /// What they are multiplied by.
    pub facteur: f64,
    /// g per duck.
    pub total_g: f64,
    /// Place of the first meal: 2 × `jour`, + 1 in the evening.
    pub premier_repas: i32,
    /// g per duck, meal by meal.
    pub points_g: Vec<f64>,
}

/// What a rule says of a lot.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    pub rule: Rule,
    pub lot_id: LotId,
    pub code_lot: String,
    pub gaveur_id: i32,
    pub site: Site,
    pub simule: bool,
    pub evidence: Evidence,
    pub action: Option<CurveAction>,
    pub cree_le: Timestamp,
}

/// A stored piece of advice.
#[derive(Debug, Clone, PartialEq)]
pub struct Advice {
    pub id: i64,
    pub rule: Rule,
    pub version: i32,
    pub state: State,
    pub gaveur_id: i32,
    pub gaveur_nom: String,
    pub site: Site,
    pub code_lot_source: String,
    /// The lot that it is for, once there is one.
    pub code_lot_cible: Option<String>,
    /// The rule's words, or a supervisor's, which have no English ones beside them.
    pub texte: String,
    pub texte_en: Option<String>,
    pub evidence: Evidence,
    pub action: Option<CurveAction>,
    /// The version of the curve that an accepted one has made.
    pub courbe_version: Option<i32>,
    pub cree_le: Timestamp,
    pub expire_le: Timestamp,
    pub envoyee_le: Option<Timestamp>,
    /// The last step: who made it, when, and what he wrote.
    pub par: Option<String>,
    pub maj_le: Timestamp,
    pub commentaire: Option<String>,
    pub simule: bool,
}

#[cfg(test)]
mod testing;
