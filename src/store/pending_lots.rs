//! Lots that wait for quality control, and who has claimed them.

use super::{
    Pool, StoreError,
    lot_quality::{self, LotQuality},
    query, read_all, rows,
};
use crate::domain::alert::{Alert, AlertEvent, Change};
use deadpool_postgres::{Client, Transaction};
use jiff::Timestamp;

const LIST: &str = include_str!("../../sql/queries/sqal_pending_lots/list.sql");
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
    /// It is as wished, now or already; alerts of lots that are over were closed.
    Done(Vec<AlertEvent>),
    /// It cannot be, for this reason.
    Taken(String),
    /// No such lot is in the queue.
    Unknown,
}

/// Claims a lot: of all who ask, one gets it. A station that goes on with another lot is done with the one before.
pub async fn claim(pool: &Pool, code_lot: &str, claimer: &Claimer) -> Result<Outcome, StoreError> {
    let mut client = pool.get().await?;
    let transaction = client.transaction().await?;
    let claimed = transaction
        .query_opt(CLAIM, &[&code_lot, &claimer.name, &claimer.is_station])
        .await?;
    let Some(row) = claimed else {
        transaction.rollback().await?;
        return already(&client, code_lot, |statut, by| {
            statut == "inspecting" && by == Some(&claimer.name)
        })
        .await;
    };
    transaction.execute(ENTER_CONTROL, &[&code_lot]).await?;
    let mut events = Vec::new();
    if row.try_get("par_station")? {
        let left = transaction
            .query(SELECT_LEFT, &[&claimer.name, &code_lot])
            .await?;
        let left: Vec<String> = read_all(&left, |row| row.try_get("code_lot"))?;
        events = end(&transaction, &left).await?.1;
    }
    transaction.commit().await?;
    Ok(Outcome::Done(events))
}

/// Ends the control of a lot with the figures of its samples.
pub async fn finish(pool: &Pool, code_lot: &str) -> Result<Outcome, StoreError> {
    let mut client = pool.get().await?;
    let transaction = client.transaction().await?;
    let (ended, events) = end(&transaction, &[code_lot.to_owned()]).await?;
    transaction.commit().await?;
    match ended {
        0 => already(&client, code_lot, |statut, _| statut != "pending").await,
        _ => Ok(Outcome::Done(events)),
    }
}

/// Gives the number of lots that were being inspected, and their alerts that were still open.
async fn end(
    transaction: &Transaction<'_>,
    lots: &[String],
) -> Result<(usize, Vec<AlertEvent>), StoreError> {
    let ended = transaction.query(FINISH, &[&lots]).await?;
    let lots: Vec<String> = read_all(&ended, |row| row.try_get("code_lot"))?;
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
    code_lot: &str,
    as_wished: impl Fn(&str, Option<&String>) -> bool,
) -> Result<Outcome, StoreError> {
    let Some(row) = client.query_opt(SELECT_CLAIM, &[&code_lot]).await? else {
        return Ok(Outcome::Unknown);
    };
    let (statut, by): (String, Option<String>) =
        (row.try_get("statut")?, row.try_get("prise_par")?);
    if as_wished(&statut, by.as_ref()) {
        return Ok(Outcome::Done(Vec::new()));
    }
    Ok(Outcome::Taken(match (statut.as_str(), by) {
        ("inspecting", Some(by)) => format!("the lot {code_lot} is being inspected by {by}"),
        ("pending", _) => format!("nobody has claimed the lot {code_lot} yet"),
        (statut, _) => format!("the control of the lot {code_lot} is over: {statut}"),
    }))
}
