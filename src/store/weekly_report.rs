//! The figures of a gaveur's weekly report. Each is a statement of its own: joined, readings and alerts would multiply.

use super::{Pool, StoreError, query_on, read_all};
use deadpool_postgres::Client;
use futures_util::try_join;
use jiff::Timestamp;
use tokio_postgres::{Row, types::FromSqlOwned};

const COUNT_READINGS: &str = include_str!("../../sql/queries/gavage_lot_jour/count_in_window.sql");
const MEAN_DAILY_DOSE: &str = include_str!("../../sql/queries/gavage_lot_jour/mean_daily_dose.sql");
const LIST_GAINS: &str = include_str!("../../sql/queries/gavage_lot_jour/list_gains.sql");
const SUM_FEEDING: &str = include_str!("../../sql/queries/lots_gavage/sum_feeding_ducks.sql");
const SUM_FED: &str = include_str!("../../sql/queries/lots_gavage/sum_fed_ducks.sql");
const COUNT_ALERTS: &str = include_str!("../../sql/queries/alertes/count_in_window.sql");

/// Time between two instants, both within.
#[derive(Debug, Clone, Copy)]
pub struct Window {
    pub from: Timestamp,
    pub to: Timestamp,
}

/// What a gaveur's lots did in a window.
#[derive(Debug, Clone, PartialEq)]
pub struct WeeklyFigures {
    /// Ducks alive, as last counted, in the lots that are being fed.
    pub canards_actifs: i64,
    /// Ducks alive, as last counted, in the lots fed in the window.
    pub canards_gaves: i64,
    /// Readings in the window.
    pub gavages_total: i64,
    /// g per duck and day; `None` without readings.
    pub dose_moyenne: Option<f64>,
    /// Lots weighed on two days or more, the highest gain first.
    pub gains: Vec<LotGain>,
    pub alertes_critiques: i64,
    pub alertes_importantes: i64,
}

#[derive(Debug, Clone, PartialEq)]
pub struct LotGain {
    pub code_lot: String,
    /// g per day.
    pub gain: f64,
}

pub async fn figures(
    pool: &Pool,
    gaveur_id: i32,
    window: Window,
) -> Result<WeeklyFigures, StoreError> {
    let client = &pool.get().await?;
    let (canards_actifs, canards_gaves, gavages_total, dose_moyenne, gains, alertes) = try_join!(
        feeding_ducks(client, gaveur_id),
        single(client, SUM_FED, gaveur_id, window),
        single(client, COUNT_READINGS, gaveur_id, window),
        single(client, MEAN_DAILY_DOSE, gaveur_id, window),
        gains(client, gaveur_id, window),
        alerts(client, gaveur_id, window),
    )?;
    let (alertes_critiques, alertes_importantes) = alertes;
    Ok(WeeklyFigures {
        canards_actifs,
        canards_gaves,
        gavages_total,
        dose_moyenne,
        gains,
        alertes_critiques,
        alertes_importantes,
    })
}

async fn in_window(
    client: &Client,
    sql: &str,
    gaveur_id: i32,
    window: Window,
) -> Result<Vec<Row>, StoreError> {
    query_on(client, sql, &[&gaveur_id, &window.from, &window.to]).await
}

/// The one figure of an aggregate without groups, which always is exactly one row.
async fn single<T: FromSqlOwned>(
    client: &Client,
    sql: &str,
    gaveur_id: i32,
    window: Window,
) -> Result<T, StoreError> {
    let rows = in_window(client, sql, gaveur_id, window).await?;
    Ok(rows[0].try_get(0)?)
}

async fn feeding_ducks(client: &Client, gaveur_id: i32) -> Result<i64, StoreError> {
    let rows = query_on(client, SUM_FEEDING, &[&gaveur_id]).await?;
    Ok(rows[0].try_get(0)?)
}

async fn gains(
    client: &Client,
    gaveur_id: i32,
    window: Window,
) -> Result<Vec<LotGain>, StoreError> {
    let rows = in_window(client, LIST_GAINS, gaveur_id, window).await?;
    read_all(&rows, |row| {
        Ok(LotGain {
            code_lot: row.try_get("code_lot")?,
            gain: row.try_get("gain")?,
        })
    })
}

/// Critical ones, and warnings.
async fn alerts(client: &Client, gaveur_id: i32, window: Window) -> Result<(i64, i64), StoreError> {
    let rows = in_window(client, COUNT_ALERTS, gaveur_id, window).await?;
    Ok((
        rows[0].try_get("critiques")?,
        rows[0].try_get("importantes")?,
    ))
}
