//! `/api/courbes`: feeding curves as the farmers' home page reads them. The plan is what the producer of the meals said that it planned;
//! nothing is predicted.

use super::{
    corrections::{self, OldCorrection},
    lots::{OldDay, days},
    planned::{by_days, plan_of},
};
use crate::{
    domain::{access::Policy, rounding::one_decimal},
    http::{
        courbes::in_force,
        error::{ApiError, ErrorBody, ReadFailure},
        get,
        lots::known_lot,
        state::ApiState,
    },
    store::{corrections::Whose, curves, lots::StoredLot, meals, view::View},
};
use actix_web::web;
use jiff::{Timestamp, civil::Date};
use serde::Serialize;
use utoipa::ToSchema;

pub(super) type State = web::Data<ApiState>;

pub fn configure(cfg: &mut web::ServiceConfig) {
    get(cfg, "/api/courbes/reelle/lot/{lot}", Policy::Lots, given);
    get(
        cfg,
        "/api/courbes/dashboard/lot/{lot}",
        Policy::Lots,
        overview,
    );
    get(
        cfg,
        "/api/courbes/predictive/lot/{lot}",
        Policy::Lots,
        ahead,
    );
}

/// The dose of a day, g per duck; the first day is 1.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct DayDose {
    pub jour: i32,
    pub dose_g: f64,
}

/// The plan of a lot, as far as its producer has told it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PlannedCurve {
    pub id: i64,
    pub lot_id: i64,
    pub gaveur_id: i32,
    pub site_code: &'static str,
    /// The producer's plan has no formula.
    pub pysr_equation: Option<String>,
    pub equation: Option<String>,
    pub pysr_r2_score: Option<f64>,
    pub courbe_theorique: Vec<DayDose>,
    pub courbe_modifiee: Option<Vec<DayDose>>,
    pub courbe_active: Vec<DayDose>,
    /// = `courbe_active`.
    pub courbe: Vec<DayDose>,
    pub duree_gavage_jours: usize,
    /// Nobody has decided on it here.
    pub statut: &'static str,
    pub superviseur_nom: Option<String>,
    pub superviseur: Option<String>,
    pub date_validation: Option<Timestamp>,
    pub commentaire_superviseur: Option<String>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// What was given on a day, beside the plan.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct GivenDay {
    /// From 1.
    jour_gavage: i32,
    date_gavage: Date,
    /// g per duck and day.
    dose_reelle_g: f64,
    dose_theorique_g: Option<f64>,
    ecart_g: Option<f64>,
    /// %, one decimal.
    ecart_pct: Option<f64>,
    alerte_ecart: bool,
    commentaire_gaveur: Option<String>,
    created_at: Timestamp,
}

impl From<&OldDay> for GivenDay {
    fn from(day: &OldDay) -> Self {
        GivenDay {
            jour_gavage: day.jour_gavage,
            date_gavage: day.date_gavage,
            dose_reelle_g: day.dose_totale_jour,
            dose_theorique_g: day.dose_theorique_g,
            ecart_g: day.ecart_g,
            ecart_pct: day.ecart_poids_pourcent,
            alerte_ecart: day.alerte_generee,
            commentaire_gaveur: None,
            created_at: day.created_at,
        }
    }
}

pub(super) async fn known_days(
    view: &View,
    state: &ApiState,
    lot: &str,
) -> Result<(StoredLot, Vec<OldDay>), ApiError> {
    let lot = known_lot(view, lot).await?;
    let meals = meals::list_by_lot(view, lot.id).await?;
    let days = days(&lot, &meals, &state.zone);
    Ok((lot, days))
}

pub(super) fn plan(lot: &StoredLot, days: &[OldDay]) -> Option<PlannedCurve> {
    let doses = days.iter().filter_map(|day| {
        let dose_g = day.dose_theorique_g?;
        let jour = day.jour_gavage;
        Some(DayDose { jour, dose_g })
    });
    let courbe: Vec<_> = doses.collect();
    (!courbe.is_empty()).then(|| PlannedCurve {
        id: lot.id,
        lot_id: lot.id,
        gaveur_id: lot.gaveur_id,
        site_code: lot.site.as_str(),
        pysr_equation: None,
        equation: None,
        pysr_r2_score: None,
        courbe_theorique: courbe.clone(),
        courbe_modifiee: None,
        courbe_active: courbe.clone(),
        duree_gavage_jours: courbe.len(),
        courbe,
        statut: "EN_ATTENTE",
        superviseur_nom: None,
        superviseur: None,
        date_validation: None,
        commentaire_superviseur: None,
        created_at: lot.created_at,
        updated_at: lot.updated_at,
    })
}

pub fn no_plan(lot: &StoredLot) -> ApiError {
    ApiError::NotFound(format!("no dose is planned for the lot {}", lot.code_lot))
}

