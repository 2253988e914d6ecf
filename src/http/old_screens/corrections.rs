//! `/api/courbes/corrections`: the dose that is proposed after a meal far off the plan, as the farmers' older page reads and answers it.

use crate::{
    domain::{
        access::Policy,
        audit::Author,
        curve::correction::{Answering, Correction, CorrectionId, NotAnswered},
        reading::{MealPosition, ecart_dose},
        rounding::one_decimal,
    },
    http::{
        body::Given,
        error::{ApiError, ErrorBody, ReadFailure},
        get, params, post, saisies,
        state::Commands,
    },
    store::{
        corrections::{self, LotCorrection, Whose},
        lots,
        view::View,
    },
};
use actix_web::web;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

pub fn configure(cfg: &mut web::ServiceConfig) {
    let path = "/api/courbes/corrections/gaveur/{gaveur_id}";
    get(cfg, path, Policy::Gaveur, of_gaveur);
    let path = "/api/courbes/corrections/{id}/repondre";
    post(cfg, path, Policy::AnswerAdvice, answer);
}

/// Rows of a list.
const MOST: i64 = 50;

/// A dose that is proposed for the next meal. Doses are g per duck.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OldCorrection {
    #[serde(skip)]
    pub repas: MealPosition,
    id: i64,
    lot_id: i64,
    code_lot: String,
    gaveur_id: i32,
    /// `LL`, `LS` or `MT`.
    site_code: &'static str,
    /// The meal that was off the plan; the first day is 1.
    jour_gavage: i32,
    moment: &'static str,
    dose_theorique_g: f64,
    dose_reelle_g: f64,
    /// %, one decimal.
    ecart_pct: Option<f64>,
    /// The next meal.
    jour_suivant: i32,
    moment_suivant: &'static str,
    /// What its plan says, and what is proposed.
    dose_prevue_g: f64,
    dose_suggeree_g: f64,
    pub raison: String,
    /// A rule has none.
    confiance: Option<f64>,
    /// `null` while it waits for an answer.
    acceptee: Option<bool>,
    /// What the farmer says that he gives. The plan stays as it is, and a deviation is measured against the plan.
    dose_finale_g: Option<f64>,
    /// Who answered.
    par: Option<String>,
    repondu_le: Option<Timestamp>,
    /// When the meal was stored; of an answered one, when it was answered.
    created_at: Timestamp,
    simule: bool,
}

impl OldCorrection {
    /// g per duck.
    pub fn change_g(&self) -> f64 {
        one_decimal(self.dose_suggeree_g - self.dose_prevue_g)
    }
}

fn grams(dose: f64) -> String {
    one_decimal(dose).to_string().replace('.', ",")
}

fn raison(correction: &Correction) -> String {
    let (jour, moment) = correction.repas;
    let (next, then) = correction.suivant;
    format!(
        "J{} {moment} : {} g donnés pour {} g prévus. La moitié de l'écart est reprise au repas suivant, au plus 50 g et 15 % : J{} {then}, {} g au lieu de {} g.",
        jour + 1,
        grams(correction.donnee_g),
        grams(correction.prevue_g),
        next + 1,
        grams(correction.proposee_g),
        grams(correction.prevue_suivante_g),
    )
}

impl From<LotCorrection> for OldCorrection {
    fn from(one: LotCorrection) -> Self {
        let correction = &one.correction;
        let (jour, moment) = correction.repas;
        let (next, then) = correction.suivant;
        let id = CorrectionId {
            lot_id: one.lot_id,
            repas: correction.repas,
        };
        let ecart = ecart_dose(Some(correction.prevue_g), correction.donnee_g);
        let reponse = one.reponse.as_ref();
        OldCorrection {
            repas: correction.repas,
            id: id.number(),
            lot_id: one.lot_id,
            code_lot: one.code_lot.clone(),
            gaveur_id: one.gaveur_id,
            site_code: one.site.as_str(),
            jour_gavage: jour + 1,
            moment: moment.as_str(),
            dose_theorique_g: correction.prevue_g,
            dose_reelle_g: correction.donnee_g,
            ecart_pct: ecart.map(one_decimal),
            jour_suivant: next + 1,
            moment_suivant: then.as_str(),
            dose_prevue_g: correction.prevue_suivante_g,
            dose_suggeree_g: one_decimal(correction.proposee_g),
            raison: raison(correction),
            confiance: None,
            acceptee: reponse.map(|reply| reply.acceptee),
            dose_finale_g: reponse.and_then(|reply| reply.dose_finale_g),
            par: reponse.map(|reply| reply.par.clone()),
            repondu_le: reponse.map(|_| one.le),
            created_at: one.le,
            simule: one.simule,
        }
    }
}

