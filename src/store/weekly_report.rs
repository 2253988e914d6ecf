//! The figures of a gaveur's weekly report. Readings and alerts are counted by separate statements, because a join would multiply them.

use super::{
    Params, StoreError,
    rows::{one, read},
    view::{Scoped, View, scoped},
};
use jiff::Timestamp;
use tokio_postgres::Row;

const SUM_UP: Scoped = scoped!("gavage_data/sum_up_window");
const SUM_FEEDING: Scoped = scoped!("lots_gavage/sum_feeding_ducks");
const COUNT_ALERTS: Scoped = scoped!("alertes/count_in_window");

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

/// # Errors
/// The database is unavailable, or refuses a statement.
pub async fn figures(
    view: &View,
    gaveur_id: i32,
    window: Window,
) -> Result<WeeklyFigures, StoreError> {
    let in_window: Params<'_> = &[&gaveur_id, &window.from, &window.to];
    let asked = [
        (&SUM_FEEDING, &in_window[..1]),
        (&SUM_UP, in_window),
        (&COUNT_ALERTS, in_window),
    ];
    let [feeding, meals, alerts] = view.query_all(asked).await?;
    let (feeding, meals, alerts) = (one(feeding)?, one(meals)?, one(alerts)?);
    Ok(WeeklyFigures {
        canards_actifs: read(&feeding, 0)?,
        canards_gaves: read(&meals, "canards_gaves")?,
        gavages_total: read(&meals, "gavages_total")?,
        dose_moyenne: read(&meals, "dose_moyenne")?,
        gains: gains(&meals)?,
        alertes_critiques: read(&alerts, "critiques")?,
        alertes_importantes: read(&alerts, "importantes")?,
    })
}

fn gains(row: &Row) -> Result<Vec<LotGain>, StoreError> {
    let (lots, gains): (Vec<String>, Vec<f64>) = (read(row, "gain_lots")?, read(row, "gains")?);
    let pairs = lots.into_iter().zip(gains);
    Ok(pairs
        .map(|(code_lot, gain)| LotGain { code_lot, gain })
        .collect())
}
