//! `/api/euralis/sites/compare`: the three sites by one figure.

use super::{
    error::{ApiError, ReadFailure},
    params,
    state::ApiState,
};
use crate::{
    domain::{
        access::Policy,
        calendar::Days,
        rounding::{one_decimal, two_decimals},
    },
    store::{
        itm::{self, ItmFilter, LotItm},
        production, sites,
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

const METRICS: [&str; 3] = ["itm", "mortalite", "production"];

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct CompareQuery {
    /// `itm`, `mortalite` or `production`.
    #[param(value_type = Option<String>, default = "itm")]
    metrique: Option<String>,
    /// Calendar days in the configured zone, today included; means nothing to `mortalite`, which is of now.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 365, default = 30)]
    periode: Option<String>,
}

/// A site by one figure.
#[derive(Debug, Serialize, ToSchema)]
struct ComparedSite {
    /// `LL`, `LS` or `MT`.
    site_code: String,
    nom: String,
    /// `itm`, `mortalite` or `production`.
    metrique: &'static str,
    /// `null` when nothing was measured.
    valeur: Option<f64>,
    /// `g/g`, `%` or `kg`.
    unite: &'static str,
    /// What the figure is of: lots for `itm` and `mortalite`, livers for `production`.
    nombre: i64,
    /// At least one of these is simulated.
    simule: bool,
}

/// Sites compared
///
/// `itm`: maize per duck over mean liver mass (g/g, two decimals, lower is better), weighted by head count over the lots whose last meal
/// fell on the days and of which both are known. `mortalite`: cumulated mortality (%, two decimals), weighted by head count over the
/// lots that are being fed. `production`: mass of the livers that the site's stations measured on the days (kg, one decimal).
#[utoipa::path(
    get,
    path = "/api/euralis/sites/compare",
    tag = "euralis",
    params(CompareQuery),
    responses((status = 200, description = "The three sites, by code", body = Vec<ComparedSite>), ReadFailure)
)]
async fn compare(
    view: View,
    state: State,
    query: web::Query<CompareQuery>,
) -> Result<web::Json<Vec<ComparedSite>>, ApiError> {
    let metrique = params::word("metrique", query.metrique.as_deref(), &METRICS)?;
    let days = state.last_days(params::periode(query.periode.as_deref(), 30)?);
    let compared = match metrique {
        Some("mortalite") => by_mortality(&view).await?,
        Some("production") => by_production(&view, &days).await?,
        _ => by_itm(&view, &days).await?,
    };
    Ok(web::Json(compared))
}

async fn by_mortality(view: &View) -> Result<Vec<ComparedSite>, ApiError> {
    let sites = sites::list(view, None).await?;
    let compared = sites.into_iter().map(|site| ComparedSite {
        site_code: site.code,
        nom: site.nom,
        metrique: "mortalite",
        valeur: site.taux_mortalite,
        unite: "%",
        nombre: site.lots_en_cours,
        simule: site.simule,
    });
    Ok(compared.collect())
}

async fn by_production(view: &View, days: &Days) -> Result<Vec<ComparedSite>, ApiError> {
    let produced = production::by_day(view, days, None).await?;
    let compared = view.sites().into_iter().map(|site| {
        let own = produced.iter().filter(|day| day.site == site);
        let (_, foies) = production::total(own);
        ComparedSite {
            site_code: site.code().to_owned(),
            nom: site.nom().to_owned(),
            metrique: "production",
            valeur: foies.masse_kg().map(one_decimal),
            unite: "kg",
            nombre: foies.masses,
            simule: foies.simule,
        }
    });
    Ok(compared.collect())
}

async fn by_itm(view: &View, days: &Days) -> Result<Vec<ComparedSite>, ApiError> {
    let lots = itm::list(view, days.begin(), ItmFilter::default()).await?;
    let compared = view.sites().into_iter().map(|site| {
        let own: Vec<&LotItm> = lots.iter().filter(|lot| lot.site == site).collect();
        ComparedSite {
            site_code: site.code().to_owned(),
            nom: site.nom().to_owned(),
            metrique: "itm",
            valeur: itm::mean(own.iter().copied()).map(two_decimals),
            unite: "g/g",
            nombre: itm::weighed(own.iter().copied()),
            simule: own.iter().any(|lot| lot.simule),
        }
    });
    Ok(compared.collect())
}