/// Given curve of a lot
#[utoipa::path(
    get,
    path = "/api/courbes/reelle/lot/{lot}",
    tag = "courbes",
    params(("lot" = String, Path, description = "`code_lot`, or the numeric `id`", example = "LL4801665")),
    responses(
        (status = 200, description = "First day first", body = Vec<GivenDay>),
        (status = 404, description = "No such lot", body = ErrorBody),
        ReadFailure
    )
)]
async fn given(
    view: View,
    state: State,
    path: web::Path<String>,
) -> Result<web::Json<Vec<GivenDay>>, ApiError> {
    let (_, days) = known_days(&view, &state, &path).await?;
    Ok(web::Json(days.iter().map(GivenDay::from).collect()))
}

/// Both curves of a lot and how far they are apart.
#[derive(Debug, Serialize, ToSchema)]
struct CurveOverview {
    lot_id: i64,
    courbe_theorique: PlannedCurve,
    courbe_reelle: Vec<GivenDay>,
    /// Doses proposed after a meal far off the plan; no dose changes by itself.
    corrections_ia: Vec<OldCorrection>,
    statistiques: CurveStatistics,
}

/// Days that were fed, and their deviation from the plan, %, one decimal; 0 without a plan.
#[derive(Debug, Serialize, ToSchema)]
struct CurveStatistics {
    nb_jours_saisis: usize,
    /// Mean of the absolute deviations.
    ecart_moyen_pct: f64,
    ecart_max_pct: f64,
    nb_alertes: usize,
}

/// Curves of a lot
#[utoipa::path(
    get,
    path = "/api/courbes/dashboard/lot/{lot}",
    tag = "courbes",
    params(("lot" = String, Path, description = "`code_lot`, or the numeric `id`", example = "LL4801665")),
    responses(
        (status = 200, description = "Plan, doses and their distance", body = CurveOverview),
        (status = 404, description = "No such lot, or no plan", body = ErrorBody),
        ReadFailure
    )
)]
async fn overview(
    view: View,
    state: State,
    path: web::Path<String>,
) -> Result<web::Json<CurveOverview>, ApiError> {
    let (lot, days) = known_days(&view, &state, &path).await?;
    let curves = curves::list(&view, lot.id).await?;
    let plan = plan_of(&lot, &curves, &days).ok_or_else(|| no_plan(&lot))?;
    let off = days.iter().filter_map(|day| day.ecart_poids_pourcent);
    let off: Vec<f64> = off.map(f64::abs).collect();
    let corrections_ia = corrections::of(&view, Whose::Lot(lot.id), false).await?;
    let mean = off.iter().sum::<f64>() / off.len().max(1) as f64;
    Ok(web::Json(CurveOverview {
        lot_id: lot.id,
        courbe_theorique: plan,
        courbe_reelle: days.iter().map(GivenDay::from).collect(),
        corrections_ia,
        statistiques: CurveStatistics {
            nb_jours_saisis: days.len(),
            ecart_moyen_pct: one_decimal(mean),
            ecart_max_pct: off.into_iter().fold(0.0, f64::max),
            nb_alertes: days.iter().filter(|day| day.alerte_generee).count(),
        },
    }))
}

/// What was given, then what the plan in force says.
#[derive(Debug, Serialize, ToSchema)]
struct CurveAhead {
    lot_id: i64,
    courbe_predictive: Vec<DayDose>,
    /// Last day that was fed, from 1; 0 before the first.
    dernier_jour_reel: i32,
    /// A day was off the plan by 5 % or more.
    a_des_ecarts: bool,
    algorithme: &'static str,
}

/// Curve of a lot as it goes on
///
/// The doses that were given, and behind them those of the plan in force, if there is one.
#[utoipa::path(
    get,
    path = "/api/courbes/predictive/lot/{lot}",
    tag = "courbes",
    params(("lot" = String, Path, description = "`code_lot`, or the numeric `id`", example = "LL4801665")),
    responses(
        (status = 200, description = "First day first", body = CurveAhead),
        (status = 404, description = "No such lot", body = ErrorBody),
        ReadFailure
    )
)]
async fn ahead(
    view: View,
    state: State,
    path: web::Path<String>,
) -> Result<web::Json<CurveAhead>, ApiError> {
    let (lot, days) = known_days(&view, &state, &path).await?;
    let given = days.iter().map(|day| DayDose {
        jour: day.jour_gavage,
        dose_g: day.dose_totale_jour,
    });
    let last = days.last().map_or(0, |day| day.jour_gavage);
    let curves = curves::list(&view, lot.id).await?;
    let plan = in_force(&curves).map(by_days).unwrap_or_default();
    let ahead = plan.into_iter().filter(|day| day.jour > last);
    Ok(web::Json(CurveAhead {
        lot_id: lot.id,
        courbe_predictive: given.chain(ahead).collect(),
        dernier_jour_reel: last,
        a_des_ecarts: days.iter().any(|day| !day.suit_courbe_theorique),
        algorithme: "doses données, puis plan",
    }))
}
