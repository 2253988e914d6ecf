//! Alerts: lists for supervision, gaveurs, lots and quality control.

use super::{
    error::{ApiError, ReadFailure},
    old_screens::{
        Beside,
        alerts::{
            FarmerAlert, FarmerCounts, QualityAlert, SupervisionAlert, for_farmer, for_quality,
            for_supervision,
        },
    },
    params,
    state::ApiState,
};
use crate::{
    domain::{
        access::Policy,
        alert::{Alert, Source},
    },
    protocol::alerts::AlertData,
    store::{
        alerts::{self, AlertFilter},
        lots,
        view::View,
    },
};
use actix_web::web;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

type State = web::Data<ApiState>;
type Answer<T> = Result<web::Json<T>, ApiError>;
type OfSupervision = Beside<AlertData, SupervisionAlert>;
type OfQuality = Beside<AlertData, QualityAlert>;
type OfFarmer = Beside<AlertData, FarmerAlert>;

pub fn configure(cfg: &mut web::ServiceConfig) {
    super::get(cfg, "/api/alertes", Policy::Alerts, list_all);
    super::get(
        cfg,
        "/api/euralis/alertes",
        Policy::Supervision,
        list_of_supervision,
    );
    super::get(cfg, "/api/sqal/alerts", Policy::Quality, list_of_quality);
    super::get(
        cfg,
        "/api/alertes/gaveur/{gaveur_id}",
        Policy::Alerts,
        list_of_gaveur,
    );
    super::get(cfg, "/api/alertes/lot/{lot}", Policy::Alerts, list_of_lot);
    super::get(
        cfg,
        "/api/alertes/dashboard/{gaveur_id}",
        Policy::Alerts,
        dashboard,
    );
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct AlertQuery {
    /// `LL`, `LS` or `MT`.
    site: Option<String>,
    /// `info`, `warning` or `critical`; the farmers' words `important` and `critique` are accepted too.
    severite: Option<String>,
    code_lot: Option<String>,
    /// Whether the alert is open.
    #[param(value_type = Option<bool>)]
    ouverte: Option<String>,
    /// Whether the alert is acknowledged.
    #[param(value_type = Option<bool>)]
    acquittee: Option<String>,
    /// Raised at or after this instant; without an offset it is local time in the configured zone.
    #[param(value_type = Option<String>, format = DateTime)]
    depuis: Option<String>,
    /// Raised before this instant.
    #[param(value_type = Option<String>, format = DateTime)]
    jusqu_a: Option<String>,
    #[param(value_type = Option<i64>, minimum = 1, maximum = 1000, default = 100)]
    limit: Option<String>,
}

impl AlertQuery {
    fn filter(&self, zone: &TimeZone) -> Result<AlertFilter, ApiError> {
        Ok(AlertFilter {
            site: params::site(self.site.as_deref())?,
            severity: params::severity(self.severite.as_deref())?,
            code_lot: params::text("code_lot", self.code_lot.as_deref())?,
            ouverte: params::flag("ouverte", self.ouverte.as_deref())?,
            acquittee: params::flag("acquittee", self.acquittee.as_deref())?,
            since: params::instant("depuis", self.depuis.as_deref(), zone)?,
            until: params::instant("jusqu_a", self.jusqu_a.as_deref(), zone)?,
            ..AlertFilter::default()
        })
    }

    fn limit(&self) -> Result<i64, ApiError> {
        params::limit(self.limit.as_deref(), 100, 1..=1000)
    }
}

async fn listed<T>(
    view: &View,
    filter: AlertFilter,
    limit: i64,
    show: impl Fn(&Alert) -> T,
) -> Answer<Vec<T>> {
    let alerts = alerts::list(view, &filter, limit).await?;
    Ok(web::Json(alerts.iter().map(show).collect()))
}

/// Alerts of all sites
#[utoipa::path(
    get,
    path = "/api/alertes",
    tag = "alertes",
    params(AlertQuery),
    responses((status = 200, description = "Those raised last first", body = Vec<AlertData>), ReadFailure)
)]
async fn list_all(
    view: View,
    state: State,
    query: web::Query<AlertQuery>,
) -> Answer<Vec<AlertData>> {
    let (filter, limit) = (query.filter(&state.zone)?, query.limit()?);
    listed(&view, filter, limit, |alert| AlertData::from(alert)).await
}

/// Alerts of all sites, for older supervision screens
///
/// As under `/api/alertes`, but `severite` is in French.
#[utoipa::path(
    get,
    path = "/api/euralis/alertes",
    tag = "alertes",
    params(AlertQuery),
    responses((status = 200, description = "Those raised last first", body = Vec<OfSupervision>), ReadFailure)
)]
async fn list_of_supervision(
    view: View,
    state: State,
    query: web::Query<AlertQuery>,
) -> Answer<Vec<OfSupervision>> {
    let (filter, limit) = (query.filter(&state.zone)?, query.limit()?);
    listed(&view, filter, limit, for_supervision).await
}

