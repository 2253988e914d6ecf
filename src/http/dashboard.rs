//! `/api/euralis/dashboard`: key figures and charts over all sites.

use super::{
    error::{ApiError, ReadFailure},
    old_screens::{
        Beside,
        supervision::{OldDate, OldKpis},
    },
    params,
    state::ApiState,
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
        feeding::{self, FeedingNow},
        itm::{self, ItmFilter, LotItm},
        lot_figures::{self, EndedFilter},
        production::{self, SiteDay},
        view::View,
    },
};
use actix_web::web;
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};

type State = web::Data<ApiState>;

/// Number of days of the key figures.
const KPI_DAYS: i64 = 30;

pub fn configure(cfg: &mut web::ServiceConfig) {
    super::get(
        cfg,
        "/api/euralis/dashboard/kpis",
        Policy::Supervision,
        kpis,
    );
    super::get(
        cfg,
        "/api/euralis/dashboard/charts/production",
        Policy::Supervision,
        production_chart,
    );
    super::get(
        cfg,
        "/api/euralis/dashboard/charts/itm",
        Policy::Supervision,
        itm_chart,
    );
}

/// The lots being fed, and what requires attention. Means are weighted by head count; `null` means that nothing was measured.
#[derive(Debug, Serialize, ToSchema)]
struct Feeding {
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
    /// Lots that wait for quality control.
    lots_en_attente: i64,
    /// Lots that are being inspected.
    lots_en_controle: i64,
}

impl From<FeedingNow> for Feeding {
    fn from(now: FeedingNow) -> Self {
        Feeding {
            lots_en_cours: now.fed.lots_en_cours,
            gaveurs: now.gaveurs,
            canards_vivants: now.fed.canards_vivants,
            poids_moyen: now.fed.poids_moyen.map(one_decimal),
            taux_mortalite: now.fed.taux_mortalite.map(two_decimals),
            dernier_releve: now.fed.dernier_releve,
            alertes_ouvertes: now.fed.alertes_ouvertes,
            alertes_critiques: now.alertes_critiques,
            lots_en_attente: now.lots_en_attente,
            lots_en_controle: now.lots_en_controle,
        }
    }
}

/// Key figures. `null` means that nothing was measured.
#[derive(Debug, Serialize, ToSchema)]
struct Kpis {
    #[serde(flatten)]
    feeding: Feeding,
    /// Start of the last 30 calendar days, to which the figures below apply.
    depuis: Timestamp,
    /// Meals given.
    repas: i64,
    /// Meals with a head count, to which `mais_kg` applies.
    repas_comptes: i64,
    /// Maize given: dose × ducks alive, summed, kg, one decimal.
    mais_kg: Option<f64>,
    /// Livers measured by the sites' stations.
    foies: i64,
    /// Their mass in all, kg, one decimal.
    foie_mesure_kg: Option<f64>,
    /// Livers of all ducks of the lots that ended on the days: head count × mean of the weighed ones (ten at least), kg, one decimal.
    foie_estime_kg: Option<f64>,
    /// Lots that `foie_estime_kg` is of.
    lots_estimes: i64,
    /// Lots that ended on the days.
    lots_termines: i64,
    /// Maize per duck over mean liver mass, g/g, weighted by head count over the lots whose last meal fell on these days and of which
    /// both are known, two decimals. Lower is better.
    itm: Option<f64>,
    /// Number of lots in `itm`.
    itm_lots: i64,
    /// At least one of the lots, meals or samples is simulated.
    simule: bool,
}

/// Key figures of all sites
///
/// The lots being fed now, with means weighted by head count over their current state; what requires attention; and the totals of the
/// last 30 calendar days, today included.
#[utoipa::path(
    get,
    path = "/api/euralis/dashboard/kpis",
    tag = "euralis",
    responses((status = 200, description = "Now, and over 30 days", body = KpisAnswer), ReadFailure)
)]
async fn kpis(view: View, state: State) -> Result<web::Json<KpisAnswer>, ApiError> {
    let days = state.last_days(KPI_DAYS);
    let feeding = feeding::sum_up(&view).await?;
    let produced = production::by_day(&view, &days, None).await?;
    let lots = itm::list(&view, days.begin(), ItmFilter::default()).await?;
    let (meals, foies) = production::total(&produced);
    let ended = lot_figures::ended(&view, days.begin(), EndedFilter::default()).await?;
    let ended = Yields::of(&ended);
    let old = OldKpis::new(&feeding, &ended);
    let is_fed_simulated = feeding.fed.simule || meals.simule;
    let ours = Kpis {
        simule: is_fed_simulated || foies.simule || lots.iter().any(|lot| lot.simule),
        feeding: feeding.into(),
        depuis: days.begin(),
        repas: meals.releves,
        repas_comptes: meals.releves_comptes,
        mais_kg: meals.mais_kg().map(one_decimal),
        foies: foies.echantillons,
        foie_mesure_kg: foies.masse_kg().map(one_decimal),
        foie_estime_kg: ended.foie_estime_kg.map(one_decimal),
        lots_estimes: ended.lots_estimes,
        lots_termines: ended.lots,
        itm: itm::mean(&lots).map(two_decimals),
        itm_lots: itm::weighed(&lots),
    };
    Ok(web::Json(Beside { ours, old }))
}

