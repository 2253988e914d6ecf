//! `/api/lots/{lot}/courbes`: the planned curves of a lot.

use super::{
    body::Text,
    error::{ApiError, ErrorBody, ReadFailure},
    lots::known_lot,
    params,
    saisies::{self, NotChanged},
    state::Commands,
};
use crate::{
    domain::{
        access::Policy,
        audit::Author,
        curve::{
            Decision, EtatCourbe,
            planning::{NotPlanned, Planning},
        },
        reading::ecart_dose,
        rounding::one_decimal,
        weighings::meal_rank,
    },
    protocol::courbe,
    store::{
        curves::{self, LotCurve},
        lots::StoredLot,
        meals::{self, StoredMeal},
        view::View,
    },
};
use actix_web::{HttpResponse, web};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

pub fn configure(cfg: &mut web::ServiceConfig) {
    super::get_and_post(
        cfg,
        "/api/lots/{lot}/courbes",
        (Policy::Lots, of_lot),
        (Policy::Meals, propose),
    );
    let path = "/api/lots/{lot}/courbes/{version}/valider";
    super::post(cfg, path, Policy::Supervision, approve);
    let path = "/api/lots/{lot}/courbes/{version}/rejeter";
    super::post(cfg, path, Policy::Supervision, reject);
}

/// The plan of a lot, what was given, and every version.
#[derive(Debug, Serialize, ToSchema)]
struct LotCurves {
    code_lot: String,
    /// The validated version; `null` without one.
    plan: Option<CurveVersion>,
    /// Oldest meal first.
    donnee: Vec<GivenDose>,
    /// The stream plans another dose of a meal than this plan, by more than 1 g.
    plan_diverge: bool,
    /// Oldest version first.
    versions: Vec<CurveVersion>,
}

/// One version of a curve.
#[derive(Debug, Serialize, ToSchema)]
pub struct CurveVersion {
    id: i64,
    version: i32,
    /// `en_attente`, `validee`, `rejetee` or `remplacee`.
    etat: &'static str,
    /// `mediane`, `copie`, `manuelle` or `recommandation`.
    source: &'static str,
    formule: Option<String>,
    /// g per duck.
    total_g: f64,
    points: Vec<CurvePoint>,
    cree_par: String,
    cree_le: Timestamp,
    decide_par: Option<String>,
    decide_le: Option<Timestamp>,
    commentaire: Option<String>,
}

/// The planned dose of a meal.
#[derive(Debug, Serialize, ToSchema)]
struct CurvePoint {
    /// Number of the meal in the curve, from 1.
    repas: usize,
    jour: i32,
    moment: &'static str,
    /// g per duck.
    dose_g: f64,
}

/// The given dose of a meal.
#[derive(Debug, Serialize, ToSchema)]
struct GivenDose {
    jour: i32,
    moment: &'static str,
    dose_g: f64,
    /// From the validated plan, %, one decimal; `null` without a planned dose.
    ecart_pct: Option<f64>,
}

impl From<&LotCurve> for CurveVersion {
    fn from(curve: &LotCurve) -> Self {
        let points = curve.curve.doses().into_iter().enumerate();
        let points = points.map(|(index, ((jour, moment), dose_g))| CurvePoint {
            repas: index + 1,
            jour,
            moment: moment.as_str(),
            dose_g,
        });
        CurveVersion {
            id: curve.id,
            version: curve.version,
            etat: curve.etat.as_str(),
            source: curve.source.as_str(),
            formule: curve.formule.clone(),
            total_g: one_decimal(curve.curve.total_g()),
            points: points.collect(),
            cree_par: curve.cree_par.clone(),
            cree_le: curve.cree_le,
            decide_par: curve.decide_par.clone(),
            decide_le: curve.decide_le,
            commentaire: curve.commentaire.clone(),
        }
    }
}

impl LotCurves {
    fn new(lot: StoredLot, curves: &[LotCurve], meals: &[StoredMeal]) -> Self {
        let plan = in_force(curves);
        let doses = plan.map(|plan| plan.curve.doses()).unwrap_or_default();
        let given = meals.iter().map(|meal| {
            let planned = doses.get(&meal.reading.position()).copied();
            GivenDose {
                jour: meal.reading.jour,
                moment: meal.reading.moment.as_str(),
                dose_g: meal.reading.dose_reelle,
                ecart_pct: ecart_dose(planned, meal.reading.dose_reelle).map(one_decimal),
            }
        });
        let diverges = |meal: &StoredMeal| {
            let planned = doses.get(&meal.reading.position());
            let told = meal.reading.dose_theorique;
            let doses = planned.zip(told);
            doses.is_some_and(|(planned, told)| (planned - told).abs() > 1.0)
        };
        LotCurves {
            code_lot: lot.code_lot,
            plan: plan.map(CurveVersion::from),
            donnee: given.collect(),
            plan_diverge: meals.iter().any(diverges),
            versions: curves.iter().map(CurveVersion::from).collect(),
        }
    }
}

/// The validated curve.
pub fn in_force(curves: &[LotCurve]) -> Option<&LotCurve> {
    curves.iter().find(|one| one.etat == EtatCourbe::Validee)
}

async fn shown(view: &View, lot: StoredLot) -> Result<LotCurves, ApiError> {
    let curves = curves::list(view, lot.id).await?;
    let mut meals = meals::list_by_lot(view, lot.id).await?;
    meals.sort_by_key(|meal| meal_rank(meal.reading.position()));
    Ok(LotCurves::new(lot, &curves, &meals))
}

