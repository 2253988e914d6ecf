//! `/api/euralis/sites`: the three sites, one by one and beside each other.

use super::{
    error::{ApiError, ErrorBody, ReadFailure},
    params,
    state::ApiState,
    supervised_lots::{self, SupervisedQuery},
};
use crate::{
    domain::{
        access::Policy,
        calendar::Days,
        rounding::{one_decimal, two_decimals},
        site::Site,
    },
    store::{
        itm::{self, ItmFilter, LotItm},
        lots::Lot,
        production,
        sites::{self, SiteSummary},
        view::View,
    },
};
use actix_web::web;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

type State = web::Data<ApiState>;

pub fn configure(cfg: &mut web::ServiceConfig) {
    super::get(cfg, "/api/euralis/sites", Policy::Sites, list);
    super::get(cfg, "/api/euralis/sites/{code}", Policy::Sites, get);
    super::get(cfg, "/api/euralis/sites/{code}/stats", Policy::Sites, stats);
    super::get(
        cfg,
        "/api/euralis/sites/{code}/lots",
        Policy::Sites,
        lots_of_site,
    );
}

/// Sites
///
/// The three sites with their figures over the lots that are being fed (`en_gavage`). Means are weighted by head count over the
/// lots' current state; `null` where nothing was measured.
#[utoipa::path(
    get,
    path = "/api/euralis/sites",
    tag = "euralis",
    responses((status = 200, description = "By code", body = Vec<SiteSummary>), ReadFailure)
)]
async fn list(view: View) -> Result<web::Json<Vec<SiteSummary>>, ApiError> {
    Ok(web::Json(sites::list(&view, None).await?))
}

/// One site
#[utoipa::path(
    get,
    path = "/api/euralis/sites/{code}",
    tag = "euralis",
    params(("code" = String, Path, description = "`LL`, `LS` or `MT`", example = "LL")),
    responses(
        (status = 200, description = "Its figures over the lots that are being fed", body = SiteSummary),
        (status = 404, description = "No such site", body = ErrorBody),
        ReadFailure
    )
)]
async fn get(view: View, path: web::Path<String>) -> Result<web::Json<SiteSummary>, ApiError> {
    let site = known_site(&path)?;
    Ok(web::Json(summary(&view, site).await?))
}

fn known_site(code: &str) -> Result<Site, ApiError> {
    let unknown = |_| ApiError::NotFound(format!("there is no site {code:?}: LL, LS and MT are"));
    code.parse().map_err(unknown)
}

