//! `POST /api/lots/gavage`: a day of a lot as the older page of the farmers sends it.

use super::corrections::{self, OldCorrection};
use crate::{
    domain::{
        access::Policy,
        alert::{AlertKind, Change},
        audit::Author,
        lot::LotId,
        reading::{MealPosition, ecart_dose},
        rounding::one_decimal,
        saisie::{AlertOfMeal, Answer, EnteredMeal, Niveau, Warning},
    },
    http::{
        body::Text,
        error::ApiError,
        lots::known_lot,
        post,
        saisies::{self, NotChanged},
        state::{ApiState, Commands},
    },
    protocol::{
        lenient::BadMessage,
        saisie::{
            Arrival,
            old::{self, Day},
        },
    },
    store::{corrections::Whose, meals, view::View},
};
use actix_web::{HttpRequest, HttpResponse, web};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

pub fn configure(cfg: &mut web::ServiceConfig) {
    post(cfg, "/api/lots/gavage", Policy::Meals, enter_day);
    post(cfg, "/api/courbes/reelle", Policy::Meals, enter_dose);
}

/// A day of a lot. A dose of 0, or none, is a meal that is not entered.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes the body, which is read leniently")]
struct OldEntry {
    lot_id: i64,
    /// A day that is stored is corrected.
    date_gavage: String,
    /// g per duck.
    dose_matin: Option<f64>,
    dose_soir: Option<f64>,
    /// `HH:MM`, in the configured zone.
    heure_gavage_matin: Option<String>,
    heure_gavage_soir: Option<String>,
    nb_canards_peses: Option<i32>,
    /// g. Kept only with `pesee`, because the page makes weights up.
    poids_echantillon: Option<Vec<f64>>,
    /// The weights were measured.
    pesee: Option<bool>,
    temperature_stabule: Option<f64>,
    humidite_stabule: Option<f64>,
    /// Of the whole day: those that are not told of the other meal belong to the last one.
    mortalite_jour: Option<i32>,
    cause_mortalite: Option<String>,
    raison_ecart: Option<String>,
    remarques: Option<String>,
    problemes_sante: Option<String>,
    /// Meals of 0 g; `raison_ecart` says why.
    repas_saute: Option<Vec<String>>,
    /// A random text of this entry alone.
    cle: Option<String>,
}

/// What the older page reads of its entry.
#[derive(Serialize, ToSchema)]
struct OldAnswer {
    /// That of the last meal.
    gavage_id: i64,
    /// Of the meals entered, %, one decimal; 0 without a plan.
    ecart_courbe_theorique: f64,
    /// An alert began or got worse.
    alerte_generee: bool,
    /// What should be looked at twice, and a dose that is proposed for the next meal.
    recommandations: Vec<OldAdvice>,
    /// From 0.
    jour: i32,
    poids_retenu: bool,
    repas: Vec<OldMeal>,
    rejoue: bool,
}

#[derive(Serialize, ToSchema)]
struct OldAdvice {
    #[serde(rename = "type")]
    kind: String,
    message: String,
    /// Of the next meal, g per duck; 0 where nothing is proposed.
    ajustement_dose: f64,
    impact_prevu: Option<f64>,
    /// `haute`, `moyenne` or `basse`.
    urgence: &'static str,
}

#[derive(Serialize, ToSchema)]
struct OldMeal {
    id: i64,
    #[serde(flatten)]
    meal: EnteredMeal,
    /// = `dose_theorique_g`.
    dose_theorique: Option<f64>,
    /// Of the last meal of the entry.
    alertes: Vec<AlertOfMeal>,
}

impl From<&Warning> for OldAdvice {
    fn from(warning: &Warning) -> Self {
        OldAdvice {
            kind: warning.champ.clone(),
            message: warning.message.clone(),
            ajustement_dose: 0.0,
            impact_prevu: None,
            urgence: match warning.niveau {
                Niveau::Rouge => "haute",
                Niveau::Orange => "moyenne",
                Niveau::Ambre => "basse",
            },
        }
    }
}

