//! Stations and the number of samples as older quality screens ask for them.

use super::quality::{OldDevice, OldDevices};
use crate::{
    domain::access::Policy,
    http::{
        error::{ApiError, ErrorBody, ReadFailure},
        get, params,
        sqal::{DeviceQuery, WindowQuery, listed},
    },
    store::{quality, station_hours, view::View},
    telemetry::health::Health,
};
use actix_web::web;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

pub fn configure(cfg: &mut web::ServiceConfig) {
    get(cfg, "/api/sqal/devices", Policy::Quality, devices);
    get(
        cfg,
        "/api/sqal/devices/{device_id}",
        Policy::Quality,
        device,
    );
    get(cfg, "/api/sqal/health", Policy::Open, health);
    get(cfg, "/api/sqal/samples/count", Policy::Quality, count);
}

/// Quality stations, for older quality screens
#[utoipa::path(
    get,
    path = "/api/sqal/devices",
    tag = "sqal",
    params(DeviceQuery),
    responses((status = 200, description = "By name, and how many of them are online", body = OldDevices), ReadFailure)
)]
async fn devices(
    view: View,
    query: web::Query<DeviceQuery>,
) -> Result<web::Json<OldDevices>, ApiError> {
    Ok(web::Json(listed(&view, &query).await?.into()))
}

/// One quality station
#[utoipa::path(
    get,
    path = "/api/sqal/devices/{device_id}",
    tag = "sqal",
    params(("device_id" = String, Path, example = "ESP32_LL_01")),
    responses(
        (status = 200, description = "The station", body = DeviceAnswer),
        (status = 404, description = "No such station", body = ErrorBody),
        ReadFailure
    )
)]
async fn device(view: View, path: web::Path<String>) -> Result<web::Json<DeviceAnswer>, ApiError> {
    let unknown = || ApiError::NotFound(format!("there is no station {:?}", path.as_str()));
    let named = params::text("device_id", Some(&path))?.ok_or_else(unknown)?;
    let found = quality::device(&view, Timestamp::now(), &named).await?;
    let device = found.ok_or_else(unknown)?;
    Ok(web::Json(DeviceAnswer {
        en_ligne: device.en_ligne,
        echantillons_total: device.echantillons_total,
        dernier_echantillon: device.dernier_echantillon,
        location: device.location.clone(),
        simule: device.simule,
        old: OldDevice::from(device),
    }))
}

/// A quality station, in our words and in those of older screens.
#[derive(Debug, Serialize, ToSchema)]
struct DeviceAnswer {
    /// Heard of within the last 90 s.
    en_ligne: bool,
    echantillons_total: i64,
    dernier_echantillon: Option<Timestamp>,
    location: Option<String>,
    simule: bool,
    #[serde(flatten)]
    old: OldDevice,
}

/// Whether quality control is served.
#[derive(Debug, Serialize, ToSchema)]
struct QualityHealth {
    /// `healthy`, or `degraded` when the database does not answer.
    status: &'static str,
    service: &'static str,
    /// `connected` or `disconnected`.
    database: &'static str,
    timestamp: Timestamp,
}

/// Health of quality control
///
/// Always 200: the whole server's health is under `/health`.
#[utoipa::path(
    get,
    path = "/api/sqal/health",
    tag = "sqal",
    responses((status = 200, description = "Whether the database answers", body = QualityHealth))
)]
async fn health(health: web::Data<Health>) -> web::Json<QualityHealth> {
    let has_database = health.has_database();
    web::Json(QualityHealth {
        status: if has_database { "healthy" } else { "degraded" },
        service: "SQAL",
        database: if has_database {
            "connected"
        } else {
            "disconnected"
        },
        timestamp: Timestamp::now(),
    })
}

/// How many samples there are.
#[derive(Debug, Serialize, ToSchema)]
struct SampleCount {
    count: i64,
    /// = `count`.
    total: i64,
}

/// Number of samples
///
/// Over 24 hours unless told otherwise.
#[utoipa::path(
    get,
    path = "/api/sqal/samples/count",
    tag = "sqal",
    params(WindowQuery),
    responses((status = 200, description = "New within the window", body = SampleCount), ReadFailure)
)]
async fn count(
    view: View,
    query: web::Query<WindowQuery>,
) -> Result<web::Json<SampleCount>, ApiError> {
    let counted = station_hours::count(&view, &query.filter(24)?).await?;
    Ok(web::Json(SampleCount {
        count: counted.echantillons,
        total: counted.echantillons,
    }))
}