/// Key figures, in our words and in those of older screens.
type KpisAnswer = Beside<Kpis, OldKpis>;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ChartQuery {
    /// Calendar days in the configured zone, today included; default 30 for production, 90 for ITM.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 365)]
    periode: Option<String>,
    /// `LL`, `LS` or `MT`; all if absent.
    site: Option<String>,
}

/// Meals of one site and measurements of its stations on one day. `null` means that nothing was measured.
#[derive(Debug, Serialize, ToSchema)]
struct ProductionDay {
    /// Calendar day in the configured zone.
    jour: Date,
    /// `LL`, `LS` or `MT`.
    site_code: &'static str,
    /// Meals given.
    repas: i64,
    /// Meals with a head count, to which `mais_kg` applies.
    repas_comptes: i64,
    /// Maize given: dose × ducks alive, summed, kg, one decimal.
    mais_kg: Option<f64>,
    /// Livers measured.
    foies: i64,
    /// Their mass in all, kg, one decimal.
    foie_mesure_kg: Option<f64>,
    /// At least one of the meals or samples is simulated.
    simule: bool,
    #[serde(flatten)]
    old: OldDate,
}

impl From<&SiteDay> for ProductionDay {
    fn from(day: &SiteDay) -> Self {
        ProductionDay {
            jour: day.jour,
            site_code: day.site.as_str(),
            repas: day.meals.releves,
            repas_comptes: day.meals.releves_comptes,
            mais_kg: day.meals.mais_kg().map(one_decimal),
            foies: day.foies.echantillons,
            foie_mesure_kg: day.foies.masse_kg().map(one_decimal),
            simule: day.meals.simule || day.foies.simule,
            old: OldDate { date: day.jour },
        }
    }
}

/// Production by day
///
/// One element for every day and site, also without data. A meal or sample belongs to the day in which its hour begins.
#[utoipa::path(
    get,
    path = "/api/euralis/dashboard/charts/production",
    tag = "euralis",
    params(ChartQuery),
    responses((status = 200, description = "Oldest day first, then by site", body = Vec<ProductionDay>), ReadFailure)
)]
async fn production_chart(
    view: View,
    state: State,
    query: web::Query<ChartQuery>,
) -> Result<web::Json<Vec<ProductionDay>>, ApiError> {
    let site = params::site(query.site.as_deref())?;
    let days = state.last_days(params::periode(query.periode.as_deref(), 30)?);
    let produced = production::by_day(&view, &days, site).await?;
    Ok(web::Json(
        produced.iter().map(ProductionDay::from).collect(),
    ))
}

/// The lots of one site whose last meal was on one day.
#[derive(Debug, Serialize, ToSchema)]
struct ItmDay {
    /// Calendar day of the last meals in the configured zone.
    jour: Date,
    /// `LL`, `LS` or `MT`.
    site_code: &'static str,
    /// Maize per duck over mean liver mass, g/g, weighted by head count, two decimals. Lower is better. `null` if no lot has a head
    /// count.
    itm: Option<f64>,
    /// Number of lots in `itm`.
    lots: i64,
    /// At least one of them is simulated.
    simule: bool,
    #[serde(flatten)]
    old: OldDate,
}

/// ITM by day
///
/// Lots with known maize (every meal) and mean liver mass (samples), on the day of their last meal; days without such a lot are omitted.
#[utoipa::path(
    get,
    path = "/api/euralis/dashboard/charts/itm",
    tag = "euralis",
    params(ChartQuery),
    responses((status = 200, description = "Oldest day first, then by site", body = Vec<ItmDay>), ReadFailure)
)]
async fn itm_chart(
    view: View,
    state: State,
    query: web::Query<ChartQuery>,
) -> Result<web::Json<Vec<ItmDay>>, ApiError> {
    let site = params::site(query.site.as_deref())?;
    let days = state.last_days(params::periode(query.periode.as_deref(), 90)?);
    let filter = ItmFilter {
        site,
        ..ItmFilter::default()
    };
    let lots = itm::list(&view, days.begin(), filter).await?;
    Ok(web::Json(itm_days(&lots, &days)))
}

fn itm_days(lots: &[LotItm], days: &Days) -> Vec<ItmDay> {
    let mut groups: BTreeMap<(Date, Site), Vec<&LotItm>> = BTreeMap::new();
    for lot in lots {
        if let Some(index) = days.index_of(lot.dernier_releve) {
            let group = groups.entry((days.dates()[index], lot.site));
            group.or_default().push(lot);
        }
    }
    groups
        .into_iter()
        .map(|((jour, site), lots)| ItmDay {
            jour,
            site_code: site.as_str(),
            itm: itm::mean(lots.iter().copied()).map(two_decimals),
            lots: itm::weighed(lots.iter().copied()),
            simule: lots.iter().any(|lot| lot.simule),
            old: OldDate { date: jour },
        })
        .collect()
}
