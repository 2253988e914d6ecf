//! `/api/euralis/gaveurs`: a comparison of gaveurs, and one in detail.

use super::{
    error::{ApiError, ErrorBody, ReadFailure},
    old_screens::{
        Beside,
        lots::{self as old_lots, OldAndNewLot},
        supervision::{GaveurItm, OldPerformance, OldStanding},
    },
    params,
    state::ApiState,
};
use crate::{
    domain::{
        access::Policy,
        rounding::{one_decimal, two_decimals},
        yields::{EndedLot, Yields},
    },
    store::{
        gaveurs::{self, GaveurNow},
        itm::{self, ItmFilter, LotItm},
        lot_figures::{self, EndedFilter},
        lots::{self, LotFilter},
        view::View,
    },
};
use actix_web::web;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

type State = web::Data<ApiState>;

/// How many of the newest lots a gaveur's details include.
const LOTS: i64 = 100;

pub fn configure(cfg: &mut web::ServiceConfig) {
    super::get(
        cfg,
        "/api/euralis/gaveurs/performances",
        Policy::Supervision,
        performances,
    );
    super::get(
        cfg,
        "/api/euralis/gaveurs/{gaveur_id}/analytics",
        Policy::Supervision,
        analytics,
    );
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct PeriodQuery {
    /// Calendar days in the configured zone, today included.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 365, default = 90)]
    periode: Option<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ComparisonQuery {
    /// `LL`, `LS` or `MT`.
    site: Option<String>,
    #[param(value_type = Option<i64>, minimum = 1, maximum = 1000, default = 100)]
    limit: Option<String>,
    /// How many of the first to skip.
    #[param(value_type = Option<i64>, minimum = 0, maximum = 1000000, default = 0)]
    offset: Option<String>,
}

/// A gaveur with the figures of his lots that are being fed. Means are weighted by head count; `null` means that nothing was measured.
#[derive(Debug, Serialize, ToSchema)]
struct GaveurSummary {
    gaveur_id: i32,
    nom: String,
    /// `LL`, `LS` or `MT`.
    site_code: &'static str,
    lots_en_cours: i64,
    canards_vivants: Option<i64>,
    /// g, one decimal.
    poids_moyen: Option<f64>,
    /// Cumulated, %, two decimals.
    taux_mortalite: Option<f64>,
    dernier_releve: Option<Timestamp>,
    /// Open alerts of his lots.
    alertes_ouvertes: i64,
    /// At least one of these lots is simulated.
    simule: bool,
}

impl From<&GaveurNow> for GaveurSummary {
    fn from(now: &GaveurNow) -> Self {
        GaveurSummary {
            gaveur_id: now.gaveur_id,
            nom: now.nom.clone(),
            site_code: now.site.as_str(),
            lots_en_cours: now.fed.lots_en_cours,
            canards_vivants: now.fed.canards_vivants,
            poids_moyen: now.fed.poids_moyen.map(one_decimal),
            taux_mortalite: now.fed.taux_mortalite.map(two_decimals),
            dernier_releve: now.fed.dernier_releve,
            alertes_ouvertes: now.fed.alertes_ouvertes,
            simule: now.fed.simule,
        }
    }
}

/// Figures of a gaveur's lots being fed, and the yield of those whose last meal was within a number of days.
#[derive(Debug, Serialize, ToSchema)]
struct Performance {
    #[serde(flatten)]
    gaveur: GaveurSummary,
    /// Maize per duck over mean liver mass, g/g, weighted by head count over the lots whose last meal fell on the days and of which
    /// both are known, two decimals. Lower is better; `null` without such a lot.
    itm: Option<f64>,
    /// Number of lots in `itm`.
    itm_lots: i64,
    /// At least one of those is simulated.
    itm_simule: bool,
}

fn performance(gaveur: &GaveurNow, lots: &[LotItm]) -> Performance {
    let own = || lots.iter().filter(|lot| lot.gaveur_id == gaveur.gaveur_id);
    Performance {
        itm: itm::mean(own()).map(two_decimals),
        itm_lots: itm::weighed(own()),
        itm_simule: own().any(|lot| lot.simule),
        gaveur: gaveur.into(),
    }
}

/// Gaveurs compared
///
/// The best ITM first; gaveurs without one last, by id.
#[utoipa::path(
    get,
    path = "/api/euralis/gaveurs/performances",
    tag = "euralis",
    params(PeriodQuery, ComparisonQuery),
    responses((status = 200, description = "The first of them", body = Vec<PerformanceAnswer>), ReadFailure)
)]
async fn performances(
    view: View,
    state: State,
    query: web::Query<PeriodQuery>,
    which: web::Query<ComparisonQuery>,
) -> Result<web::Json<Vec<PerformanceAnswer>>, ApiError> {
    let days = state.last_days(params::periode(query.periode.as_deref(), 90)?);
    let site = params::site(which.site.as_deref())?;
    let limit = params::limit(which.limit.as_deref(), 100, 1..=1000)?;
    let offset = params::offset(which.offset.as_deref())?;
    let mut gaveurs = gaveurs::list(&view, None).await?;
    gaveurs.retain(|gaveur| site.is_none_or(|site| gaveur.site == site));
    let lots = itm::list(&view, days.begin(), ItmFilter::default()).await?;
    let each = gaveurs.iter().map(|now| (now, performance(now, &lots)));
    let mut performances: Vec<_> = each.collect();
    let yields = |one: &Performance| one.itm.unwrap_or(f64::INFINITY);
    performances.sort_by(|(_, one), (_, other)| yields(one).total_cmp(&yields(other)));
    let ended = lot_figures::ended(&view, days.begin(), EndedFilter::default()).await?;
    let page = performances.into_iter().skip(offset as usize);
    let page = page.take(limit as usize);
    let answers = page.map(|(now, ours)| answer(now, ours, &ended));
    Ok(web::Json(answers.collect()))
}