/// Planned curves of a lot
#[utoipa::path(
    get,
    path = "/api/lots/{lot}/courbes",
    tag = "courbes",
    params(("lot" = String, Path, description = "`code_lot`, or the numeric `id`", example = "LL4801665")),
    responses(
        (status = 200, description = "The plan in force, what was given, every version", body = LotCurves),
        (status = 404, description = "No such lot", body = ErrorBody),
        ReadFailure
    )
)]
async fn of_lot(view: View, path: web::Path<String>) -> Result<web::Json<LotCurves>, ApiError> {
    let lot = known_lot(&view, &path).await?;
    Ok(web::Json(shown(&view, lot).await?))
}

/// A curve to propose: `total_g` and `nb_repas` for one in the shape of the medians, or the dose of each meal.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes the body, which is read leniently")]
struct ProposedCurve {
    /// Wanted maize, g per duck: 5,000–10,500.
    total_g: Option<f64>,
    /// 14–22.
    nb_repas: Option<i32>,
    /// g per duck, 14–32 doses of 1–600 g; from one to the next at most 50 g or 15 %.
    points_g: Option<Vec<f64>>,
    /// Place of the first meal: 2 × `jour`, + 1 in the evening; 0 if it is left out.
    premier_repas: Option<i32>,
    /// `manuelle` if it is left out.
    source: Option<String>,
    commentaire: Option<String>,
    par: Option<String>,
}

/// Propose a curve
///
/// A supervisor decides about it. A lot that is being fed keeps the planned doses of the meals that were given.
#[utoipa::path(
    post,
    path = "/api/lots/{lot}/courbes",
    tag = "courbes",
    params(("lot" = String, Path, description = "`code_lot`, or the numeric `id`", example = "LL4801665")),
    request_body = ProposedCurve,
    responses(
        (status = 201, description = "All curves of the lot", body = LotCurves),
        NotChanged
    )
)]
async fn propose(
    view: View,
    commands: web::Data<Commands>,
    path: web::Path<String>,
    body: Text,
    author: Author,
) -> Result<HttpResponse, ApiError> {
    let lot = known_lot(&view, &path).await?;
    let planning = match courbe::proposal(&body.0) {
        Ok(planning) => planning,
        Err(fault) => return Ok(saisies::unreadable(&fault)),
    };
    match plan(&commands, &lot, planning, author).await? {
        Ok(_) => Ok(HttpResponse::Created().json(shown(&view, lot).await?)),
        Err(refused) => refusal(refused),
    }
}

/// The address of a version.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct Version {
    /// `code_lot`, or the numeric `id`
    #[param(example = "LL4801665")]
    lot: String,
    #[param(value_type = i32, minimum = 1)]
    version: String,
}

/// A decision about a curve.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes the body, which is read leniently")]
struct CurveDecision {
    /// A rejection needs one.
    commentaire: Option<String>,
    par: Option<String>,
}

/// Validate a curve
///
/// It takes the place of the one in force.
#[utoipa::path(
    post,
    path = "/api/lots/{lot}/courbes/{version}/valider",
    tag = "courbes",
    params(Version),
    request_body = CurveDecision,
    responses(
        (status = 200, description = "All curves of the lot", body = LotCurves),
        NotChanged
    )
)]
async fn approve(
    view: View,
    commands: web::Data<Commands>,
    path: web::Path<Version>,
    body: Text,
    author: Author,
) -> Result<HttpResponse, ApiError> {
    decide(view, &commands, &path, &body.0, author, Decision::Valider).await
}

/// Reject a curve
#[utoipa::path(
    post,
    path = "/api/lots/{lot}/courbes/{version}/rejeter",
    tag = "courbes",
    params(Version),
    request_body = CurveDecision,
    responses(
        (status = 200, description = "All curves of the lot", body = LotCurves),
        NotChanged
    )
)]
async fn reject(
    view: View,
    commands: web::Data<Commands>,
    path: web::Path<Version>,
    body: Text,
    author: Author,
) -> Result<HttpResponse, ApiError> {
    decide(view, &commands, &path, &body.0, author, Decision::Rejeter).await
}

async fn decide(
    view: View,
    commands: &Commands,
    named: &Version,
    body: &str,
    author: Author,
    decision: Decision,
) -> Result<HttpResponse, ApiError> {
    let lot = known_lot(&view, &named.lot).await?;
    let version = params::version(&named.version)?;
    let planning = match courbe::decision(body, version, decision) {
        Ok(planning) => planning,
        Err(fault) => return Ok(saisies::unreadable(&fault)),
    };
    match plan(commands, &lot, planning, author).await? {
        Ok(_) => Ok(HttpResponse::Ok().json(shown(&view, lot).await?)),
        Err(refused) => refusal(refused),
    }
}

/// Hands the request to the writer, under the name of whoever proves who he is.
///
/// # Errors
/// Nothing was stored, or nobody knows.
pub async fn plan(
    commands: &Commands,
    lot: &StoredLot,
    planning: Planning,
    author: Author,
) -> Result<Result<i32, NotPlanned>, ApiError> {
    let par = saisies::name(planning.par, &author);
    let planning = Planning { par, ..planning };
    commands.plan(saisies::entered(lot), planning, author).await
}

/// The answer to a request that was not carried out.
///
/// # Errors
/// It is one of those that every route has.
pub fn refusal(refused: NotPlanned) -> Result<HttpResponse, ApiError> {
    match refused {
        NotPlanned::NoSuchVersion(_) => Err(ApiError::NotFound(refused.to_string())),
        NotPlanned::State(sentence) => Err(ApiError::Conflict(sentence)),
        NotPlanned::Curve(fault) => Ok(saisies::bad_field(fault.champ, fault.to_string())),
    }
}
