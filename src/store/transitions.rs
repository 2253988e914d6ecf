//! Lots' steps in their life cycles.

use super::{
    Pool, StoreError, query, query_on,
    rows::{self, from_row},
};
use crate::domain::{
    transition::Transition,
    wall::{ClosedLot, FedToTheEnd},
};
use deadpool_postgres::Object;
use std::time::Duration;

const SELECT_CHANGED: &str = include_str!("../../sql/queries/lots_gavage/select_changed.sql");
const SELECT_CLOSED: &str = include_str!("../../sql/queries/sqal_pending_lots/select_closed.sql");

const LIST_LAST_DAYS: &str = include_str!("../../sql/queries/lots_gavage/list_last_days.sql");

/// Maximum number of lots whose state is told again after a doubt.
const MOST_TOLD_AGAIN: i64 = 5_000;

from_row! { Transition { lot_id, code_lot, site = "site_code", gaveur_id, de, vers, par, simule } }

from_row! { ClosedLot { lot_id, site = "site_code", le = "terminee_le" } }

/// The states of the lots that changed within this time, the last changed last.
pub(super) async fn changed_within(
    client: &Object,
    time: Duration,
) -> Result<Vec<Transition>, StoreError> {
    let found = query_on(
        client,
        SELECT_CHANGED,
        &[&time.as_secs_f64(), &MOST_TOLD_AGAIN],
    )
    .await?;
    let mut states = rows::all(&found)?;
    states.reverse();
    Ok(states)
}

from_row! { FedToTheEnd { site = "site_code", jour = "jour_actuel", simule } }

/// The lots that were fed to the end within eight weeks, latest last.
///
/// # Errors
/// The database is unavailable, or refuses the statement.
pub async fn fed_to_the_end_lately(pool: &Pool) -> Result<Vec<FedToTheEnd>, StoreError> {
    rows::all(&query(pool, LIST_LAST_DAYS, &[]).await?)
}

/// The lots that were closed within the last day.
///
/// # Errors
/// The database is unavailable, or refuses the statement.
pub async fn closed_lately(pool: &Pool) -> Result<Vec<ClosedLot>, StoreError> {
    rows::all(&query(pool, SELECT_CLOSED, &[]).await?)
}