/// The open proposals first, then what was answered, the newest first.
pub(super) async fn of(
    view: &View,
    whose: Whose,
    is_open_only: bool,
) -> Result<Vec<OldCorrection>, ApiError> {
    let mut listed = corrections::open(view, whose, MOST).await?;
    if !is_open_only {
        listed.extend(corrections::answered(view, whose, MOST).await?);
        listed.truncate(MOST as usize);
    }
    Ok(listed.into_iter().map(OldCorrection::from).collect())
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct CorrectionQuery {
    /// Only those that nobody has answered.
    #[param(value_type = Option<bool>)]
    pending_only: Option<String>,
}

/// Doses proposed to a gaveur
///
/// After a meal that was 10 % or more off its plan, a dose for the next one: the plan minus half of the gap, but no more than 50 g and 15 %.
/// None after the last meal of the plan, and none for a lot for which one was refused. At most 50, those that wait for an answer first.
#[utoipa::path(
    get,
    path = "/api/courbes/corrections/gaveur/{gaveur_id}",
    tag = "courbes",
    params(("gaveur_id" = i32, Path, minimum = 0), CorrectionQuery),
    responses((status = 200, description = "Open ones first", body = Vec<OldCorrection>), ReadFailure)
)]
async fn of_gaveur(
    view: View,
    path: web::Path<String>,
    query: web::Query<CorrectionQuery>,
) -> Result<web::Json<Vec<OldCorrection>>, ApiError> {
    let gaveur_id = params::gaveur_id(&path)?;
    let open_only = params::flag("pending_only", query.pending_only.as_deref())?;
    let whose = Whose::Gaveur(gaveur_id);
    let listed = of(&view, whose, open_only.unwrap_or(false)).await?;
    Ok(web::Json(listed))
}

/// A farmer's answer, as JSON or as query parameters.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes the body, which is read leniently")]
struct CorrectionAnswer {
    acceptee: bool,
    /// What he wants to give, g per duck, 1–600; without it, an accepted proposal as it is.
    dose_finale_g: Option<f64>,
    /// Who, where nobody proves who he is.
    par: Option<String>,
}

/// Answer a proposed dose
///
/// The answer is kept with who gave it and when; it changes no plan, and what the telephone shows as the next dose is that of the plan. After a
/// refusal nothing is proposed for this lot any more.
#[utoipa::path(
    post,
    path = "/api/courbes/corrections/{id}/repondre",
    tag = "courbes",
    params(("id" = i64, Path)),
    request_body = CorrectionAnswer,
    responses(
        (status = 200, description = "What was proposed, with the answer", body = OldCorrection),
        (status = 422, description = "`acceptee` is missing, or a value cannot be used", body = ErrorBody),
        (status = 404, description = "Nothing is proposed under this id: the lot was fed again, or the meal is near its plan", body = ErrorBody),
        (status = 409, description = "It was answered already", body = ErrorBody),
        ReadFailure
    )
)]
async fn answer(
    view: View,
    commands: web::Data<Commands>,
    path: web::Path<String>,
    given: Given,
    author: Author,
) -> Result<web::Json<OldCorrection>, ApiError> {
    let id = CorrectionId::from_number(params::id(&path)?);
    let acceptee = given.flag("acceptee")?;
    let missing = || ApiError::BadBody("acceptee is missing: true or false".to_owned());
    let answering = Answering {
        acceptee: acceptee.ok_or_else(missing)?,
        dose_finale_g: given.number("dose_finale_g")?,
    };
    let par = given.optional_name("par")?.unwrap_or_default();
    let par = saisies::name(par, &author);
    // Whoever may not see the lot is told what he would be told if it did not exist.
    let nothing = || ApiError::NotFound(NotAnswered::Nothing.to_string());
    let lot = lots::get(&view, &id.lot_id.to_string()).await?;
    let lot = lot.filter(|lot| lot.id == id.lot_id).ok_or_else(nothing)?;
    match commands
        .answer_correction(id, answering, par, author)
        .await?
    {
        Ok(()) => {}
        Err(NotAnswered::Nothing) => return Err(nothing()),
        Err(already @ NotAnswered::Already { .. }) => {
            return Err(ApiError::Conflict(already.to_string()));
        }
        Err(dose @ NotAnswered::Dose) => return Err(ApiError::BadBody(dose.to_string())),
    }
    let answered = corrections::answered(&view, Whose::Lot(lot.id), MOST).await?;
    let own = answered
        .into_iter()
        .find(|one| one.correction.repas == id.repas);
    Ok(web::Json(
        own.map(OldCorrection::from).ok_or(ApiError::Internal)?,
    ))
}
