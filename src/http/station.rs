//! `/api/sqal/stations/{device_id}`: how one station works, and whether it drifts.

use super::{
    error::{ApiError, ErrorBody, ReadFailure},
    params,
    sqal::Device,
};
use crate::{
    domain::{
        access::Policy,
        quality::drift::{Direction, Drift, Measure, drift},
        rounding::one_decimal,
    },
    store::{
        quality,
        station_drift::{self, MeasuredHour},
        view::View,
    },
};
use actix_web::web;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// The rate is that of so many minutes.
const RECENT_MINUTES: i64 = 5;

pub fn configure(cfg: &mut web::ServiceConfig) {
    super::get(
        cfg,
        "/api/sqal/stations/{device_id}",
        Policy::Quality,
        station,
    );
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct DriftQuery {
    /// Length of the window of the drift, which ends now.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 2160, default = 24)]
    heures: Option<String>,
}

/// A quality station, its rate and its drift
#[utoipa::path(
    get,
    path = "/api/sqal/stations/{device_id}",
    tag = "sqal",
    params(("device_id" = String, Path, example = "ESP32_LL_01"), DriftQuery),
    responses(
        (status = 200, description = "The station", body = StationNow),
        (status = 404, description = "No such station", body = ErrorBody),
        ReadFailure
    )
)]
async fn station(
    view: View,
    path: web::Path<String>,
    query: web::Query<DriftQuery>,
) -> Result<web::Json<StationNow>, ApiError> {
    let unknown = || ApiError::NotFound(format!("there is no station {:?}", path.as_str()));
    let named = params::text("device_id", Some(&path))?.ok_or_else(unknown)?;
    let window = params::hours(query.heures.as_deref(), 24)?;
    let now = Timestamp::now();
    let found = quality::device(&view, now, &named).await?;
    let device = found.ok_or_else(unknown)?;
    let depuis = now - SignedDuration::from_hours(window);
    let recent = now - SignedDuration::from_mins(RECENT_MINUTES);
    let hours = station_drift::hours(&view, &device.device_id, depuis, recent).await?;
    Ok(web::Json(StationNow {
        device: device.into(),
        cadence: Rate::new(&hours),
        depuis,
        heures: hours.iter().map(Hour::from).collect(),
        mesures: Measure::ALL
            .map(|measure| MeasureDrift::new(measure, &hours))
            .into(),
    }))
}

#[derive(Debug, Serialize, ToSchema)]
struct StationNow {
    #[serde(flatten)]
    device: Device,
    cadence: Rate,
    /// Start of the window of what follows.
    depuis: Timestamp,
    /// Those with samples, oldest first.
    heures: Vec<Hour>,
    mesures: Vec<MeasureDrift>,
}

/// The last five minutes.
#[derive(Debug, Serialize, ToSchema)]
struct Rate {
    minutes: i64,
    echantillons: i64,
    /// One decimal.
    par_minute: f64,
}

impl Rate {
    fn new(hours: &[MeasuredHour]) -> Self {
        let echantillons = hours.iter().map(|hour| hour.recents).sum();
        Rate {
            minutes: RECENT_MINUTES,
            echantillons,
            par_minute: one_decimal(echantillons as f64 / RECENT_MINUTES as f64),
        }
    }
}

/// An hour of the window.
#[derive(Debug, Serialize, ToSchema)]
struct Hour {
    heure: Timestamp,
    echantillons: i64,
    rejets: i64,
}

impl From<&MeasuredHour> for Hour {
    fn from(hour: &MeasuredHour) -> Self {
        Hour {
            heure: hour.heure,
            echantillons: hour.echantillons,
            rejets: hour.rejets,
        }
    }
}

/// How a measure behaved over the window. `null` is what too few samples, or a missing limit, do not allow to say.
#[derive(Debug, Serialize, ToSchema)]
struct MeasureDrift {
    /// `score`, `masse` (g), `fraicheur` or `oxydation`.
    #[schema(value_type = String)]
    mesure: Measure,
    echantillons: i64,
    moyenne: Option<f64>,
    /// Standard deviation within the hours.
    ecart_type: Option<f64>,
    limite_basse: Option<f64>,
    limite_haute: Option<f64>,
    /// From 30 samples on; `cp` needs two limits.
    cp: Option<f64>,
    cpk: Option<f64>,
    tendance_par_heure: Option<f64>,
    /// `hausse`, `baisse`, or `stable`: less than half a standard deviation over the window.
    #[schema(value_type = Option<String>)]
    tendance: Option<Direction>,
    /// Mean of each hour with samples of this measure.
    heures: Vec<HourMean>,
}

#[derive(Debug, Serialize, ToSchema)]
struct HourMean {
    heure: Timestamp,
    moyenne: f64,
}

impl MeasureDrift {
    fn new(measure: Measure, hours: &[MeasuredHour]) -> Self {
        let of_measure = |hour: &MeasuredHour| hour.measures[measure as usize];
        let subgroups: Vec<_> = hours.iter().filter_map(of_measure).collect();
        let limits = measure.limits();
        let drift: Option<Drift> = drift(&subgroups, limits);
        let means = hours.iter().filter_map(|hour| {
            let moyenne = of_measure(hour)?.mean;
            Some(HourMean {
                heure: hour.heure,
                moyenne,
            })
        });
        let trend = drift.and_then(|drift| drift.trend);
        MeasureDrift {
            mesure: measure,
            echantillons: drift.map_or(0, |drift| drift.count),
            moyenne: drift.map(|drift| drift.mean),
            ecart_type: drift.and_then(|drift| drift.deviation),
            limite_basse: limits.lower,
            limite_haute: limits.upper,
            cp: drift.and_then(|drift| drift.cp),
            cpk: drift.and_then(|drift| drift.cpk),
            tendance_par_heure: trend.map(|trend| trend.per_hour),
            tendance: trend.map(|trend| trend.direction),
            heures: means.collect(),
        }
    }
}