impl From<OldCorrection> for OldAdvice {
    fn from(correction: OldCorrection) -> Self {
        OldAdvice {
            kind: "correction".to_owned(),
            ajustement_dose: correction.change_g(),
            message: correction.raison,
            impact_prevu: None,
            urgence: "moyenne",
        }
    }
}

impl OldAnswer {
    fn new(answer: Answer, ids: &BTreeMap<MealPosition, i64>, poids_retenu: bool) -> Option<Self> {
        let last = answer.repas.last()?.clone();
        let id = |meal: &EnteredMeal| ids.get(&meal.position()).copied();
        let planned: Option<f64> = answer.repas.iter().map(|meal| meal.dose_theorique_g).sum();
        let given = answer.repas.iter().map(|meal| meal.dose_g).sum();
        let begins = |alert: &AlertOfMeal| alert.evenement != Change::Closed;
        let meal = |meal: EnteredMeal| {
            let is_last = meal.position() == last.position();
            Some(OldMeal {
                id: id(&meal)?,
                dose_theorique: meal.dose_theorique_g,
                alertes: if is_last {
                    answer.alertes.clone()
                } else {
                    Vec::new()
                },
                meal,
            })
        };
        Some(OldAnswer {
            gavage_id: id(&last)?,
            ecart_courbe_theorique: ecart_dose(planned, given).map_or(0.0, one_decimal),
            alerte_generee: answer.alertes.iter().any(begins),
            recommandations: answer.avertissements.iter().map(OldAdvice::from).collect(),
            jour: last.jour,
            poids_retenu,
            rejoue: answer.rejoue,
            repas: answer.repas.clone().into_iter().filter_map(meal).collect(),
        })
    }
}

/// Write a day down, for older pages
///
/// Both meals of the day in one transaction. A date that is stored is corrected, so that the evening does not lose the morning.
#[utoipa::path(
    post,
    path = "/api/lots/gavage",
    tag = "lots",
    request_body = OldEntry,
    responses(
        (status = 201, description = "A meal is new", body = OldAnswer),
        (status = 200, description = "The day was corrected", body = OldAnswer),
        NotChanged
    )
)]
async fn enter_day(
    view: View,
    state: web::Data<ApiState>,
    commands: web::Data<Commands>,
    request: HttpRequest,
    body: Text,
    author: Author,
) -> Result<HttpResponse, ApiError> {
    let day = match old::day(&body.0, saisies::key_in_head(&request)) {
        Ok(day) => day,
        Err(fault) => return Ok(saisies::unreadable(&fault)),
    };
    let is_weighed = day.is_weighed();
    let entered = entered(&view, &state, &commands, &request, &body, day, author);
    let (answer, ids) = match entered.await? {
        Ok(entered) => entered,
        Err(refusal) => return Ok(refusal),
    };
    let mut response = saisies::stored(&answer);
    let proposed = proposed(&view, &answer).await?;
    let mut answer = OldAnswer::new(answer, &ids, is_weighed).ok_or(ApiError::Internal)?;
    answer.recommandations.extend(proposed.map(OldAdvice::from));
    Ok(response.json(answer))
}

/// The dose that is proposed after the last meal of the entry.
async fn proposed(view: &View, answer: &Answer) -> Result<Option<OldCorrection>, ApiError> {
    let open = corrections::of(view, Whose::Lot(answer.lot_id), true).await?;
    let last = answer.repas.last().map(EnteredMeal::position);
    let is_after_it = |one: &OldCorrection| Some(one.repas) == last;
    Ok(open.into_iter().find(is_after_it))
}

