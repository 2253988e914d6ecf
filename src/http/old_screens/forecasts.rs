//! `/api/euralis/ml`: what the supervision screens expect of models that do not exist, answered with what is known, or with nothing.

use crate::{
    domain::{
        access::Policy,
        forecast::{FedLot, forecast},
        lot::Statut,
        rounding::one_decimal,
        site::Site,
    },
    http::{
        error::{ApiError, ReadFailure},
        get, params,
        state::ApiState,
    },
    store::{
        lot_figures::{self, EndedFilter},
        lots::{self, LotFilter, StoredLot},
        view::View,
    },
};
use actix_web::web;
use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

/// Ended lots of so many days say what the next ones will give.
const DAYS: i64 = 56;

pub fn configure(cfg: &mut web::ServiceConfig) {
    get(
        cfg,
        "/api/euralis/ml/forecasts",
        Policy::Supervision,
        forecasts,
    );
    get(
        cfg,
        "/api/euralis/ml/anomalies",
        Policy::Supervision,
        anomalies,
    );
    get(
        cfg,
        "/api/euralis/ml/optimization",
        Policy::Supervision,
        optimization,
    );
    get(
        cfg,
        "/api/euralis/ml/lots-correlation-data",
        Policy::Supervision,
        correlations,
    );
    get(
        cfg,
        "/api/euralis/ml/gaveurs-by-cluster-ml",
        Policy::Supervision,
        clusters,
    );
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ForecastQuery {
    /// Days from today on.
    #[param(value_type = Option<i64>, minimum = 7, maximum = 90, default = 30)]
    days: Option<String>,
    /// `LL`, `LS` or `MT`; all three without it.
    site: Option<String>,
}

/// Livers of a day on which lots end.
#[derive(Debug, Serialize, ToSchema)]
struct Forecast {
    date: Date,
    /// kg, one decimal.
    production_kg: f64,
    /// Bounds that hold four outcomes of five, kg, one decimal.
    lower_bound: f64,
    upper_bound: f64,
    confidence: f64,
    model: &'static str,
    /// `LL`, `LS`, `MT` or `ALL`.
    site_code: &'static str,
}

/// Livers to come
///
/// Of the lots that are being fed, on the days on which they should end: the usual number of days of their site after their first. Ducks ×
/// mean liver of the site's lots of 56 days; a site with fewer than twenty of them is left out, and so are lots that nobody feeds yet.
#[utoipa::path(
    get,
    path = "/api/euralis/ml/forecasts",
    tag = "euralis",
    params(ForecastQuery),
    responses((status = 200, description = "By day; `[]` when too little is known", body = Vec<Forecast>), ReadFailure)
)]
async fn forecasts(
    view: View,
    state: web::Data<ApiState>,
    query: web::Query<ForecastQuery>,
) -> Result<web::Json<Vec<Forecast>>, ApiError> {
    let site = params::site(query.site.as_deref())?;
    let days = params::days(query.days.as_deref(), 30, 7..=90)?;
    let now = Timestamp::now();
    let today = now.to_zoned(state.zone.clone()).date();
    let filter = LotFilter {
        statuts: Some(vec![Statut::EnGavage]),
        site,
        ..LotFilter::default()
    };
    let fed = lots::list(&view, filter, 1_000).await?;
    let fed: Vec<_> = fed.iter().filter_map(fed_lot).collect();
    let since = now - SignedDuration::from_hours(24 * DAYS);
    let ended = lot_figures::ended(&view, since, EndedFilter::default()).await?;
    let last = today.saturating_add((days - 1).days());
    let coming = forecast(&fed, &ended, today);
    let coming = coming.into_iter().filter(|day| day.jour <= last);
    let each = coming.map(|day| Forecast {
        date: day.jour,
        production_kg: one_decimal(day.kg),
        lower_bound: one_decimal(day.bornes_kg.0),
        upper_bound: one_decimal(day.bornes_kg.1),
        confidence: 0.8,
        model: "lots en cours",
        site_code: site.map_or("ALL", Site::as_str),
    });
    Ok(web::Json(each.collect()))
}

fn fed_lot(lot: &StoredLot) -> Option<FedLot> {
    Some(FedLot {
        site: lot.site,
        debut: lot.debut_lot,
        nb_canards: lot.nb_canards_actuel?,
        taux_mortalite: lot.taux_mortalite.unwrap_or(0.0),
    })
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct SiteQuery {
    /// `LL`, `LS` or `MT`.
    site: Option<String>,
}

/// Anomalies
///
/// None: no model looks for them. Alerts are under `/api/alertes`.
#[utoipa::path(
    get,
    path = "/api/euralis/ml/anomalies",
    tag = "euralis",
    params(SiteQuery),
    responses((status = 200, description = "`[]`", body = Vec<Object>), ReadFailure)
)]
async fn anomalies(query: web::Query<SiteQuery>) -> Result<web::Json<[Value; 0]>, ApiError> {
    params::site(query.site.as_deref())?;
    Ok(web::Json([]))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct DaysQuery {
    #[param(value_type = Option<i64>, minimum = 1, maximum = 30, default = 7)]
    days: Option<String>,
}

/// Optimised slaughter dates
///
/// None: no model makes them.
#[utoipa::path(
    get,
    path = "/api/euralis/ml/optimization",
    tag = "euralis",
    params(DaysQuery),
    responses((status = 200, description = "`[]`", body = Vec<Object>), ReadFailure)
)]
async fn optimization(query: web::Query<DaysQuery>) -> Result<web::Json<[Value; 0]>, ApiError> {
    params::days(query.days.as_deref(), 7, 1..=30)?;
    Ok(web::Json([]))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct LimitQuery {
    #[param(value_type = Option<i64>, minimum = 1, maximum = 500, default = 200)]
    limit: Option<String>,
}

/// Correlations of lots
///
/// None: their figures are those of the lots, and nothing decides by their correlations.
#[utoipa::path(
    get,
    path = "/api/euralis/ml/lots-correlation-data",
    tag = "euralis",
    params(LimitQuery),
    responses((status = 200, description = "`[]`", body = Vec<Object>), ReadFailure)
)]
async fn correlations(query: web::Query<LimitQuery>) -> Result<web::Json<[Value; 0]>, ApiError> {
    params::limit(query.limit.as_deref(), 200, 1..=500)?;
    Ok(web::Json([]))
}

/// Gaveurs by group
///
/// Nobody is put into groups.
#[derive(Debug, Serialize, ToSchema)]
struct Clusters {
    #[schema(value_type = Vec<Object>)]
    gaveurs: [Value; 0],
}

/// Gaveurs by group
#[utoipa::path(
    get,
    path = "/api/euralis/ml/gaveurs-by-cluster-ml",
    tag = "euralis",
    params(SiteQuery),
    responses((status = 200, description = "Nobody is put into groups", body = Clusters), ReadFailure)
)]
async fn clusters(query: web::Query<SiteQuery>) -> Result<web::Json<Clusters>, ApiError> {
    params::site(query.site.as_deref())?;
    Ok(web::Json(Clusters { gaveurs: [] }))
}