/// A gaveur beside the others, in our words and in those of older screens.
type PerformanceAnswer = Beside<Performance, OldPerformance>;

fn answer(now: &GaveurNow, ours: Performance, ended: &[EndedLot]) -> PerformanceAnswer {
    let own = ended.iter().filter(|lot| lot.gaveur_id == now.gaveur_id);
    let old = OldPerformance::new(now, &Yields::of(own));
    Beside { ours, old }
}

/// One gaveur in detail.
#[derive(Debug, Serialize, ToSchema)]
struct GaveurAnalytics {
    #[serde(flatten)]
    performance: PerformanceAnswer,
    #[serde(flatten)]
    standing: OldStanding,
    /// Begin of the days that `itm` and `rendements` are of.
    depuis: Timestamp,
    /// The lots in `itm`, the latest first, and those without a head count.
    rendements: Vec<Rendement>,
    /// The newest lots in any state, at most 100; `statut` is `en_cours` where a lot is being fed.
    lots: Vec<OldAndNewLot>,
}

/// The yield of a lot.
#[derive(Debug, Serialize, ToSchema)]
struct Rendement {
    code_lot: String,
    /// Its last meal.
    dernier_releve: Timestamp,
    /// Total maize per duck, g, one decimal.
    mais_g_par_canard: f64,
    /// Mean liver mass, g, one decimal.
    masse_moyenne_g: f64,
    /// g/g, two decimals. Lower is better.
    itm: f64,
    simule: bool,
}

impl From<&LotItm> for Rendement {
    fn from(lot: &LotItm) -> Self {
        Rendement {
            code_lot: lot.code_lot.clone(),
            dernier_releve: lot.dernier_releve,
            mais_g_par_canard: one_decimal(lot.mais_g_par_canard),
            masse_moyenne_g: one_decimal(lot.masse_moyenne_g),
            itm: two_decimals(lot.itm),
            simule: lot.simule,
        }
    }
}

/// A gaveur in detail
#[utoipa::path(
    get,
    path = "/api/euralis/gaveurs/{gaveur_id}/analytics",
    tag = "euralis",
    params(("gaveur_id" = i32, Path, minimum = 0), PeriodQuery),
    responses(
        (status = 200, description = "His lots, and their yield", body = GaveurAnalytics),
        (status = 404, description = "No such gaveur", body = ErrorBody),
        ReadFailure
    )
)]
async fn analytics(
    view: View,
    state: State,
    path: web::Path<String>,
    query: web::Query<PeriodQuery>,
) -> Result<web::Json<GaveurAnalytics>, ApiError> {
    let gaveur_id = params::gaveur_id(&path)?;
    let days = state.last_days(params::periode(query.periode.as_deref(), 90)?);
    let gaveur = known_gaveur(&view, gaveur_id).await?;
    let filter = ItmFilter {
        gaveur_id: Some(gaveur_id),
        ..ItmFilter::default()
    };
    let weighed = itm::list(&view, days.begin(), filter).await?;
    let filter = LotFilter {
        gaveur_id: Some(gaveur_id),
        ..LotFilter::default()
    };
    let lots = lots::list(&view, filter, LOTS).await?;
    let everybody = gaveurs::list(&view, None).await?;
    let ended = lot_figures::ended(&view, days.begin(), EndedFilter::default()).await?;
    Ok(web::Json(GaveurAnalytics {
        standing: standing(&gaveur, &everybody, &ended),
        performance: answer(&gaveur, performance(&gaveur, &weighed), &ended),
        depuis: days.begin(),
        rendements: weighed.iter().map(Rendement::from).collect(),
        lots: old_lots::supervised(&view, lots).await?,
    }))
}

fn standing(own: &GaveurNow, all: &[GaveurNow], ended: &[EndedLot]) -> OldStanding {
    let of_site = |lot: &&EndedLot| lot.site == own.site;
    let itms = all.iter().map(|gaveur| {
        let lots = ended.iter().filter(|lot| lot.gaveur_id == gaveur.gaveur_id);
        GaveurItm {
            gaveur_id: gaveur.gaveur_id,
            is_of_site: gaveur.site == own.site,
            itm: Yields::of(lots).itm,
        }
    });
    let itms: Vec<_> = itms.collect();
    let site = Yields::of(ended.iter().filter(of_site));
    OldStanding::new(own.gaveur_id, &itms, &site, &Yields::of(ended))
}

/// # Errors
/// There is no such gaveur, or no answer of the database.
pub async fn known_gaveur(view: &View, gaveur_id: i32) -> Result<GaveurNow, ApiError> {
    let found = gaveurs::list(view, Some(gaveur_id)).await?;
    let unknown = || ApiError::NotFound(format!("there is no gaveur {gaveur_id}"));
    found.into_iter().next().ok_or_else(unknown)
}
