//! `/api/sqal`: samples and stations.

use super::{
    error::{ApiError, ErrorBody, ReadFailure},
    old_screens::{
        Beside,
        quality::{OldOverview, QualityNow},
    },
    params,
    sqal_figures::{GradeShare, Overview, SiteQuality, StationHour},
    state::ApiState,
};
use crate::{
    domain::{access::Policy, site::Site, words::words},
    protocol::sensors::update::{self, SampleData},
    store::{
        alerts,
        quality::{self, DeviceFilter, SampleFilter, Station, WholeSample},
        station_hours::{self, HourFilter},
        view::View,
    },
};
use actix_web::{HttpResponse, http::header::ContentType, web};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

type State = web::Data<ApiState>;

pub fn configure(cfg: &mut web::ServiceConfig) {
    super::get(
        cfg,
        "/api/sqal/dashboard/overview",
        Policy::Quality,
        overview,
    );
    super::get(cfg, "/api/sqal/stations", Policy::Quality, stations);
    super::get(cfg, "/api/sqal/samples", Policy::Quality, samples);
    super::get(cfg, "/api/sqal/samples/latest", Policy::Quality, latest);
    super::get(
        cfg,
        "/api/sqal/stats/grade-distribution",
        Policy::Quality,
        grade_distribution,
    );
    super::get(cfg, "/api/sqal/stats/hourly", Policy::Quality, hourly);
    super::get(cfg, "/api/sqal/stats/sites", Policy::Quality, sites);
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct SampleQuery {
    #[param(value_type = Option<i64>, minimum = 1, maximum = 1000, default = 50)]
    limit: Option<String>,
    code_lot: Option<String>,
    device_id: Option<String>,
    /// Measured at or after this instant; without an offset it is local time in the configured zone.
    #[param(value_type = Option<String>, format = DateTime)]
    depuis: Option<String>,
    /// Measured before this instant.
    #[param(value_type = Option<String>, format = DateTime)]
    jusqu_a: Option<String>,
    /// `A+` (in a URL `A%2B`), `A`, `B`, `C` or `REJECT`, by our rule.
    grade: Option<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DeviceQuery {
    /// `LL`, `LS` or `MT`.
    site: Option<String>,
    /// `online` or `offline`; older screens say `active` and `inactive`.
    status: Option<String>,
    #[param(value_type = Option<i64>, minimum = 1, maximum = 1000, default = 500)]
    limit: Option<String>,
    /// How many of the first to skip.
    #[param(value_type = Option<i64>, minimum = 0, maximum = 1000000, default = 0)]
    offset: Option<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct SiteQuery {
    /// `LL`, `LS` or `MT`; all three if absent.
    site: Option<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct StationQuery {
    device_id: Option<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct WindowQuery {
    /// Length of the window that ends now.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 2160)]
    heures: Option<String>,
    device_id: Option<String>,
    code_lot: Option<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct HoursQuery {
    /// Maximum number of elements, the newest hours.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 10000, default = 5000)]
    limit: Option<String>,
}

impl WindowQuery {
    /// # Errors
    /// A sentence that says what the parameter takes.
    pub fn filter(&self, default: i64) -> Result<HourFilter, ApiError> {
        let hours = params::hours(self.heures.as_deref(), default)?;
        Ok(HourFilter {
            since: Timestamp::now() - SignedDuration::from_hours(hours),
            device_id: params::text("device_id", self.device_id.as_deref())?,
            code_lot: params::text("code_lot", self.code_lot.as_deref())?,
        })
    }
}

/// Summary of quality control
#[utoipa::path(
    get,
    path = "/api/sqal/dashboard/overview",
    tag = "sqal",
    responses((status = 200, description = "Over the last 24 hours", body = OverviewAnswer), ReadFailure)
)]
async fn overview(view: View) -> Result<web::Json<OverviewAnswer>, ApiError> {
    let now = Timestamp::now();
    let depuis = now - SignedDuration::from_hours(24);
    let control = station_hours::sum_up(&view, depuis, now).await?;
    let week = HourFilter {
        since: now - SignedDuration::from_hours(7 * 24),
        device_id: None,
        code_lot: None,
    };
    let alerts = alerts::count_of_quality(&view).await?;
    let quality_now = QualityNow {
        week: station_hours::count(&view, &week).await?.grades,
        open_alerts: alerts.ouvertes,
        critical_alerts: alerts.critiques,
        now,
    };
    let old = OldOverview::new(&control, &quality_now);
    let ours = Overview::new(&control, depuis);
    Ok(web::Json(Beside { ours, old }))
}

/// Quality control at a glance, in our words and in those of older screens.
type OverviewAnswer = Beside<Overview, OldOverview>;

/// Quality stations
#[utoipa::path(
    get,
    path = "/api/sqal/stations",
    tag = "sqal",
    params(DeviceQuery),
    responses((status = 200, description = "By name", body = Vec<Device>), ReadFailure)
)]
async fn stations(
    view: View,
    query: web::Query<DeviceQuery>,
) -> Result<web::Json<Vec<Device>>, ApiError> {
    let stations = listed(&view, &query).await?;
    Ok(web::Json(stations.into_iter().map(Device::from).collect()))
}

/// A quality station. `null` if it never sent the value.
#[derive(Debug, Serialize, ToSchema)]
pub struct Device {
    device_id: String,
    /// `LL`, `LS` or `MT`.
    site_code: Option<&'static str>,
    location: Option<String>,
    firmware_version: Option<String>,
    ip_address: Option<String>,
    /// It sent something within the last 90 s.
    en_ligne: bool,
    derniere_activite: Option<Timestamp>,
    /// Time of its latest sample.
    dernier_echantillon: Option<Timestamp>,
    echantillons_total: i64,
    simule: bool,
}

impl From<Station> for Device {
    fn from(station: Station) -> Self {
        Device {
            device_id: station.device_id,
            site_code: station.site.map(Site::as_str),
            location: station.location,
            firmware_version: station.firmware_version,
            ip_address: station.ip_address,
            en_ligne: station.en_ligne,
            derniere_activite: station.derniere_activite,
            dernier_echantillon: station.dernier_echantillon,
            echantillons_total: station.echantillons_total,
            simule: station.simule,
        }
    }
}

words! {
    /// Whether a station is heard; older screens have two words of their own.
    enum Status {
        Online = "online",
        Offline = "offline",
        Active = "active",
        Inactive = "inactive",
    }
}

/// # Errors
/// A parameter cannot be used, or the database does not answer.
pub async fn listed(view: &View, query: &DeviceQuery) -> Result<Vec<Station>, ApiError> {
    let status = params::word("status", query.status.as_deref())?;
    let filter = DeviceFilter {
        site: params::site(query.site.as_deref())?,
        en_ligne: status.map(|status| matches!(status, Status::Online | Status::Active)),
        offset: params::offset(query.offset.as_deref())?,
        ..DeviceFilter::default()
    };
    let limit = params::limit(query.limit.as_deref(), 500, 1..=1000)?;
    Ok(quality::devices(view, Timestamp::now(), &filter, limit).await?)
}

/// Samples
#[utoipa::path(
    get,
    path = "/api/sqal/samples",
    tag = "sqal",
    params(SampleQuery),
    responses((status = 200, description = "Newest first", body = Vec<SampleData>), ReadFailure)
)]
async fn samples(
    view: View,
    state: State,
    query: web::Query<SampleQuery>,
) -> Result<HttpResponse, ApiError> {
    let filter = SampleFilter {
        code_lot: params::text("code_lot", query.code_lot.as_deref())?,
        device_id: params::text("device_id", query.device_id.as_deref())?,
        grade: params::grade(query.grade.as_deref())?,
        since: params::instant("depuis", query.depuis.as_deref(), &state.zone)?,
        until: params::instant("jusqu_a", query.jusqu_a.as_deref(), &state.zone)?,
    };
    let limit = params::limit(query.limit.as_deref(), 50, 1..=1000)?;
    let samples = quality::list(&view, &filter, limit).await?;
    let samples: Vec<_> = samples.iter().map(SampleData::from).collect();
    Ok(HttpResponse::Ok().json(samples))
}

