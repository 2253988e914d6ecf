//! `/api/euralis/lots`: lots with supervision's word `en_cours` for `en_gavage`.

use super::{
    error::{ApiError, ErrorBody, ReadFailure},
    lots::known_lot,
    old_screens::lots::{self as old_lots, OldAndNewLot, OldDose},
    params,
};
use crate::{
    domain::{access::Policy, reading::Reading, rounding::one_decimal, site::Site},
    store::{
        lots::{self, LotFilter},
        meals,
        view::View,
    },
};
use actix_web::web;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

pub fn configure(cfg: &mut web::ServiceConfig) {
    super::get(cfg, "/api/euralis/lots", Policy::Sites, list);
    super::get(cfg, "/api/euralis/lots/{lot}", Policy::Sites, get);
    super::get(cfg, "/api/euralis/lots/{lot}/doses", Policy::Sites, doses);
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SupervisedQuery {
    /// Only lots in this state: `planifie`, `en_preparation`, `en_cours`, `pret_abattage`, `abattu`, `controle_qualite`, `clos` or
    /// `annule`. The farmers' `en_gavage` means `en_cours`; `termine` means every lot whose feeding has ended.
    statut: Option<String>,
    #[param(value_type = Option<i64>, minimum = 1, maximum = 1000, default = 100)]
    limit: Option<String>,
    /// How many of the newest to skip.
    #[param(value_type = Option<i64>, minimum = 0, maximum = 1000000, default = 0)]
    offset: Option<String>,
}

/// The newest lot first.
///
/// # Errors
/// A parameter is invalid, or the database does not answer.
pub async fn listed(
    view: &View,
    query: &SupervisedQuery,
    site: Option<Site>,
) -> Result<web::Json<Vec<OldAndNewLot>>, ApiError> {
    let filter = LotFilter {
        statuts: params::statut(query.statut.as_deref())?,
        offset: params::offset(query.offset.as_deref())?,
        site,
        ..LotFilter::default()
    };
    let limit = params::limit(query.limit.as_deref(), 100, 1..=1000)?;
    let lots = lots::list(view, filter, limit).await?;
    Ok(web::Json(old_lots::supervised(view, lots).await?))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct SiteQuery {
    /// `LL`, `LS` or `MT`.
    site: Option<String>,
}

/// Lots of all sites
///
/// As under `/api/lots/`, but `statut` is `en_cours` for a lot being fed.
#[utoipa::path(
    get,
    path = "/api/euralis/lots",
    tag = "euralis",
    params(SupervisedQuery, SiteQuery),
    responses((status = 200, description = "Newest lot first", body = Vec<OldAndNewLot>), ReadFailure)
)]
async fn list(
    view: View,
    query: web::Query<SupervisedQuery>,
    site: web::Query<SiteQuery>,
) -> Result<web::Json<Vec<OldAndNewLot>>, ApiError> {
    let site = params::site(site.site.as_deref())?;
    listed(&view, &query, site).await
}

/// One lot
///
/// As under `/api/lots/`, but `statut` is `en_cours` if it is being fed.
#[utoipa::path(
    get,
    path = "/api/euralis/lots/{lot}",
    tag = "euralis",
    params(("lot" = String, Path, description = "`code_lot`, or the numeric `id`", example = "LL4801665")),
    responses(
        (status = 200, description = "The lot in the state of its most advanced meal", body = OldAndNewLot),
        (status = 404, description = "No such lot", body = ErrorBody),
        ReadFailure
    )
)]
async fn get(view: View, path: web::Path<String>) -> Result<web::Json<OldAndNewLot>, ApiError> {
    let lot = known_lot(&view, &path).await?;
    let mut lots = old_lots::supervised(&view, vec![lot]).await?;
    lots.pop().map(web::Json).ok_or(ApiError::Internal)
}

/// The dose of a lot at one meal.
#[derive(Debug, Serialize, ToSchema)]
struct Dose {
    /// Day of the lot: −1 is preparation, 0 the first feeding day.
    jour: i32,
    /// `matin` or `soir`.
    moment: &'static str,
    time: Timestamp,
    /// Planned maize, g per duck; `null` if none was planned.
    dose_theorique: Option<f64>,
    /// Given maize, g per duck.
    dose_reelle: f64,
    /// (given − planned) / planned, in % with one decimal.
    ecart_dose: Option<f64>,
    simule: bool,
    #[serde(flatten)]
    old: OldDose,
}

impl From<Reading> for Dose {
    fn from(meal: Reading) -> Self {
        Dose {
            jour: meal.jour,
            moment: meal.moment.as_str(),
            time: meal.horodatage.instant,
            dose_theorique: meal.dose_theorique,
            dose_reelle: meal.dose_reelle,
            ecart_dose: meal.ecart_dose().map(one_decimal),
            simule: meal.simule,
            old: OldDose {
                jour_gavage: meal.jour + 1,
                feed_target: meal.dose_theorique,
                feed_real: meal.dose_reelle,
                corn_variation: meal
                    .dose_theorique
                    .map(|planned| meal.dose_reelle - planned),
            },
        }
    }
}

/// Doses of a lot
///
/// The feeding curve: planned and given maize, meal by meal.
#[utoipa::path(
    get,
    path = "/api/euralis/lots/{lot}/doses",
    tag = "euralis",
    params(("lot" = String, Path, description = "`code_lot`, or the numeric `id`", example = "LL4801665")),
    responses(
        (status = 200, description = "Oldest meal first", body = Vec<Dose>),
        (status = 404, description = "No such lot", body = ErrorBody),
        ReadFailure
    )
)]
async fn doses(view: View, path: web::Path<String>) -> Result<web::Json<Vec<Dose>>, ApiError> {
    let lot = known_lot(&view, &path).await?;
    let meals = meals::list_by_lot(&view, lot.id).await?;
    let doses = meals.into_iter().map(|meal| Dose::from(meal.reading));
    Ok(web::Json(doses.collect()))
}