async fn summary(view: &View, site: Site) -> Result<SiteSummary, ApiError> {
    let found = sites::list(view, Some(site)).await?;
    let missing = || ApiError::NotFound(format!("the site {site} is not in the database"));
    found.into_iter().next().ok_or_else(missing)
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct PeriodQuery {
    /// Calendar days in the configured zone, today included.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 365, default = 30)]
    periode: Option<String>,
}

/// A site now, and over a number of days. `null` means that nothing was measured.
#[derive(Debug, Serialize, ToSchema)]
struct SiteStats {
    #[serde(flatten)]
    site: SiteSummary,
    /// Begin of the days, to which the figures below belong.
    depuis: Timestamp,
    /// Meals given.
    repas: i64,
    /// Of them those whose ducks were counted, to which `mais_kg`, `dose_moyenne_g`, `ecart_dose` and `poids_moyen_repas` belong.
    repas_comptes: i64,
    /// Maize given: dose × ducks alive, summed, kg, one decimal.
    mais_kg: Option<f64>,
    /// g per duck and meal, weighted by head count, one decimal.
    dose_moyenne_g: Option<f64>,
    /// (given − planned) / planned maize of the meals that have both, %, one decimal.
    ecart_dose: Option<f64>,
    /// Mean weight at the meals, weighted by head count, g, one decimal.
    poids_moyen_repas: Option<f64>,
    /// °C, mean over the meals, one decimal.
    temperature_moyenne: Option<f64>,
    /// %, mean over the meals, one decimal.
    humidite_moyenne: Option<f64>,
    /// Livers that the site's stations measured.
    foies: i64,
    /// Their mass in all, kg, one decimal.
    foie_kg: Option<f64>,
    /// g, one decimal.
    masse_moyenne_g: Option<f64>,
    /// Mean of the final scores, two decimals.
    score_moyen: Option<f64>,
    /// REJECT among the graded ones, 0–1.
    part_rejets: Option<f64>,
    /// Maize per duck over mean liver mass, g/g, weighted by head count over the lots whose last meal fell on these days and of which
    /// both are known, two decimals. Lower is better.
    itm: Option<f64>,
    /// Lots that `itm` is of.
    itm_lots: i64,
    /// At least one of the meals, samples or lots is simulated.
    periode_simulee: bool,
}

/// Figures of a site
///
/// Its lots being fed as under `/api/euralis/sites`, and what was fed and measured over the last `periode` calendar days.
#[utoipa::path(
    get,
    path = "/api/euralis/sites/{code}/stats",
    tag = "euralis",
    params(("code" = String, Path, description = "`LL`, `LS` or `MT`", example = "LL"), PeriodQuery),
    responses(
        (status = 200, description = "Now, and over the days", body = SiteStats),
        (status = 404, description = "No such site", body = ErrorBody),
        ReadFailure
    )
)]
async fn stats(
    view: View,
    state: State,
    path: web::Path<String>,
    query: web::Query<PeriodQuery>,
) -> Result<web::Json<SiteStats>, ApiError> {
    let site = known_site(&path)?;
    let days = state.last_days(params::periode(query.periode.as_deref(), 30)?);
    let filter = ItmFilter {
        site: Some(site),
        ..ItmFilter::default()
    };
    let summary = summary(&view, site).await?;
    let produced = production::by_day(&view, &days, Some(site)).await?;
    let lots = itm::list(&view, days.begin(), filter).await?;
    Ok(web::Json(site_stats(summary, &days, &produced, &lots)))
}

fn site_stats(
    site: SiteSummary,
    days: &Days,
    produced: &[production::SiteDay],
    lots: &[LotItm],
) -> SiteStats {
    let (meals, foies) = production::total(produced);
    SiteStats {
        site,
        depuis: days.begin(),
        repas: meals.releves,
        repas_comptes: meals.releves_comptes,
        mais_kg: meals.mais_kg().map(one_decimal),
        dose_moyenne_g: meals.dose_moyenne().map(one_decimal),
        ecart_dose: meals.ecart().map(one_decimal),
        poids_moyen_repas: meals.poids_moyen().map(one_decimal),
        temperature_moyenne: meals.temperature().map(one_decimal),
        humidite_moyenne: meals.humidite().map(one_decimal),
        foies: foies.echantillons,
        foie_kg: foies.masse_kg().map(one_decimal),
        masse_moyenne_g: foies.masse_moyenne().map(one_decimal),
        score_moyen: foies.score_moyen().map(two_decimals),
        part_rejets: foies.part_rejets(),
        itm: itm::mean(lots).map(two_decimals),
        itm_lots: itm::weighed(lots),
        periode_simulee: meals.simule || foies.simule || lots.iter().any(|lot| lot.simule),
    }
}

/// Lots of a site
#[utoipa::path(
    get,
    path = "/api/euralis/sites/{code}/lots",
    tag = "euralis",
    params(("code" = String, Path, description = "`LL`, `LS` or `MT`", example = "LL"), SupervisedQuery),
    responses(
        (status = 200, description = "Newest lot first", body = Vec<Lot>),
        (status = 404, description = "No such site", body = ErrorBody),
        ReadFailure
    )
)]
async fn lots_of_site(
    view: View,
    path: web::Path<String>,
    query: web::Query<SupervisedQuery>,
) -> Result<web::Json<Vec<Lot>>, ApiError> {
    let site = known_site(&path)?;
    supervised_lots::listed(&view, &query, Some(site)).await
}
