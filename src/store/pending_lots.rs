//! Lots that wait for quality control, and who has claimed them.

use super::{Pool, StoreError, query, rows};
use crate::domain::{
    alert::{Alert, AlertEvent, Change},
    quality::itm,
    rounding::{one_decimal, two_decimals},
};
use deadpool_postgres::{Client, Transaction};
use jiff::Timestamp;
use serde::Serialize;
use tokio_postgres::Row;
use utoipa::ToSchema;

const LIST: &str = include_str!("../../sql/queries/sqal_pending_lots/list.sql");
const CLAIM: &str = include_str!("../../sql/queries/sqal_pending_lots/claim.sql");
const SELECT_CLAIM: &str = include_str!("../../sql/queries/sqal_pending_lots/select_claim.sql");
const SELECT_LEFT: &str =
    include_str!("../../sql/queries/sqal_pending_lots/select_left_by_station.sql");
const FINISH: &str = include_str!("../../sql/queries/sqal_pending_lots/finish.sql");
const ENTER_CONTROL: &str = include_str!("../../sql/queries/lots_gavage/enter_control.sql");
const CLOSE: &str = include_str!("../../sql/queries/lots_gavage/close.sql");
const CLOSE_ALERTS: &str = include_str!("../../sql/queries/alertes/close_of_lots.sql");

/// Samples by their grade.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct GradeCounts {
    #[serde(rename = "A+")]
    pub a_plus: i64,
    #[serde(rename = "A")]
    pub a: i64,
    #[serde(rename = "B")]
    pub b: i64,
    #[serde(rename = "C")]
    pub c: i64,
    #[serde(rename = "REJECT")]
    pub reject: i64,
}

/// Shares of the graded samples, 0–1; `null` without any.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub struct GradeShares {
    #[serde(rename = "A+")]
    pub a_plus: Option<f64>,
    #[serde(rename = "A")]
    pub a: Option<f64>,
    #[serde(rename = "B")]
    pub b: Option<f64>,
    #[serde(rename = "C")]
    pub c: Option<f64>,
    #[serde(rename = "REJECT")]
    pub reject: Option<f64>,
}

impl GradeCounts {
    pub fn read(row: &Row) -> Result<Self, tokio_postgres::Error> {
        Ok(GradeCounts {
            a_plus: row.try_get("a_plus")?,
            a: row.try_get("a")?,
            b: row.try_get("b")?,
            c: row.try_get("c")?,
            reject: row.try_get("reject")?,
        })
    }

    fn shares(&self) -> GradeShares {
        let all = self.a_plus + self.a + self.b + self.c + self.reject;
        let share = |count: i64| (all > 0).then(|| count as f64 / all as f64);
        GradeShares {
            a_plus: share(self.a_plus),
            a: share(self.a),
            b: share(self.b),
            c: share(self.c),
            reject: share(self.reject),
        }
    }
}

/// A lot in the queue of quality control, with the figures of its samples.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct PendingLot {
    pub code_lot: String,
    pub lot_id: i64,
    /// `LL`, `LS` or `MT`.
    pub site_code: String,
    pub gaveur_id: i32,
    pub gaveur_nom: String,
    /// `pending`, `inspecting`, `inspected` or `rejected`.
    pub statut: String,
    pub en_attente_depuis: Timestamp,
    /// The station or person who claimed it.
    pub prise_par: Option<String>,
    pub prise_le: Option<Timestamp>,
    pub terminee_le: Option<Timestamp>,
    pub echantillons: i64,
    pub grades: GradeCounts,
    pub parts: GradeShares,
    /// Mean liver mass, g, one decimal.
    pub masse_moyenne_g: Option<f64>,
    /// Maize per duck over mean liver mass, g/g, two decimals; lower is better. `null` unless every meal of the lot is known.
    pub itm: Option<f64>,
    /// The lot was fed by a simulator.
    pub simule: bool,
}

/// At most `limit` lots in a state, or in any; those that have waited longest first, or the newest.
pub async fn list(
    pool: &Pool,
    statut: Option<&str>,
    limit: i64,
    newest_first: bool,
) -> Result<Vec<PendingLot>, StoreError> {
    let none: Option<&str> = None;
    let listed = query(pool, LIST, &[&statut, &none, &limit, &newest_first]).await?;
    super::read_all(&listed, pending_lot)
}

pub async fn get(pool: &Pool, code_lot: &str) -> Result<Option<PendingLot>, StoreError> {
    let any: Option<&str> = None;
    let found = query(pool, LIST, &[&any, &code_lot, &1_i64, &false]).await?;
    Ok(found.first().map(pending_lot).transpose()?)
}

fn pending_lot(row: &Row) -> Result<PendingLot, tokio_postgres::Error> {
    let grades = GradeCounts::read(row)?;
    let masse_moyenne_g: Option<f64> = row.try_get("masse_moyenne_g")?;
    let maize: Option<f64> = row.try_get("g_per_duck")?;
    Ok(PendingLot {
        code_lot: row.try_get("code_lot")?,
        lot_id: row.try_get("lot_id")?,
        site_code: row.try_get("site_code")?,
        gaveur_id: row.try_get("gaveur_id")?,
        gaveur_nom: row.try_get("gaveur_nom")?,
        statut: row.try_get("statut")?,
        en_attente_depuis: row.try_get("en_attente_depuis")?,
        prise_par: row.try_get("prise_par")?,
        prise_le: row.try_get("prise_le")?,
        terminee_le: row.try_get("terminee_le")?,
        echantillons: row.try_get("echantillons")?,
        parts: grades.shares(),
        grades,
        itm: itm(maize, masse_moyenne_g).map(two_decimals),
        masse_moyenne_g: masse_moyenne_g.map(one_decimal),
        simule: row.try_get("simule")?,
    })
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
        let left: Vec<String> = super::read_all(&left, |row| row.try_get("code_lot"))?;
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
    let lots: Vec<String> = super::read_all(&ended, |row| row.try_get("code_lot"))?;
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
