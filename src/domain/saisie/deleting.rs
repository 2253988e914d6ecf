//! A meal that is taken out of its lot.

use super::{
    AlertOfMeal, LotRecord, Recounted, Refus, answer,
    entering::{counts, recounted},
};
use crate::domain::{
    lot::{LotId, LotState},
    moment::Moment,
    reading::{MealPosition, Reading},
    site::Site,
};
use serde::Serialize;
use utoipa::ToSchema;

/// A meal that a supervisor deletes, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deletion {
    pub jour: i32,
    pub moment: Moment,
    pub par: String,
    pub motif: String,
}

impl Deletion {
    pub fn position(&self) -> MealPosition {
        (self.jour, self.moment)
    }
}

/// A meal that was deleted, for those who are to learn of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeletedMeal {
    pub lot_id: LotId,
    pub code_lot: String,
    pub site: Site,
    pub gaveur_id: i32,
    pub position: MealPosition,
    pub par: String,
    pub motif: String,
    pub simule: bool,
}

impl DeletedMeal {
    pub fn new(lot: &LotState, deletion: &Deletion) -> Self {
        DeletedMeal {
            lot_id: lot.id,
            code_lot: lot.code_lot.clone(),
            site: lot.site,
            gaveur_id: lot.gaveur_id,
            position: deletion.position(),
            par: deletion.par.clone(),
            motif: deletion.motif.clone(),
            simule: lot.simule,
        }
    }
}

/// What a deletion did.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Deleted {
    pub lot_id: LotId,
    pub code_lot: String,
    pub jour: i32,
    #[schema(value_type = String)]
    pub moment: Moment,
    pub recomptes: Vec<Recounted>,
    pub alertes: Vec<AlertOfMeal>,
}

impl Deleted {
    pub fn new(meal: &DeletedMeal, recounted: &[Reading], alertes: Vec<AlertOfMeal>) -> Self {
        let (jour, moment) = meal.position;
        Deleted {
            lot_id: meal.lot_id,
            code_lot: meal.code_lot.clone(),
            jour,
            moment,
            recomptes: recounted.iter().map(answer::recounted).collect(),
            alertes,
        }
    }
}

/// The other meals whose head counts follow from it.
///
/// # Errors
/// It cannot be deleted.
pub fn delete(position: MealPosition, record: LotRecord<'_>) -> Result<Vec<Reading>, Refus> {
    let (jour, moment) = position;
    let LotRecord { lot, meals, .. } = record;
    if !meals.contains_key(&position) {
        let sentence = format!(
            "the lot {} has no meal of day {jour} {moment}",
            lot.code_lot
        );
        return Err(Refus::Absent(sentence));
    }
    if meals.len() == 1 && lot.statut.has_ended() {
        return Err(Refus::Etat(format!(
            "the lot {} has no other meal and is {}: it must have one",
            lot.code_lot, lot.statut
        )));
    }
    let mut counted = counts(record);
    counted.remove(&position);
    let mut rest = meals.clone();
    rest.remove(&position);
    recounted(lot.nb_canards_initial, &counted, &mut rest).map_err(|too_many| {
        let ((jour, moment), alive) = (too_many.at, too_many.alive);
        Refus::Etat(format!(
            "without this meal only {alive} ducks would be alive before day {jour} {moment}, fewer than died then: correct that meal first"
        ))
    })
}
