//! Lots that wait for quality control, and who has claimed them.

use super::{
    Pool, StoreError,
    lot_quality::{self, LotQuality},
    query, read_all, rows,
};
use crate::domain::{
    alert::{Alert, AlertEvent, Change},
    lot::LotId,
};
use deadpool_postgres::{Client, Transaction};
use jiff::Timestamp;

const LIST: &str = include_str!("../../sql/queries/sqal_pending_lots/list.sql");
const FIND_TO_CLAIM: &str = include_str!("../../sql/queries/sqal_pending_lots/find_to_claim.sql");
const FIND_TO_FINISH: &str = include_str!("../../sql/queries/sqal_pending_lots/find_to_finish.sql");
const CLAIM: &str = include_str!("../../sql/queries/sqal_pending_lots/claim.sql");
const SELECT_CLAIM: &str = include_str!("../../sql/queries/sqal_pending_lots/select_claim.sql");
const SELECT_LEFT: &str =
    include_str!("../../sql/queries/sqal_pending_lots/select_left_by_station.sql");
const FINISH: &str = include_str!("../../sql/queries/sqal_pending_lots/finish.sql");
const ENTER_CONTROL: &str = include_str!("../../sql/queries/lots_gavage/enter_control.sql");
const CLOSE: &str = include_str!("../../sql/queries/lots_gavage/close.sql");
const CLOSE_ALERTS: &str = include_str!("../../sql/queries/alertes/close_of_lots.sql");

/// At most `limit` lots in a state, or in any; those that have waited longest first, or the newest.
pub async fn list(
    pool: &Pool,
    statut: Option<&str>,
    limit: i64,
    newest_first: bool,
) -> Result<Vec<LotQuality>, StoreError> {
    let listed = query(pool, LIST, &[&statut, &limit, &newest_first]).await?;
    read_all(&listed, lot_quality::read)
}

/// Who asks for a lot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimer {
    pub name: String,
    pub is_station: bool,
}

/// What became of a wish about a lot.
#[derive(Debug)]
pub enum Outcome {
    /// The lot is as wished, now or already; alerts of lots that are over were closed.
    Done(LotId, Vec<AlertEvent>),
    /// It cannot be, for this reason.
    Taken(String),
    /// No such lot is in the queue.
    Unknown,
}

/// Claims a lot: of all who ask, one gets it. A station that goes on with another lot is done with the one before.
pub async fn claim(pool: &Pool, code_lot: &str, claimer: &Claimer) -> Result<Outcome, StoreError> {
    pool.lend(async |client| claim_on(client, code_lot, claimer).await)
        .await
}

async fn claim_on(
    client: &mut Client,
    code_lot: &str,
    claimer: &Claimer,
) -> Result<Outcome, StoreError> {
    let transaction = client.transaction().await?;
    let found = transaction
        .query_opt(FIND_TO_CLAIM, &[&code_lot, &claimer.name])
        .await?;
    let Some(found) = found else {
        return Ok(Outcome::Unknown);
    };
    let lot_id: LotId = found.try_get("lot_id")?;
    let claimed = transaction
        .query_opt(CLAIM, &[&lot_id, &claimer.name, &claimer.is_station])
        .await?;
    let Some(row) = claimed else {
        transaction.rollback().await?;
        return already(client, lot_id, code_lot, |statut, by| {
            statut == "inspecting" && by == Some(&claimer.name)
        })
        .await;
    };
    transaction.execute(ENTER_CONTROL, &[&lot_id]).await?;
    let mut events = Vec::new();
    if row.try_get("par_station")? {
        let left = transaction
            .query(SELECT_LEFT, &[&claimer.name, &lot_id])
            .await?;
        let left: Vec<LotId> = read_all(&left, |row| row.try_get("lot_id"))?;
        events = end(&transaction, &left).await?.1;
    }
    transaction.commit().await?;
    Ok(Outcome::Done(lot_id, events))
}

/// Ends the control of a lot with the figures of its samples.
pub async fn finish(pool: &Pool, code_lot: &str) -> Result<Outcome, StoreError> {
    pool.lend(async |client| finish_on(client, code_lot).await)
        .await
}

async fn finish_on(client: &mut Client, code_lot: &str) -> Result<Outcome, StoreError> {
    let transaction = client.transaction().await?;
    let found = transaction.query_opt(FIND_TO_FINISH, &[&code_lot]).await?;
    let Some(found) = found else {
        return Ok(Outcome::Unknown);
    };
    let lot_id: LotId = found.try_get("lot_id")?;
    let (ended, events) = end(&transaction, &[lot_id]).await?;
    transaction.commit().await?;
    match ended {
        0 => already(client, lot_id, code_lot, |statut, _| statut != "pending").await,
        _ => Ok(Outcome::Done(lot_id, events)),
    }
}

/// Gives the number of lots that were being inspected, and their alerts that were still open.
async fn end(
    transaction: &Transaction<'_>,
    lots: &[LotId],
) -> Result<(usize, Vec<AlertEvent>), StoreError> {
    let ended = transaction.query(FINISH, &[&lots]).await?;
    let lots: Vec<LotId> = read_all(&ended, |row| row.try_get("lot_id"))?;
    if lots.is_empty() {
        return Ok((0, Vec::new()));
    }
    transaction.execute(CLOSE, &[&lots]).await?;
    let closed = transaction
        .query(CLOSE_ALERTS, &[&lots, &Timestamp::now()])
        .await?;
    let closed: Vec<Alert> = closed.iter().map(rows::alert).collect::<Result<_, _>>()?;
    let change = Change::Closed;
    let events = closed
        .into_iter()
        .map(|alert| AlertEvent { change, alert })
        .collect();
    Ok((lots.len(), events))
}

/// Says why nothing changed: because it is so already, or because it cannot be.
async fn already(
    client: &Client,
    lot_id: LotId,
    code_lot: &str,
    as_wished: impl Fn(&str, Option<&String>) -> bool,
) -> Result<Outcome, StoreError> {
    let Some(row) = client.query_opt(SELECT_CLAIM, &[&lot_id]).await? else {
        return Ok(Outcome::Unknown);
    };
    let (statut, by): (String, Option<String>) =
        (row.try_get("statut")?, row.try_get("prise_par")?);
    if as_wished(&statut, by.as_ref()) {
        return Ok(Outcome::Done(lot_id, Vec::new()));
    }
    Ok(Outcome::Taken(match (statut.as_str(), by) {
        ("inspecting", Some(by)) => format!("the lot {code_lot} is being inspected by {by}"),
        ("pending", _) => format!("nobody has claimed the lot {code_lot} yet"),
        (statut, _) => format!("the control of the lot {code_lot} is over: {statut}"),
    }))
}
