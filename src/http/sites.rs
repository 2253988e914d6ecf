//! `/api/euralis/sites`: the three sites, and one in detail.

use super::{
    error::{ApiError, ErrorBody, ReadFailure},
    old_screens::{
        Beside,
        lots::OldAndNewLot,
        supervision::{OldSite, OldSiteStats},
    },
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
        yields::Yields,
    },
    store::{
        itm::{self, ItmFilter, LotItm},
        lot_figures::{self, EndedFilter},
        production,
        sites::{self, SiteNow},
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

/// A site with the figures of its lots that are being fed (`en_gavage`). Means are weighted by head count; `null` means that nothing was
/// measured.
#[derive(Debug, Serialize, ToSchema)]
struct SiteSummary {
    /// `LL`, `LS` or `MT`.
    code: &'static str,
    nom: String,
    region: String,
    lots_en_cours: i64,
    /// Gaveurs with at least one such lot.
    gaveurs: i64,
    canards_vivants: Option<i64>,
    /// g, one decimal.
    poids_moyen: Option<f64>,
    /// Cumulated, %, two decimals.
    taux_mortalite: Option<f64>,
    dernier_releve: Option<Timestamp>,
    /// Open alerts.
    alertes_ouvertes: i64,
    /// Open critical alerts.
    alertes_critiques: i64,
    /// At least one of these lots is simulated.
    simule: bool,
}

impl From<SiteNow> for SiteSummary {
    fn from(now: SiteNow) -> Self {
        SiteSummary {
            code: now.site.as_str(),
            nom: now.nom,
            region: now.region,
            lots_en_cours: now.fed.lots_en_cours,
            gaveurs: now.gaveurs,
            canards_vivants: now.fed.canards_vivants,
            poids_moyen: now.fed.poids_moyen.map(one_decimal),
            taux_mortalite: now.fed.taux_mortalite.map(two_decimals),
            dernier_releve: now.fed.dernier_releve,
            alertes_ouvertes: now.fed.alertes_ouvertes,
            alertes_critiques: now.alertes_critiques,
            simule: now.fed.simule,
        }
    }
}

/// Sites
///
/// The three sites with the figures of their lots being fed (`en_gavage`). Means are weighted by head count over the lots' current state;
/// `null` if nothing was measured.
#[utoipa::path(
    get,
    path = "/api/euralis/sites",
    tag = "euralis",
    responses((status = 200, description = "By code", body = Vec<SiteAnswer>), ReadFailure)
)]
async fn list(view: View) -> Result<web::Json<Vec<SiteAnswer>>, ApiError> {
    let sites = sites::list(&view, None).await?;
    Ok(web::Json(sites.into_iter().map(site_answer).collect()))
}

/// A site, in our words and in those of older screens.
type SiteAnswer = Beside<SiteSummary, OldSite>;

fn site_answer(now: SiteNow) -> SiteAnswer {
    Beside {
        old: OldSite::new(&now),
        ours: now.into(),
    }
}

/// One site
#[utoipa::path(
    get,
    path = "/api/euralis/sites/{code}",
    tag = "euralis",
    params(("code" = String, Path, description = "`LL`, `LS` or `MT`", example = "LL")),
    responses(
        (status = 200, description = "Its figures over the lots that are being fed", body = SiteAnswer),
        (status = 404, description = "No such site", body = ErrorBody),
        ReadFailure
    )
)]
async fn get(view: View, path: web::Path<String>) -> Result<web::Json<SiteAnswer>, ApiError> {
    let site = known_site(&path)?;
    Ok(web::Json(site_answer(site_now(&view, site).await?)))
}

pub(super) fn known_site(code: &str) -> Result<Site, ApiError> {
    let unknown = |_| ApiError::NotFound(format!("there is no site {code:?}: LL, LS and MT are"));
    code.parse().map_err(unknown)
}

