//! `/api/euralis/sites/compare`: the three sites by one figure.

use super::{
    error::{ApiError, ReadFailure},
    old_screens::{Beside, supervision::OldComparedSite},
    params,
    state::ApiState,
};
use crate::{
    domain::{
        access::Policy,
        calendar::Days,
        rounding::{one_decimal, two_decimals},
        site::Site,
        words::words,
        yields::Yields,
    },
    store::{
        itm::{self, ItmFilter, LotItm},
        lot_figures::{self, EndedFilter},
        sites::{self, SiteNow},
        view::View,
    },
};
use actix_web::web;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

type State = web::Data<ApiState>;

pub fn configure(cfg: &mut web::ServiceConfig) {
    super::get(cfg, "/api/euralis/sites/compare", Policy::Sites, compare);
}

words! {
    /// What sites are compared by.
    enum Metrique {
        Itm = "itm",
        Mortalite = "mortalite",
        Production = "production",
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct CompareQuery {
    /// `itm`, `mortalite` or `production`.
    #[param(value_type = Option<String>, default = "itm")]
    metrique: Option<String>,
    /// Calendar days in the configured zone, today included; ignored for `mortalite`, which is current.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 365, default = 30)]
    periode: Option<String>,
}

/// One figure of a site.
#[derive(Debug, Serialize, ToSchema)]
struct ComparedSite {
    /// `LL`, `LS` or `MT`.
    #[schema(value_type = String)]
    site_code: Site,
    nom: String,
    /// `itm`, `mortalite` or `production`.
    #[schema(value_type = String)]
    metrique: Metrique,
    /// `null` when nothing was measured.
    valeur: Option<f64>,
    /// `g/g`, `%` or `kg`.
    unite: &'static str,
    /// Lots that the figure is of.
    nombre: i64,
    /// At least one of these is simulated.
    simule: bool,
}

/// Sites compared
///
/// `itm`: maize per duck over mean liver mass (g/g, two decimals, lower is better), weighted by head count over the lots whose last meal
/// fell on the days and of which both are known. `mortalite`: cumulated mortality (%, two decimals), weighted by head count over the
/// lots that are being fed. `production`: livers of all ducks of the lots that ended on the days, estimated from those that were weighed (kg,
/// one decimal).
#[utoipa::path(
    get,
    path = "/api/euralis/sites/compare",
    tag = "euralis",
    params(CompareQuery),
    responses((status = 200, description = "The three sites, by code", body = Vec<Compared>), ReadFailure)
)]
async fn compare(
    view: View,
    state: State,
    query: web::Query<CompareQuery>,
) -> Result<web::Json<Vec<Compared>>, ApiError> {
    let metrique = params::word("metrique", query.metrique.as_deref())?;
    let metrique = metrique.unwrap_or(Metrique::Itm);
    let days = state.last_days(params::periode(query.periode.as_deref(), 30)?);
    let ended = lot_figures::ended(&view, days.begin(), EndedFilter::default()).await?;
    let sites = sites::list(&view, None).await?;
    let yields = |site: Site| Yields::of(ended.iter().filter(|lot| lot.site == site));
    let compared = match metrique {
        Metrique::Mortalite => by_mortality(&sites),
        Metrique::Production => by_production(&sites, yields),
        Metrique::Itm => by_itm(&view, &days).await?,
    };
    let each = compared.into_iter().map(|ours| {
        let now = sites.iter().find(|now| now.site == ours.site_code);
        let mortality = now.and_then(|now| now.fed.taux_mortalite);
        let old = OldComparedSite::new(&ours.nom, mortality, &yields(ours.site_code));
        Beside { ours, old }
    });
    Ok(web::Json(ranked(each.collect(), metrique)))
}

/// A site by one figure, in our words and in those of older screens.
type Compared = Beside<ComparedSite, OldComparedSite>;

/// The most is the best of a production, and the least of the others.
fn ranked(mut sites: Vec<Compared>, metrique: Metrique) -> Vec<Compared> {
    let most_is_best = metrique == Metrique::Production;
    let key = |site: &Compared| match site.ours.valeur {
        Some(value) if most_is_best => -value,
        Some(value) => value,
        None => f64::INFINITY,
    };
    let mut order: Vec<usize> = (0..sites.len()).collect();
    order.sort_by(|a, b| key(&sites[*a]).total_cmp(&key(&sites[*b])));
    for (rank, index) in order.into_iter().enumerate() {
        sites[index].old.rank = rank + 1;
    }
    sites
}

fn by_mortality(sites: &[SiteNow]) -> Vec<ComparedSite> {
    let compared = sites.iter().map(|now| ComparedSite {
        site_code: now.site,
        nom: now.nom.clone(),
        metrique: Metrique::Mortalite,
        valeur: now.fed.taux_mortalite.map(two_decimals),
        unite: "%",
        nombre: now.fed.lots_en_cours,
        simule: now.fed.simule,
    });
    compared.collect()
}

fn by_production(sites: &[SiteNow], yields: impl Fn(Site) -> Yields) -> Vec<ComparedSite> {
    let compared = sites.iter().map(|now| {
        let ended = yields(now.site);
        ComparedSite {
            site_code: now.site,
            nom: now.nom.clone(),
            metrique: Metrique::Production,
            valeur: ended.foie_estime_kg.map(one_decimal),
            unite: "kg",
            nombre: ended.lots_estimes,
            simule: ended.simule,
        }
    });
    compared.collect()
}

async fn by_itm(view: &View, days: &Days) -> Result<Vec<ComparedSite>, ApiError> {
    let lots = itm::list(view, days.begin(), ItmFilter::default()).await?;
    let compared = view.sites().into_iter().map(|site| {
        let own: Vec<&LotItm> = lots.iter().filter(|lot| lot.site == site).collect();
        ComparedSite {
            site_code: site,
            nom: site.nom().to_owned(),
            metrique: Metrique::Itm,
            valeur: itm::mean(own.iter().copied()).map(two_decimals),
            unite: "g/g",
            nombre: itm::weighed(own.iter().copied()),
            simule: own.iter().any(|lot| lot.simule),
        }
    });
    Ok(compared.collect())
}
