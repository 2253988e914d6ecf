//! `/api/sqal/pending-lots`: the queue of quality control.

use super::{
    body::Given,
    caller::Caller,
    error::{ApiError, ErrorBody, ReadFailure},
    lots::known_lot,
    old_screens::quality::{OldInspectedLot, OldLots},
    params,
    sqal_figures::{GradeCounts, GradeShares},
    state::Commands,
};
use crate::{
    domain::{
        access::Policy,
        audit::Author,
        control::{Claimer, Granted, Stage},
        quality::{ByGrade, itm},
        rounding::{one_decimal, two_decimals},
    },
    store::{
        lot_quality::{self, ControlledLot},
        lot_samples::{self, LotSamples},
        lots, pending_lots,
        view::View,
    },
};
use actix_web::web;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

pub fn configure(cfg: &mut web::ServiceConfig) {
    super::get(cfg, "/api/sqal/pending-lots", Policy::Queue, list);
    super::get(cfg, "/api/sqal/lots", Policy::Quality, inspected);
    super::get(
        cfg,
        "/api/sqal/integration/lot/{lot}",
        Policy::Quality,
        integration,
    );
    super::get(
        cfg,
        "/api/sqal/integration/lots-aggregated",
        Policy::Quality,
        aggregated,
    );
    super::post(
        cfg,
        "/api/sqal/pending-lots/{code}/claim",
        Policy::Control,
        claim,
    );
    super::post(
        cfg,
        "/api/sqal/pending-lots/{code}/finish",
        Policy::Control,
        finish,
    );
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct PendingQuery {
    /// `pending`, `inspecting`, `inspected` or `rejected`; all if absent.
    status: Option<String>,
    #[param(value_type = Option<i64>, minimum = 1, maximum = 1000, default = 100)]
    limit: Option<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct LimitQuery {
    #[param(value_type = Option<i64>, minimum = 1, maximum = 1000, default = 50)]
    limit: Option<String>,
}

/// A lot in quality control, with the figures of its samples.
#[derive(Debug, Serialize, ToSchema)]
pub struct LotQuality<Grades = GradeCounts> {
    code_lot: String,
    lot_id: i64,
    /// `LL`, `LS` or `MT`.
    site_code: &'static str,
    gaveur_id: i32,
    gaveur_nom: String,
    /// `pending`, `inspecting`, `inspected` or `rejected`; `null` for a lot that was never queued.
    statut: Option<&'static str>,
    en_attente_depuis: Option<Timestamp>,
    /// The station or person who claimed it.
    prise_par: Option<String>,
    prise_le: Option<Timestamp>,
    terminee_le: Option<Timestamp>,
    echantillons: i64,
    grades: Grades,
    parts: GradeShares,
    /// Mean liver mass, g, one decimal.
    masse_moyenne_g: Option<f64>,
    /// Maize per duck over mean liver mass, g/g, two decimals; lower is better. `null` unless every meal of the lot is known.
    itm: Option<f64>,
    /// The lot was fed by a simulator.
    simule: bool,
}

impl<Grades: From<ByGrade>> From<ControlledLot> for LotQuality<Grades> {
    fn from(lot: ControlledLot) -> Self {
        LotQuality {
            code_lot: lot.code_lot,
            lot_id: lot.lot_id,
            site_code: lot.site.as_str(),
            gaveur_id: lot.gaveur_id,
            gaveur_nom: lot.gaveur_nom,
            statut: lot.stage.map(Stage::as_str),
            en_attente_depuis: lot.en_attente_depuis,
            prise_par: lot.prise_par,
            prise_le: lot.prise_le,
            terminee_le: lot.terminee_le,
            echantillons: lot.echantillons,
            grades: lot.grades.into(),
            parts: lot.grades.into(),
            masse_moyenne_g: lot.masse_moyenne_g.map(one_decimal),
            itm: itm(lot.mais_g_par_canard, lot.masse_moyenne_g).map(two_decimals),
            simule: lot.simule,
        }
    }
}

/// Lots in quality control
#[utoipa::path(
    get,
    path = "/api/sqal/pending-lots",
    tag = "sqal",
    params(PendingQuery),
    responses((status = 200, description = "Those that have waited longest first", body = Vec<LotQuality>), ReadFailure)
)]
async fn list(
    view: View,
    query: web::Query<PendingQuery>,
) -> Result<web::Json<Vec<LotQuality>>, ApiError> {
    let statut = params::word("status", query.status.as_deref())?;
    let limit = params::limit(query.limit.as_deref(), 100, 1..=1000)?;
    let lots = pending_lots::list(&view, statut, limit, false).await?;
    Ok(web::Json(lots.into_iter().map(LotQuality::from).collect()))
}

/// Lots with the figures of their quality control
#[utoipa::path(
    get,
    path = "/api/sqal/lots",
    tag = "sqal",
    params(LimitQuery),
    responses((status = 200, description = "Those queued last first", body = Vec<LotQuality>), ReadFailure)
)]
async fn inspected(
    view: View,
    query: web::Query<LimitQuery>,
) -> Result<web::Json<Vec<LotQuality>>, ApiError> {
    let limit = params::limit(query.limit.as_deref(), 50, 1..=1000)?;
    let lots = pending_lots::list(&view, None, limit, true).await?;
    Ok(web::Json(lots.into_iter().map(LotQuality::from).collect()))
}

