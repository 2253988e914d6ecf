//! `/api/ml/…/lot` and the corrections of `/api/courbes`: what the farmers' pages expect to be advised. The plan of the lot is repeated;
//! nothing is made up.

use super::curves::no_plan;
use crate::{
    domain::{access::Policy, moment::Moment},
    http::{
        error::{ApiError, ErrorBody, ReadFailure},
        get,
        lots::known_lot,
        params,
    },
    store::{meals, view::View},
};
use actix_web::web;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

pub fn configure(cfg: &mut web::ServiceConfig) {
    get(
        cfg,
        "/api/courbes/corrections/gaveur/{gaveur_id}",
        Policy::Gaveur,
        corrections,
    );
    get(
        cfg,
        "/api/ml/suggestions/lot/{lot}/jour/{jour}",
        Policy::Lots,
        suggestion,
    );
    get(
        cfg,
        "/api/ml/recommandations/lot/{lot}",
        Policy::Lots,
        recommendations,
    );
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct CorrectionQuery {
    /// Only those that nobody has answered.
    #[param(value_type = Option<bool>)]
    pending_only: Option<String>,
}

/// Corrections proposed to a gaveur
///
/// None: nothing is corrected by a machine.
#[utoipa::path(
    get,
    path = "/api/courbes/corrections/gaveur/{gaveur_id}",
    tag = "courbes",
    params(("gaveur_id" = i32, Path, minimum = 0), CorrectionQuery),
    responses((status = 200, description = "`[]`", body = Vec<String>), ReadFailure)
)]
async fn corrections(
    path: web::Path<String>,
    query: web::Query<CorrectionQuery>,
) -> Result<web::Json<Vec<String>>, ApiError> {
    params::gaveur_id(&path)?;
    params::flag("pending_only", query.pending_only.as_deref())?;
    Ok(web::Json(Vec::new()))
}

/// An answer in the form of the older pages.
#[derive(Debug, Serialize, ToSchema)]
struct Enveloped<T> {
    success: bool,
    data: T,
}

/// The planned doses of a day, g per duck.
#[derive(Debug, Serialize, ToSchema)]
struct Suggestion {
    dose_matin: Option<f64>,
    dose_soir: Option<f64>,
    /// A plan has none.
    confiance: Option<f64>,
    source: &'static str,
    message: &'static str,
}

/// Planned doses of a day
#[utoipa::path(
    get,
    path = "/api/ml/suggestions/lot/{lot}/jour/{jour}",
    tag = "courbes",
    params(
        ("lot" = String, Path, description = "`code_lot`, or the numeric `id`", example = "LL4801665"),
        ("jour" = i32, Path, description = "From 1: the first day of feeding")
    ),
    responses(
        (status = 200, description = "The plan of the day", body = Enveloped<Suggestion>),
        (status = 404, description = "No such lot, or no plan for the day", body = ErrorBody),
        ReadFailure
    )
)]
async fn suggestion(
    view: View,
    path: web::Path<(String, String)>,
) -> Result<web::Json<Enveloped<Suggestion>>, ApiError> {
    let (lot, jour) = path.into_inner();
    let jour = params::jour(&jour)?;
    let lot = known_lot(&view, &lot).await?;
    let meals = meals::list_by_lot(&view, lot.id).await?;
    let dose = |moment: Moment| {
        let mut meals = meals.iter().map(|meal| &meal.reading);
        let meal = meals.find(|meal| meal.position() == (jour - 1, moment))?;
        meal.dose_theorique
    };
    let (dose_matin, dose_soir) = (dose(Moment::Matin), dose(Moment::Soir));
    if dose_matin.or(dose_soir).is_none() {
        return Err(no_plan(&lot));
    }
    Ok(web::Json(Enveloped {
        success: true,
        data: Suggestion {
            dose_matin,
            dose_soir,
            confiance: None,
            source: "plan",
            message: "Doses prévues par le plan du lot",
        },
    }))
}

/// Advice for a lot.
#[derive(Debug, Serialize, ToSchema)]
struct Advice {
    recommandations: Vec<String>,
    analyse_complete: bool,
    derniere_analyse: Option<Timestamp>,
}

/// Advice for a lot
///
/// None yet.
#[utoipa::path(
    get,
    path = "/api/ml/recommandations/lot/{lot}",
    tag = "courbes",
    params(("lot" = String, Path, description = "`code_lot`, or the numeric `id`", example = "LL4801665")),
    responses(
        (status = 200, description = "Nothing was analysed", body = Enveloped<Advice>),
        (status = 404, description = "No such lot", body = ErrorBody),
        ReadFailure
    )
)]
async fn recommendations(
    view: View,
    path: web::Path<String>,
) -> Result<web::Json<Enveloped<Advice>>, ApiError> {
    known_lot(&view, &path).await?;
    Ok(web::Json(Enveloped {
        success: true,
        data: Advice {
            recommandations: Vec::new(),
            analyse_complete: false,
            derniere_analyse: None,
        },
    }))
}
