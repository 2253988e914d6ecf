//! `/api/ml/…/lot`: what the farmers' pages expect to be advised. The plan of the lot and what was sent to its farmer are repeated; nothing is
//! made up.

use super::curves::no_plan;
use crate::{
    domain::{
        access::Policy,
        advice::{Advice, Rule, wording},
        alert::wording::Language,
        lot::Statut,
        moment::Moment,
    },
    http::{
        courbes::in_force,
        error::{ApiError, ErrorBody, ReadFailure},
        get,
        lots::known_lot,
        params,
    },
    store::{
        advice::{self, AdviceFilter},
        curves, meals,
        view::View,
    },
};
use actix_web::web;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

pub fn configure(cfg: &mut web::ServiceConfig) {
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
    let curves = curves::list(&view, lot.id).await?;
    let plan = in_force(&curves).map(|plan| plan.curve.doses());
    let dose = |moment: Moment| {
        if let Some(plan) = &plan {
            return plan.get(&(jour - 1, moment)).copied();
        }
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
struct LotAdvice {
    /// What was sent to the farmer, the newest first.
    recommandations: Vec<OldAdvice>,
    /// The lot is closed, so that it was compared with the lots like it.
    analyse_complete: bool,
    derniere_analyse: Option<Timestamp>,
}

/// A piece of advice in the words of the older pages.
#[derive(Debug, Serialize, ToSchema)]
struct OldAdvice {
    /// Its rule.
    r#type: &'static str,
    /// `haute`, `moyenne` or `basse`.
    urgence: &'static str,
    message: String,
    /// Its title.
    action: &'static str,
    /// A dose is changed by nobody but who plans the curve.
    ajustement_dose: Option<f64>,
    /// Nobody knows it.
    impact_prevu: Option<String>,
}

impl From<&Advice> for OldAdvice {
    fn from(advice: &Advice) -> Self {
        OldAdvice {
            r#type: advice.rule.as_str(),
            urgence: match advice.rule {
                Rule::SuiviDuPlan | Rule::Ambiance => "haute",
                Rule::MaisSansFoie | Rule::Avis => "moyenne",
                Rule::AReprendre => "basse",
            },
            message: advice.texte.clone(),
            action: wording::titre(advice.rule, Language::Fr),
            ajustement_dose: None,
            impact_prevu: None,
        }
    }
}

/// Advice for a lot
///
/// As under `/api/recommandations`: what was sent to the farmer.
#[utoipa::path(
    get,
    path = "/api/ml/recommandations/lot/{lot}",
    tag = "courbes",
    params(("lot" = String, Path, description = "`code_lot`, or the numeric `id`", example = "LL4801665")),
    responses(
        (status = 200, description = "Advice that follows from the lot", body = Enveloped<LotAdvice>),
        (status = 404, description = "No such lot", body = ErrorBody),
        ReadFailure
    )
)]
async fn recommendations(
    view: View,
    path: web::Path<String>,
) -> Result<web::Json<Enveloped<LotAdvice>>, ApiError> {
    let lot = known_lot(&view, &path).await?;
    let filter = AdviceFilter {
        lot_id: Some(lot.id),
        ..AdviceFilter::default()
    };
    let mut advice = advice::list(&view, &filter, Rule::ALL.len() as i64).await?;
    let derniere_analyse = advice.iter().map(|one| one.cree_le).max();
    advice.retain(|one| one.envoyee_le.is_some());
    Ok(web::Json(Enveloped {
        success: true,
        data: LotAdvice {
            recommandations: advice.iter().map(OldAdvice::from).collect(),
            analyse_complete: lot.statut == Statut::Clos,
            derniere_analyse,
        },
    }))
}