async fn site_now(view: &View, site: Site) -> Result<SiteNow, ApiError> {
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

/// Current figures of a site, and figures over a number of days. `null` means that nothing was measured.
#[derive(Debug, Serialize, ToSchema)]
struct SiteStats {
    #[serde(flatten)]
    site: SiteSummary,
    /// Start of the days, to which the figures below apply.
    depuis: Timestamp,
    /// Meals given.
    repas: i64,
    /// Meals with a head count, to which `mais_kg`, `dose_moyenne_g`, `ecart_dose` and `poids_moyen_repas` apply.
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
    /// Livers measured by the site's stations.
    foies: i64,
    /// Their mass in all, kg, one decimal.
    foie_mesure_kg: Option<f64>,
    /// Livers of all ducks of the lots that ended on the days: head count × mean of the weighed ones (ten at least), kg, one decimal.
    foie_estime_kg: Option<f64>,
    /// Lots that `foie_estime_kg` is of.
    lots_estimes: i64,
    /// Lots that ended on the days.
    lots_termines: i64,
    /// g, one decimal.
    masse_moyenne_g: Option<f64>,
    /// Mean of the final scores, two decimals.
    score_moyen: Option<f64>,
    /// Share of REJECT among the graded samples, 0–1.
    part_rejets: Option<f64>,
    /// Maize per duck over mean liver mass, g/g, weighted by head count over the lots whose last meal fell on these days and of which
    /// both are known, two decimals. Lower is better.
    itm: Option<f64>,
    /// Number of lots in `itm`.
    itm_lots: i64,
    /// At least one of the meals, samples or lots is simulated.
    periode_simulee: bool,
}

/// Figures of a site
///
/// Its lots being fed as under `/api/euralis/sites`, and the totals of the last `periode` calendar days.
#[utoipa::path(
    get,
    path = "/api/euralis/sites/{code}/stats",
    tag = "euralis",
    params(("code" = String, Path, description = "`LL`, `LS` or `MT`", example = "LL"), PeriodQuery),
    responses(
        (status = 200, description = "Now, and over the days", body = StatsAnswer),
        (status = 404, description = "No such site", body = ErrorBody),
        ReadFailure
    )
)]
async fn stats(
    view: View,
    state: State,
    path: web::Path<String>,
    query: web::Query<PeriodQuery>,
) -> Result<web::Json<StatsAnswer>, ApiError> {
    let site = known_site(&path)?;
    let days = state.last_days(params::periode(query.periode.as_deref(), 30)?);
    let filter = ItmFilter {
        site: Some(site),
        ..ItmFilter::default()
    };
    let now = site_now(&view, site).await?;
    let produced = production::by_day(&view, &days, Some(site)).await?;
    let lots = itm::list(&view, days.begin(), filter).await?;
    let filter = EndedFilter {
        site: Some(site),
        ..EndedFilter::default()
    };
    let ended = Yields::of(&lot_figures::ended(&view, days.begin(), filter).await?);
    let old = OldSiteStats::new(&now, &ended);
    let ours = site_stats(now, &days, &produced, &lots, &ended);
    Ok(web::Json(Beside { ours, old }))
}

/// Figures of a site, in our words and in those of older screens.
type StatsAnswer = Beside<SiteStats, OldSiteStats>;

fn site_stats(
    now: SiteNow,
    days: &Days,
    produced: &[production::SiteDay],
    lots: &[LotItm],
    ended: &Yields,
) -> SiteStats {
    let (meals, foies) = production::total(produced);
    SiteStats {
        site: now.into(),
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
        foie_mesure_kg: foies.masse_kg().map(one_decimal),
        foie_estime_kg: ended.foie_estime_kg.map(one_decimal),
        lots_estimes: ended.lots_estimes,
        lots_termines: ended.lots,
        masse_moyenne_g: foies.masse_moyenne().map(one_decimal),
        score_moyen: foies.score_moyen().map(two_decimals),
        part_rejets: foies.part_rejets(),
        itm: itm::mean(lots).map(two_decimals),
        itm_lots: itm::weighed(lots),
        periode_simulee: meals.simule
            || foies.simule
            || ended.simule
            || lots.iter().any(|lot| lot.simule),
    }
}

/// Lots of a site
#[utoipa::path(
    get,
    path = "/api/euralis/sites/{code}/lots",
    tag = "euralis",
    params(("code" = String, Path, description = "`LL`, `LS` or `MT`", example = "LL"), SupervisedQuery),
    responses(
        (status = 200, description = "Newest lot first", body = Vec<OldAndNewLot>),
        (status = 404, description = "No such site", body = ErrorBody),
        ReadFailure
    )
)]
async fn lots_of_site(
    view: View,
    path: web::Path<String>,
    query: web::Query<SupervisedQuery>,
) -> Result<web::Json<Vec<OldAndNewLot>>, ApiError> {
    let site = known_site(&path)?;
    supervised_lots::listed(&view, &query, Some(site)).await
}
