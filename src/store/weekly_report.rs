//! The figures of a gaveur's weekly report. Readings and alerts are counted by separate statements, because a join would multiply them.

use super::{Pool, StoreError, query_on};
use deadpool_postgres::Client;
use futures_util::try_join;
use jiff::Timestamp;
use tokio_postgres::Row;

const SUM_UP: &str = include_str!("../../sql/queries/gavage_data/sum_up_window.sql");
const SUM_FEEDING: &str = include_str!("../../sql/queries/lots_gavage/sum_feeding_ducks.sql");
const COUNT_ALERTS: &str = include_str!("../../sql/queries/alertes/count_in_window.sql");

/// The time between two instants, both inclusive.
#[derive(Debug, Clone, Copy)]
pub struct Window {
    pub from: Timestamp,
    pub to: Timestamp,
}

/// The figures of a gaveur's lots in a window.
#[derive(Debug, Clone, PartialEq)]
pub struct WeeklyFigures {
    /// Live ducks, as last counted, in the lots being fed.
    pub canards_actifs: i64,
    /// Live ducks, as last counted, in the lots fed in the window.
    pub canards_gaves: i64,
    /// Readings in the window.
    pub gavages_total: i64,
    /// g per duck and day; `None` without readings.
    pub dose_moyenne: Option<f64>,
    /// Lots weighed on at least two days, the highest gain first.
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
    let read = async |client: &mut Client| {
        try_join!(
            feeding_ducks(client, gaveur_id),
            in_window(client, SUM_UP, gaveur_id, window),
            in_window(client, COUNT_ALERTS, gaveur_id, window),
        )
    };
    let (canards_actifs, meals, alerts) = pool.lend(read).await?;
    Ok(WeeklyFigures {
        canards_actifs,
        canards_gaves: meals.try_get("canards_gaves")?,
        gavages_total: meals.try_get("gavages_total")?,
        dose_moyenne: meals.try_get("dose_moyenne")?,
        gains: gains(&meals)?,
        alertes_critiques: alerts.try_get("critiques")?,
        alertes_importantes: alerts.try_get("importantes")?,
    })
}

/// The single row of a statement that sums up a window.
async fn in_window(
    client: &Client,
    sql: &str,
    gaveur_id: i32,
    window: Window,
) -> Result<Row, StoreError> {
    let rows = query_on(client, sql, &[&gaveur_id, &window.from, &window.to]).await?;
    rows.into_iter()
        .next()
        .ok_or_else(|| StoreError::Row("a sum came back without a row".to_owned()))
}

async fn feeding_ducks(client: &Client, gaveur_id: i32) -> Result<i64, StoreError> {
    let rows = query_on(client, SUM_FEEDING, &[&gaveur_id]).await?;
    Ok(rows[0].try_get(0)?)
}

fn gains(row: &Row) -> Result<Vec<LotGain>, StoreError> {
    let lots: Vec<String> = row.try_get("gain_lots")?;
    let gains: Vec<f64> = row.try_get("gains")?;
    let pairs = lots.into_iter().zip(gains);
    Ok(pairs
        .map(|(code_lot, gain)| LotGain { code_lot, gain })
        .collect())
}
