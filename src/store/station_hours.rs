//! Figures of samples by station and hour.

use super::{
    StoreError,
    lot_quality::GradeCounts,
    quality::ONLINE,
    read_all,
    view::{Scoped, View, scoped},
};
use crate::domain::{
    quality::Grade,
    rounding::{one_decimal, two_decimals},
};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use tokio_postgres::Row;
use utoipa::ToSchema;

const SUM_UP: Scoped = scoped!("sqal_station_heure/sum_up");
const COUNT_GRADES: Scoped = scoped!("sqal_station_heure/count_grades");
const LIST_HOURS: Scoped = scoped!("sqal_station_heure/list_hours");
const SUM_UP_SITES: Scoped = scoped!("sqal_station_heure/sum_up_sites");

/// Summary of quality control. `null` means that there is no data.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Overview {
    /// Start of the window of the figures: 24 hours ago.
    pub depuis: Timestamp,
    pub echantillons: i64,
    pub echantillons_derniere_heure: i64,
    /// Samples per minute over the last hour, two decimals.
    pub cadence_par_minute: Option<f64>,
    /// Mean of the final scores, two decimals.
    pub score_moyen: Option<f64>,
    /// g, one decimal.
    pub masse_moyenne_g: Option<f64>,
    pub grades: GradeCounts,
    pub stations_en_ligne: i64,
    pub stations: i64,
    pub lots_en_attente: i64,
    pub lots_en_controle: i64,
}

/// # Errors
/// The database is unavailable, or refuses the statement.
pub async fn overview(view: &View, now: Timestamp) -> Result<Overview, StoreError> {
    let depuis = now - SignedDuration::from_hours(24);
    let last_hour = now - SignedDuration::from_hours(1);
    let row = view
        .query_one(&SUM_UP, &[&depuis, &last_hour, &(now - ONLINE)])
        .await?;
    let in_an_hour: i64 = row.try_get("echantillons_derniere_heure")?;
    let score: Option<f64> = row.try_get("score_moyen")?;
    let mass: Option<f64> = row.try_get("masse_moyenne_g")?;
    Ok(Overview {
        depuis,
        echantillons: row.try_get("echantillons")?,
        echantillons_derniere_heure: in_an_hour,
        cadence_par_minute: (in_an_hour > 0).then(|| two_decimals(in_an_hour as f64 / 60.0)),
        score_moyen: score.map(two_decimals),
        masse_moyenne_g: mass.map(one_decimal),
        grades: GradeCounts::read(&row)?,
        stations_en_ligne: row.try_get("stations_en_ligne")?,
        stations: row.try_get("stations")?,
        lots_en_attente: row.try_get("lots_en_attente")?,
        lots_en_controle: row.try_get("lots_en_controle")?,
    })
}

/// How many samples have a grade by our rule.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct GradeShare {
    #[schema(value_type = String)]
    pub grade: Grade,
    pub nombre: i64,
    /// Share of the graded samples, 0–1; `null` if there are none.
    pub part: Option<f64>,
}

/// All five grades, best first.
///
/// # Errors
/// The database is unavailable, or refuses the statement.
pub async fn grades(
    view: &View,
    since: Timestamp,
    device_id: Option<&str>,
    code_lot: Option<&str>,
) -> Result<Vec<GradeShare>, StoreError> {
    let counts = grade_counts(view, since, device_id, code_lot).await?;
    let counts = counts.best_first();
    let all: i64 = counts.iter().sum();
    let share = |(grade, nombre): (Grade, i64)| GradeShare {
        grade,
        nombre,
        part: (all > 0).then(|| nombre as f64 / all as f64),
    };
    Ok(Grade::ALL.into_iter().zip(counts).map(share).collect())
}

/// # Errors
/// The database is away, or refuses the statement.
pub async fn grade_counts(
    view: &View,
    since: Timestamp,
    device_id: Option<&str>,
    code_lot: Option<&str>,
) -> Result<GradeCounts, StoreError> {
    let counted = count(view, since, device_id, code_lot).await?;
    Ok(GradeCounts::read(&counted)?)
}

/// How many samples there are, graded or not.
///
/// # Errors
/// The database is away, or refuses the statement.
pub async fn samples(
    view: &View,
    since: Timestamp,
    device_id: Option<&str>,
    code_lot: Option<&str>,
) -> Result<i64, StoreError> {
    let counted = count(view, since, device_id, code_lot).await?;
    Ok(counted.try_get("echantillons")?)
}

async fn count(
    view: &View,
    since: Timestamp,
    device_id: Option<&str>,
    code_lot: Option<&str>,
) -> Result<Row, StoreError> {
    view.query_one(&COUNT_GRADES, &[&since, &device_id, &code_lot])
        .await
}

/// One hour of a station.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct StationHour {
    pub heure: Timestamp,
    pub device_id: String,
    pub echantillons: i64,
    /// Two decimals.
    pub score_moyen: Option<f64>,
    /// g, one decimal.
    pub masse_moyenne_g: Option<f64>,
    pub rejets: i64,
}

/// Whole hours from that of `since` on, oldest first; hours without samples are omitted.
///
/// # Errors
/// The database is unavailable, or refuses the statement.
pub async fn hourly(
    view: &View,
    since: Timestamp,
    device_id: Option<&str>,
    code_lot: Option<&str>,
    limit: i64,
) -> Result<Vec<StationHour>, StoreError> {
    let listed = view
        .query(&LIST_HOURS, &[&since, &device_id, &code_lot, &limit])
        .await?;
    read_all(&listed, |row| {
        let score: Option<f64> = row.try_get("score_moyen")?;
        let mass: Option<f64> = row.try_get("masse_moyenne_g")?;
        Ok(StationHour {
            heure: row.try_get("heure")?,
            device_id: row.try_get("device_id")?,
            echantillons: row.try_get("echantillons")?,
            score_moyen: score.map(two_decimals),
            masse_moyenne_g: mass.map(one_decimal),
            rejets: row.try_get("rejets")?,
        })
    })
}

/// Results of a site's stations in the last 24 hours.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SiteQuality {
    /// `LL`, `LS` or `MT`.
    pub site_code: String,
    pub echantillons: i64,
    /// Two decimals.
    pub score_moyen: Option<f64>,
    /// Share of the graded samples, 0–1.
    pub part_rejets: Option<f64>,
}

/// The three sites, by code.
///
/// # Errors
/// The database is unavailable, or refuses the statement.
pub async fn by_site(view: &View, since: Timestamp) -> Result<Vec<SiteQuality>, StoreError> {
    let listed = view.query(&SUM_UP_SITES, &[&since]).await?;
    read_all(&listed, |row| {
        let score: Option<f64> = row.try_get("score_moyen")?;
        Ok(SiteQuality {
            site_code: row.try_get("site_code")?,
            echantillons: row.try_get("echantillons")?,
            score_moyen: score.map(two_decimals),
            part_rejets: row.try_get("part_rejets")?,
        })
    })
}