/// Lots with the figures of their control, for older supervision screens
#[utoipa::path(
    get,
    path = "/api/sqal/integration/lots-aggregated",
    tag = "sqal",
    params(LimitQuery),
    responses((status = 200, description = "Those queued last first", body = OldLots), ReadFailure)
)]
async fn aggregated(
    view: View,
    query: web::Query<LimitQuery>,
) -> Result<web::Json<OldLots>, ApiError> {
    let limit = params::limit(query.limit.as_deref(), 50, 1..=1000)?;
    let lots = pending_lots::list(&view, None, limit, true).await?;
    let ids: Vec<_> = lots.iter().map(|lot| lot.lot_id).collect();
    let samples = lot_samples::of_lots(&view, &ids).await?;
    let none = LotSamples::default();
    let each = lots
        .iter()
        .map(|lot| OldInspectedLot::new(lot, samples.get(&lot.lot_id).unwrap_or(&none)));
    Ok(web::Json(each.collect::<Vec<_>>().into()))
}

/// What the samples of a lot add up to, for older screens
#[utoipa::path(
    get,
    path = "/api/sqal/integration/lot/{lot}",
    tag = "sqal",
    params(("lot" = String, Path, description = "`code_lot`, or the numeric `id`", example = "LL4801665")),
    responses(
        (status = 200, description = "Its samples so far", body = OldInspectedLot),
        (status = 404, description = "No such lot", body = ErrorBody),
        ReadFailure
    )
)]
async fn integration(
    view: View,
    path: web::Path<String>,
) -> Result<web::Json<OldInspectedLot>, ApiError> {
    let lot = known_lot(&view, &path).await?;
    let unknown = || ApiError::NotFound(format!("there is no lot {:?}", path.as_str()));
    let quality = lot_quality::get(&view, lot.id).await?.ok_or_else(unknown)?;
    let samples = lot_samples::of_lots(&view, &[lot.id]).await?;
    let samples = samples.get(&lot.id).cloned().unwrap_or_default();
    Ok(web::Json(OldInspectedLot::new(&quality, &samples)))
}

/// Body, or query parameters, of a claim.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes the body, which is read leniently")]
struct Claim {
    /// A quality station; its samples belong to the lot until it claims the next.
    station: Option<String>,
    /// A person instead of a station.
    par: Option<String>,
}

/// Claim a lot for quality control
///
/// Of all who ask, one gets it; asking again changes nothing for that one. By code it is the lot that waits longest.
#[utoipa::path(
    post,
    path = "/api/sqal/pending-lots/{code}/claim",
    tag = "sqal",
    params(("code" = String, Path, description = "`code_lot`, or the numeric `id` of a life")),
    request_body = Claim,
    responses(
        (status = 200, description = "The lot, claimed", body = LotQuality),
        (status = 404, description = "No such lot is in the queue", body = ErrorBody),
        (status = 409, description = "Somebody else has it, or its control is over", body = ErrorBody),
        ReadFailure
    )
)]
async fn claim(
    view: View,
    commands: web::Data<Commands>,
    path: web::Path<String>,
    given: Given,
    caller: Caller,
    author: Author,
) -> Result<web::Json<LotQuality>, ApiError> {
    let code = known_code(&view, &path).await?;
    let claimer = match given.optional_key("station")? {
        Some(name) => Claimer {
            name,
            is_station: true,
        },
        None => Claimer {
            name: given.name(&["par", "station", "who", "user"])?,
            is_station: false,
        },
    };
    if claimer.is_station {
        let own = caller.writing.admits_report(&claimer.name, None);
        own.map_err(|_| ApiError::Forbidden("of another station".to_owned()))?;
    }
    let granted = commands.claim(code.clone(), claimer, author).await?;
    answer(&view, &code, granted).await
}

/// Body or query parameters of the end of a control.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes the body, which is read leniently")]
struct Finish {
    /// The person who ends it.
    par: Option<String>,
}

/// End the control of a lot
///
/// The lot is `rejected` if more than half of its samples are REJECT or if none may be sold, otherwise `inspected`. Its open alerts are
/// closed.
#[utoipa::path(
    post,
    path = "/api/sqal/pending-lots/{code}/finish",
    tag = "sqal",
    params(("code" = String, Path, description = "`code_lot`, or the numeric `id` of a life")),
    request_body = Finish,
    responses(
        (status = 200, description = "The lot with its figures", body = LotQuality),
        (status = 404, description = "No such lot is in the queue", body = ErrorBody),
        (status = 409, description = "Nobody has claimed it yet", body = ErrorBody),
        ReadFailure
    )
)]
async fn finish(
    view: View,
    commands: web::Data<Commands>,
    path: web::Path<String>,
    _given: Given,
    author: Author,
) -> Result<web::Json<LotQuality>, ApiError> {
    let code = known_code(&view, &path).await?;
    let granted = commands.finish(code.clone(), author).await?;
    answer(&view, &code, granted).await
}

/// Whoever does not see a lot cannot change it either. Without a lot of this code it is the writer that says so.
async fn known_code(view: &View, path: &str) -> Result<String, ApiError> {
    let code = params::text("code", Some(path))?.ok_or_else(|| unknown(path))?;
    if view.is_limited() && lots::get(view, &code).await?.is_none() {
        return Err(unknown(path));
    }
    Ok(code)
}

fn unknown(code: &str) -> ApiError {
    ApiError::NotFound(format!("the lot {code:?} is not in the queue"))
}

async fn answer(
    view: &View,
    code: &str,
    granted: Granted,
) -> Result<web::Json<LotQuality>, ApiError> {
    match granted {
        Granted::Taken(reason) => Err(ApiError::Conflict(reason)),
        Granted::Unknown => Err(unknown(code)),
        Granted::Done(lot_id) => {
            let lot = lot_quality::get(view, lot_id).await?;
            let lot = lot.ok_or_else(|| unknown(code))?;
            Ok(web::Json(lot.into()))
        }
    }
}