/// Stores what an older page sends; otherwise the answer that says why not.
async fn entered(
    view: &View,
    state: &ApiState,
    commands: &Commands,
    request: &HttpRequest,
    body: &Text,
    day: Day,
    author: Author,
) -> Result<Result<(Answer, BTreeMap<MealPosition, i64>), HttpResponse>, ApiError> {
    let lot = known_lot(view, &day.lot).await?;
    let arrival = Arrival {
        cle: saisies::key_in_head(request),
        rules: &state.input,
        now: Timestamp::now(),
    };
    let otherwise = format!("sans-cle-{:016x}", author.request);
    let saisie = match day.of_lot(lot.debut_lot, otherwise, arrival) {
        Ok(saisie) => saisies::by(saisie, &author),
        Err(fault) => return Ok(Err(saisies::unreadable(&BadMessage::from(fault)))),
    };
    let size = body.0.len();
    let stored = commands.enter(saisies::entered(&lot), saisie, author, size);
    Ok(match stored.await? {
        Ok(answer) => Ok((answer, ids(view, lot.id).await?)),
        Err(refus) => Err(saisies::refused(refus)),
    })
}

/// A given dose. The total of a day, which the older page sends, is refused: without `moment` nobody knows of which meal it is.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes the body, which is read leniently")]
struct OldGivenDose {
    lot_id: i64,
    date_gavage: String,
    /// `matin` or `soir`.
    moment: String,
    /// `HH:MM`, in the configured zone.
    heure: String,
    /// g per duck, of this meal.
    dose_reelle_g: f64,
    commentaire_gaveur: Option<String>,
}

/// What is stored of it.
#[derive(Serialize, ToSchema)]
struct OldGivenAnswer {
    id: i64,
    dose_reelle_g: f64,
    dose_theorique_g: Option<f64>,
    ecart_g: Option<f64>,
    /// %, one decimal.
    ecart_pct: Option<f64>,
    alerte_ecart: bool,
    /// A dose that is proposed for the next meal.
    correction_ia: Option<OldCorrection>,
    created_at: Timestamp,
}

/// Write a dose down, for older pages
///
/// Of one meal.
#[utoipa::path(
    post,
    path = "/api/courbes/reelle",
    tag = "courbes",
    request_body = OldGivenDose,
    responses(
        (status = 201, description = "The meal is new", body = OldGivenAnswer),
        (status = 200, description = "It was corrected, or was stored before", body = OldGivenAnswer),
        NotChanged
    )
)]
async fn enter_dose(
    view: View,
    state: web::Data<ApiState>,
    commands: web::Data<Commands>,
    request: HttpRequest,
    body: Text,
    author: Author,
) -> Result<HttpResponse, ApiError> {
    let day = match old::meal_of_curve(&body.0, saisies::key_in_head(&request)) {
        Ok(day) => day,
        Err(fault) => return Ok(saisies::unreadable(&fault)),
    };
    let entered = entered(&view, &state, &commands, &request, &body, day, author);
    let (answer, ids) = match entered.await? {
        Ok(entered) => entered,
        Err(refusal) => return Ok(refusal),
    };
    let meal = answer.repas.last().ok_or(ApiError::Internal)?;
    let id = ids.get(&meal.position()).copied();
    let ecart_g = meal.dose_theorique_g.map(|planned| meal.dose_g - planned);
    let given = OldGivenAnswer {
        id: id.ok_or(ApiError::Internal)?,
        dose_reelle_g: meal.dose_g,
        dose_theorique_g: meal.dose_theorique_g,
        ecart_g: ecart_g.map(one_decimal),
        ecart_pct: meal.ecart_pct,
        alerte_ecart: answer
            .alertes
            .iter()
            .any(|one| one.kind == AlertKind::EcartDose),
        correction_ia: proposed(&view, &answer).await?,
        created_at: Timestamp::now(),
    };
    Ok(saisies::stored(&answer).json(given))
}

/// The number of each meal, which it keeps when it is corrected.
async fn ids(view: &View, lot_id: LotId) -> Result<BTreeMap<MealPosition, i64>, ApiError> {
    let meals = meals::list_by_lot(view, lot_id).await?;
    let ids = meals.iter().map(|meal| (meal.reading.position(), meal.id));
    Ok(ids.collect())
}