/// Alerts of the quality stations
#[utoipa::path(
    get,
    path = "/api/sqal/alerts",
    tag = "alertes",
    params(AlertQuery),
    responses((status = 200, description = "Those raised last first", body = Vec<OfQuality>), ReadFailure)
)]
async fn list_of_quality(
    view: View,
    state: State,
    query: web::Query<AlertQuery>,
) -> Answer<Vec<OfQuality>> {
    let filter = AlertFilter {
        source: Some(Source::Sqal),
        ..query.filter(&state.zone)?
    };
    listed(&view, filter, query.limit()?, for_quality).await
}

/// Alerts of a gaveur's lots
#[utoipa::path(
    get,
    path = "/api/alertes/gaveur/{gaveur_id}",
    tag = "alertes",
    params(("gaveur_id" = i32, Path, minimum = 0), AlertQuery),
    responses((status = 200, description = "Those raised last first; `[]` for an unknown gaveur", body = Vec<OfFarmer>), ReadFailure)
)]
async fn list_of_gaveur(
    view: View,
    state: State,
    path: web::Path<String>,
    query: web::Query<AlertQuery>,
) -> Answer<Vec<OfFarmer>> {
    let filter = AlertFilter {
        gaveur_id: Some(params::gaveur_id(&path)?),
        ..query.filter(&state.zone)?
    };
    listed(&view, filter, query.limit()?, for_farmer).await
}

/// Alerts of a lot
#[utoipa::path(
    get,
    path = "/api/alertes/lot/{lot}",
    tag = "alertes",
    params(("lot" = String, Path, description = "`code_lot`, or the numeric `id`", example = "LL4801665"), AlertQuery),
    responses((status = 200, description = "Those raised last first; `[]` for an unknown lot", body = Vec<OfFarmer>), ReadFailure)
)]
async fn list_of_lot(
    view: View,
    state: State,
    path: web::Path<String>,
    query: web::Query<AlertQuery>,
) -> Answer<Vec<OfFarmer>> {
    let named = params::text("lot", Some(&path))?.unwrap_or_default();
    let filter = query.filter(&state.zone)?;
    let filter = match lots::get(&view, &named).await? {
        Some(lot) => AlertFilter {
            lot_id: Some(lot.id),
            ..filter
        },
        // A station may name a lot without any reading.
        None => AlertFilter {
            code_lot: Some(named),
            ..filter
        },
    };
    listed(&view, filter, query.limit()?, for_farmer).await
}

/// Summary of a gaveur's alerts.
#[derive(Debug, Serialize, ToSchema)]
struct AlertDashboard {
    gaveur_id: i32,
    ouvertes: i64,
    /// Open and critical.
    critiques: i64,
    /// Open and important.
    importantes: i64,
    /// Open, of severity info.
    info: i64,
    /// Unacknowledged alerts, open or closed.
    non_acquittees: i64,
    /// The ten raised last.
    dernieres: Vec<AlertData>,
    #[serde(flatten)]
    old: FarmerCounts,
}

/// Alerts of a gaveur, counted
#[utoipa::path(
    get,
    path = "/api/alertes/dashboard/{gaveur_id}",
    tag = "alertes",
    params(("gaveur_id" = i32, Path, minimum = 0)),
    responses((status = 200, description = "Zeros for an unknown gaveur", body = AlertDashboard), ReadFailure)
)]
async fn dashboard(
    view: View,
    path: web::Path<String>,
) -> Result<web::Json<AlertDashboard>, ApiError> {
    let gaveur_id = params::gaveur_id(&path)?;
    let counts = alerts::count_of_gaveur(&view, gaveur_id).await?;
    let filter = AlertFilter {
        gaveur_id: Some(gaveur_id),
        ..AlertFilter::default()
    };
    let last = alerts::list(&view, &filter, 10).await?;
    Ok(web::Json(AlertDashboard {
        gaveur_id,
        ouvertes: counts.ouvertes,
        critiques: counts.critiques,
        importantes: counts.importantes,
        info: counts.info,
        non_acquittees: counts.non_acquittees,
        dernieres: last.iter().map(AlertData::from).collect(),
        old: FarmerCounts {
            critiques_actives: counts.critiques,
            importantes_actives: counts.importantes,
            info_actives: counts.info,
            alertes_24h: counts.d_un_jour,
            sms_envoyes: 0,
        },
    }))
}
