//! The last hours of one station, measure by measure.

use super::{
    StoreError,
    rows::{from_row, read},
    view::{Scoped, View, scoped},
};
use crate::domain::quality::drift::{Measure, Subgroup};
use jiff::Timestamp;
use tokio_postgres::Row;

const SUM_UP_STATION: Scoped = scoped!("sensor_samples/sum_up_station");

/// One hour of a station.
#[derive(Debug, Clone, PartialEq)]
pub struct MeasuredHour {
    pub heure: Timestamp,
    pub echantillons: i64,
    /// How many of them are recent.
    pub recents: i64,
    pub rejets: i64,
    /// In the order of [`Measure::ALL`]; `None` if nothing was measured.
    pub measures: [Option<Subgroup>; Measure::ALL.len()],
}

from_row! { MeasuredHour { heure, echantillons, recents, rejets, measures: measures } }

fn measures(row: &Row) -> Result<[Option<Subgroup>; Measure::ALL.len()], StoreError> {
    let mut measures = [None; Measure::ALL.len()];
    for (place, measure) in measures.iter_mut().zip(Measure::ALL) {
        *place = subgroup(row, measure)?;
    }
    Ok(measures)
}

fn subgroup(row: &Row, measure: Measure) -> Result<Option<Subgroup>, StoreError> {
    let column = |figure: &str| format!("{measure}_{figure}");
    let heure: Timestamp = read(row, "heure")?;
    let count = read(row, column("n").as_str())?;
    let mean: Option<f64> = read(row, column("moyenne").as_str())?;
    let variance: Option<f64> = read(row, column("variance").as_str())?;
    Ok(mean.map(|mean| Subgroup {
        hour: heure.as_second().div_euclid(3600),
        count,
        mean,
        variance: variance.unwrap_or(0.0),
    }))
}

/// The hours with samples since the first instant, oldest first; recent is what was measured since the second.
///
/// # Errors
/// The database is unavailable, or refuses the statement.
pub async fn hours(
    view: &View,
    device_id: &str,
    since: Timestamp,
    recent: Timestamp,
) -> Result<Vec<MeasuredHour>, StoreError> {
    view.query(&SUM_UP_STATION, &[&since, &device_id, &recent])
        .await
}
