//! What the page needs on which a farmer writes his meals down.

use super::{
    StoreError,
    lot_sheet::{LIST_MEALS, LIST_VERSIONS, MOST_VERSIONS, MealVersion, SignedMeal},
    rows::{self, from_row},
    view::{Scoped, View, scoped},
};
use crate::domain::{lot::LotId, moment::Moment, saisie::Remarks};

const LIST_WRITTEN: Scoped = scoped!("repas_saisis/list_by_lot");

/// What was written last of a meal beside its measures.
#[derive(Debug, Clone, PartialEq)]
pub struct WrittenLast {
    pub jour: i32,
    pub moment: Moment,
    pub morts: Option<i32>,
    pub remarks: Remarks,
}

from_row! { WrittenLast { jour, moment, morts, remarks: Remarks::from_row } }

/// The meals of a lot, oldest first, with what was said of them before and what was written beside them.
#[derive(Debug, Clone, PartialEq)]
pub struct LotEntries {
    pub meals: Vec<SignedMeal>,
    pub versions: Vec<MealVersion>,
    pub written: Vec<WrittenLast>,
}

/// # Errors
/// The database is unavailable, or refuses a statement.
pub async fn of_lot(view: &View, lot_id: LotId) -> Result<LotEntries, StoreError> {
    let [meals, versions, written] = view
        .query_all([
            (&LIST_MEALS, &[&lot_id]),
            (&LIST_VERSIONS, &[&lot_id, &MOST_VERSIONS]),
            (&LIST_WRITTEN, &[&lot_id]),
        ])
        .await?;
    Ok(LotEntries {
        meals: rows::all(&meals)?,
        versions: rows::all(&versions)?,
        written: rows::all(&written)?,
    })
}
