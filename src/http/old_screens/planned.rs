//! The planned curve of a lot as the farmers' home page reads it, and how an older page decides about it.

use super::{
    curves::{DayDose, PlannedCurve, State, known_days, no_plan, plan},
    lots::OldDay,
};
use crate::{
    domain::{
        access::Policy,
        audit::Author,
        curve::{
            EtatCourbe, SourceCourbe,
            planning::{Planned, Planning},
        },
        rounding::one_decimal,
    },
    http::{
        body::Text,
        courbes::{self, in_force},
        error::{ApiError, ErrorBody, ReadFailure},
        get, post,
        saisies::{self, NotChanged},
        state::Commands,
    },
    protocol::courbe,
    store::{
        curves::{self, LotCurve, NamedCurve},
        lots::StoredLot,
        view::View,
    },
};
use actix_web::{HttpResponse, web};
use std::collections::BTreeMap;
use utoipa::ToSchema;

pub fn configure(cfg: &mut web::ServiceConfig) {
    let path = "/api/courbes/theorique/lot/{lot}";
    get(cfg, path, Policy::Lots, planned);
    let path = "/api/courbes/theorique/{lot}/valider";
    post(cfg, path, Policy::Supervision, decide);
}

/// The day totals of a curve of ours.
pub(super) fn by_days(curve: &LotCurve) -> Vec<DayDose> {
    let mut days: BTreeMap<i32, f64> = BTreeMap::new();
    for ((jour, _), dose) in curve.curve.doses() {
        *days.entry(jour + 1).or_default() += dose;
    }
    let day = |(jour, dose_g)| DayDose {
        jour,
        dose_g: one_decimal(dose_g),
    };
    days.into_iter().map(day).collect()
}

/// The newest curve that was proposed for the lot, or else what came with its meals.
pub(super) fn plan_of(
    lot: &StoredLot,
    curves: &[LotCurve],
    days: &[OldDay],
) -> Option<PlannedCurve> {
    let Some(curve) = in_force(curves).or(curves.last()) else {
        return plan(lot, days);
    };
    let courbe = by_days(curve);
    Some(PlannedCurve {
        id: curve.id,
        lot_id: lot.id,
        gaveur_id: lot.gaveur_id,
        site_code: lot.site.as_str(),
        pysr_equation: curve.formule.clone(),
        equation: curve.formule.clone(),
        pysr_r2_score: None,
        courbe_theorique: courbe.clone(),
        courbe_modifiee: None,
        courbe_active: courbe.clone(),
        duree_gavage_jours: courbe.len(),
        courbe,
        statut: match curve.etat {
            EtatCourbe::EnAttente => "EN_ATTENTE",
            EtatCourbe::Validee => "VALIDEE",
            EtatCourbe::Rejetee => "REJETEE",
            EtatCourbe::Remplacee => "MODIFIEE",
        },
        superviseur_nom: curve.decide_par.clone(),
        superviseur: curve.decide_par.clone(),
        date_validation: curve.decide_le,
        commentaire_superviseur: curve.commentaire.clone(),
        created_at: curve.cree_le,
        updated_at: curve.decide_le.unwrap_or(curve.cree_le),
    })
}

/// Planned curve of a lot
///
/// The planned doses that came with its meals, by day.
#[utoipa::path(
    get,
    path = "/api/courbes/theorique/lot/{lot}",
    tag = "courbes",
    params(("lot" = String, Path, description = "`code_lot`, or the numeric `id`", example = "LL4801665")),
    responses(
        (status = 200, description = "The plan so far", body = PlannedCurve),
        (status = 404, description = "No such lot, or no plan", body = ErrorBody),
        ReadFailure
    )
)]
async fn planned(
    view: View,
    state: State,
    path: web::Path<String>,
) -> Result<web::Json<PlannedCurve>, ApiError> {
    let (lot, days) = known_days(&view, &state, &path).await?;
    let curves = curves::list(&view, lot.id).await?;
    let plan = plan_of(&lot, &curves, &days).ok_or_else(|| no_plan(&lot))?;
    Ok(web::Json(plan))
}

/// What an older page decides about a curve.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes the body, which is read leniently")]
struct OldCurveDecision {
    /// `VALIDEE`, `MODIFIEE` or `REJETEE`.
    statut: String,
    superviseur_nom: Option<String>,
    /// A rejection needs one.
    commentaire: Option<String>,
    /// With `MODIFIEE`: the totals of days, which are split in the shape of the medians.
    courbe_modifiee: Option<Vec<DayDose>>,
}

/// Decide about a curve, for older pages
#[utoipa::path(
    post,
    path = "/api/courbes/theorique/{lot}/valider",
    tag = "courbes",
    params(("lot" = String, Path, description = "`id` of the curve; or the lot, whose newest curve is meant", example = "12")),
    request_body = OldCurveDecision,
    responses(
        (status = 200, description = "The curve", body = PlannedCurve),
        NotChanged
    )
)]
async fn decide(
    view: View,
    state: State,
    commands: web::Data<Commands>,
    path: web::Path<String>,
    body: Text,
    author: Author,
) -> Result<HttpResponse, ApiError> {
    let asked = match courbe::old_decision(&body.0) {
        Ok(asked) => asked,
        Err(fault) => return Ok(saisies::unreadable(&fault)),
    };
    let named = named_curve(&view, &path).await?;
    let lot = named.map_or_else(|| path.to_string(), |curve| curve.lot_id.to_string());
    let (lot, days) = known_days(&view, &state, &lot).await?;
    let planning = |what| Planning {
        par: asked.par.clone(),
        commentaire: asked.commentaire.clone(),
        what,
    };
    let mut version = match named {
        Some(curve) => Some(curve.version),
        None => curves::list(&view, lot.id)
            .await?
            .last()
            .map(|one| one.version),
    };
    if let Some(curve) = asked.modified.clone() {
        let propose = planning(Planned::Propose {
            curve,
            source: SourceCourbe::Manuelle,
            formule: None,
        });
        let author = Author {
            request: rand::random(),
            ..author.clone()
        };
        version = match courbes::plan(&commands, &lot, propose, author).await? {
            Ok(version) => Some(version),
            Err(refused) => return courbes::refusal(refused),
        };
    }
    let version = version.ok_or_else(|| no_plan(&lot))?;
    let decide = planning(Planned::Decide {
        version,
        decision: asked.decision,
    });
    if let Err(refused) = courbes::plan(&commands, &lot, decide, author).await? {
        return courbes::refusal(refused);
    }
    let curves = curves::list(&view, lot.id).await?;
    let plan = plan_of(&lot, &curves, &days).ok_or_else(|| no_plan(&lot))?;
    Ok(HttpResponse::Ok().json(plan))
}

/// The curve with this id, as the older page names it. What is no number names a lot.
async fn named_curve(view: &View, id: &str) -> Result<Option<NamedCurve>, ApiError> {
    match id.parse() {
        Ok(id) => Ok(curves::find(view, id).await?),
        Err(_) => Ok(None),
    }
}
