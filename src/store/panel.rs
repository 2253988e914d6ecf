//! What the control panel asks and records.

use super::{
    Pool, StoreError, query,
    rows::{FromRow as _, from_row, one, read},
};
use serde_json::Value;

const HAS_REAL: &str = include_str!("../../sql/queries/gavage_data/has_real.sql");
const APPEND: &str = include_str!("../../sql/queries/control_journal/append.sql");
const WHAT_BECAME: &str = include_str!("../../sql/queries/consumer_products/what_became.sql");

/// Whether meals or samples that are not simulated came within the last 24 hours.
///
/// # Errors
/// The database is unavailable, or refuses the statement.
pub async fn has_real_data(pool: &Pool) -> Result<bool, StoreError> {
    read(&one(query(pool, HAS_REAL, &[]).await?)?, 0)
}

/// Records what was asked of the panel.
///
/// # Errors
/// It was not recorded.
pub async fn record(
    pool: &Pool,
    par: &str,
    action: &str,
    parameters: &Value,
) -> Result<(), StoreError> {
    query(pool, APPEND, &[&par, &action, parameters])
        .await
        .map(drop)
}

/// What became of a lot after its control.
pub struct Became {
    pub labelled: bool,
    pub rated: bool,
    pub advised: bool,
    pub accepted: bool,
}

from_row! { Became { labelled, rated, advised, accepted } }

/// What became of the lot with this code.
///
/// # Errors
/// The database is unavailable, or refuses the statement.
pub async fn what_became(pool: &Pool, code_lot: &str) -> Result<Became, StoreError> {
    Became::from_row(&one(query(pool, WHAT_BECAME, &[&code_lot]).await?)?)
}
