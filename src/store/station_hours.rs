//! Figures of samples by station and hour.

use super::{
    StoreError,
    quality::ONLINE,
    rows::from_row,
    view::{Scoped, View, scoped},
};
use crate::domain::{quality::ByGrade, site::Site};
use jiff::{SignedDuration, Timestamp};

const SUM_UP: Scoped = scoped!("sqal_station_heure/sum_up");
const COUNT_GRADES: Scoped = scoped!("sqal_station_heure/count_grades");
const LIST_HOURS: Scoped = scoped!("sqal_station_heure/list_hours");
const SUM_UP_SITES: Scoped = scoped!("sqal_station_heure/sum_up_sites");

from_row! { ByGrade { a_plus, a, b, c, reject } }

/// Quality control in a window up to now.
#[derive(Debug, Clone, PartialEq)]
pub struct ControlNow {
    pub echantillons: i64,
    pub echantillons_derniere_heure: i64,
    /// Mean of the final scores.
    pub score_moyen: Option<f64>,
    /// g.
    pub masse_moyenne_g: Option<f64>,
    pub grades: ByGrade,
    pub stations_en_ligne: i64,
    pub stations: i64,
    pub lots_en_attente: i64,
    pub lots_en_controle: i64,
}

from_row! {
    ControlNow {
        echantillons, echantillons_derniere_heure, score_moyen, masse_moyenne_g, grades: ByGrade::from_row, stations_en_ligne,
        stations, lots_en_attente, lots_en_controle,
    }
}

/// # Errors
/// The database is unavailable, or refuses the statement.
pub async fn sum_up(
    view: &View,
    since: Timestamp,
    now: Timestamp,
) -> Result<ControlNow, StoreError> {
    let last_hour = now - SignedDuration::from_hours(1);
    view.query_one(&SUM_UP, &[&since, &last_hour, &(now - ONLINE)])
        .await
}

/// Which samples to count; `None` means all.
#[derive(Debug, Clone)]
pub struct HourFilter {
    pub since: Timestamp,
    pub device_id: Option<String>,
    pub code_lot: Option<String>,
}

/// How many samples there are, graded or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    pub echantillons: i64,
    pub grades: ByGrade,
}

from_row! { Counted { echantillons, grades: ByGrade::from_row } }

/// # Errors
/// The database is unavailable, or refuses the statement.
pub async fn count(view: &View, filter: &HourFilter) -> Result<Counted, StoreError> {
    let HourFilter {
        since,
        device_id,
        code_lot,
    } = filter;
    view.query_one(&COUNT_GRADES, &[since, device_id, code_lot])
        .await
}

/// One hour of a station.
#[derive(Debug, Clone, PartialEq)]
pub struct StationHour {
    pub heure: Timestamp,
    pub device_id: String,
    pub echantillons: i64,
    pub score_moyen: Option<f64>,
    /// g.
    pub masse_moyenne_g: Option<f64>,
    pub rejets: i64,
}

from_row! { StationHour { heure, device_id, echantillons, score_moyen, masse_moyenne_g, rejets } }

/// Whole hours from that of `since` on, oldest first; hours without samples are omitted.
///
/// # Errors
/// The database is unavailable, or refuses the statement.
pub async fn hourly(
    view: &View,
    filter: &HourFilter,
    limit: i64,
) -> Result<Vec<StationHour>, StoreError> {
    let HourFilter {
        since,
        device_id,
        code_lot,
    } = filter;
    view.query(&LIST_HOURS, &[since, device_id, code_lot, &limit])
        .await
}

/// What the stations of a site measured.
#[derive(Debug, Clone, PartialEq)]
pub struct SiteControl {
    pub site: Site,
    pub echantillons: i64,
    pub score_moyen: Option<f64>,
    /// Share of the graded samples, 0–1.
    pub part_rejets: Option<f64>,
}

from_row! { SiteControl { site = "site_code", echantillons, score_moyen, part_rejets } }

/// The three sites, by code.
///
/// # Errors
/// The database is unavailable, or refuses the statement.
pub async fn by_site(view: &View, since: Timestamp) -> Result<Vec<SiteControl>, StoreError> {
    view.query(&SUM_UP_SITES, &[&since]).await
}