/// The latest sample in full
///
/// The `sensor_update` frame that screens got: matrices, channels, analyses, the station's claim, and `sample` by our rule.
#[utoipa::path(
    get,
    path = "/api/sqal/samples/latest",
    tag = "sqal",
    params(StationQuery),
    responses(
        (status = 200, description = "A `sensor_update` without its place in the stream", content_type = "application/json"),
        (status = 404, description = "There is no sample", body = ErrorBody),
        ReadFailure
    )
)]
async fn latest(view: View, query: web::Query<StationQuery>) -> Result<HttpResponse, ApiError> {
    let device_id = params::text("device_id", query.device_id.as_deref())?;
    let latest = quality::latest(&view, device_id.as_deref()).await?;
    let WholeSample { sample, payload } =
        latest.ok_or_else(|| ApiError::NotFound("there is no sample".to_owned()))?;
    Ok(HttpResponse::Ok()
        .content_type(ContentType::json())
        .body(update::frame(&sample, &payload).encode()))
}

/// Shares of the grades
#[utoipa::path(
    get,
    path = "/api/sqal/stats/grade-distribution",
    tag = "sqal",
    params(WindowQuery),
    responses((status = 200, description = "Always the five grades, over one hour unless told otherwise", body = Vec<GradeShare>), ReadFailure)
)]
async fn grade_distribution(
    view: View,
    query: web::Query<WindowQuery>,
) -> Result<web::Json<Vec<GradeShare>>, ApiError> {
    let counted = station_hours::count(&view, &query.filter(1)?).await?;
    Ok(web::Json(GradeShare::of_each(counted.grades)))
}

/// Stations by hour
#[utoipa::path(
    get,
    path = "/api/sqal/stats/hourly",
    tag = "sqal",
    params(WindowQuery, HoursQuery),
    responses((status = 200, description = "The newest whole hours, oldest first: those of the last 24 unless told otherwise, the one that was running then included", body = Vec<StationHour>), ReadFailure)
)]
async fn hourly(
    view: View,
    query: web::Query<WindowQuery>,
    which: web::Query<HoursQuery>,
) -> Result<web::Json<Vec<StationHour>>, ApiError> {
    let filter = query.filter(24)?;
    let limit = params::limit(which.limit.as_deref(), 5000, 1..=10_000)?;
    let hours = station_hours::hourly(&view, &filter, limit).await?;
    Ok(web::Json(
        hours.into_iter().map(StationHour::from).collect(),
    ))
}

/// Quality by site
#[utoipa::path(
    get,
    path = "/api/sqal/stats/sites",
    tag = "sqal",
    params(SiteQuery),
    responses((status = 200, description = "The three sites over the last 24 hours", body = Vec<SiteQuality>), ReadFailure)
)]
async fn sites(
    view: View,
    query: web::Query<SiteQuery>,
) -> Result<web::Json<Vec<SiteQuality>>, ApiError> {
    let site = params::site(query.site.as_deref())?;
    let since = Timestamp::now() - SignedDuration::from_hours(24);
    let mut sites = station_hours::by_site(&view, since).await?;
    sites.retain(|one| site.is_none_or(|site| one.site == site));
    Ok(web::Json(
        sites.into_iter().map(SiteQuality::from).collect(),
    ))
}
