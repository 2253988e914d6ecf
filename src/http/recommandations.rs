//! Advice to farmers: listed, decided by supervisors, answered by farmers.

use super::{
    body::Text,
    error::{ApiError, ErrorBody, ReadFailure},
    params,
    saisies::{self, EntryRefused},
    state::Commands,
};
use crate::{
    domain::{
        access::Policy,
        advice::{
            Advice,
            outcome::Outcome,
            steps::{NotMoved, State},
        },
        audit::Author,
    },
    protocol::{
        lenient::BadMessage,
        recommandation::{self, AdviceData, Request},
    },
    store::{
        advice::{self, AdviceFilter, AdviceStep},
        compared_lots,
        view::View,
    },
};
use actix_web::{HttpResponse, web};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, IntoResponses, ToSchema};

pub fn configure(cfg: &mut web::ServiceConfig) {
    super::get(cfg, "/api/recommandations", Policy::Advice, list);
    let path = "/api/recommandations/suites";
    super::get(cfg, path, Policy::Supervision, outcome);
    super::get(cfg, "/api/recommandations/{id}", Policy::Advice, one);
    let path = "/api/recommandations/{id}/valider";
    super::post(cfg, path, Policy::Supervision, validate);
    let path = "/api/recommandations/{id}/rejeter";
    super::post(cfg, path, Policy::Supervision, reject);
    let path = "/api/recommandations/{id}/lue";
    super::post(cfg, path, Policy::AnswerAdvice, read);
    let path = "/api/recommandations/{id}/repondre";
    super::post(cfg, path, Policy::AnswerAdvice, answer);
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct AdviceQuery {
    /// `proposee`, `envoyee`, `lue`, `acceptee`, `refusee`, `expiree` or `rejetee`.
    etat: Option<String>,
    #[param(value_type = Option<i32>, minimum = 0)]
    gaveur_id: Option<String>,
    /// `LL`, `LS` or `MT`.
    site: Option<String>,
    #[param(value_type = Option<i64>, minimum = 1, maximum = 1000, default = 200)]
    limit: Option<String>,
}

/// Advice
///
/// A farmer sees what was sent to him, a supervisor what concerns his sites.
#[utoipa::path(
    get,
    path = "/api/recommandations",
    tag = "recommandations",
    params(AdviceQuery),
    responses((status = 200, description = "The newest first", body = Vec<AdviceData>), ReadFailure)
)]
async fn list(
    view: View,
    query: web::Query<AdviceQuery>,
) -> Result<web::Json<Vec<AdviceData>>, ApiError> {
    let state: Option<State> = params::word("etat", query.etat.as_deref())?;
    let gaveur_id = query.gaveur_id.as_deref().map(params::gaveur_id);
    let filter = AdviceFilter {
        states: state.map(|state| vec![state]),
        gaveur_id: gaveur_id.transpose()?,
        site: params::site(query.site.as_deref())?,
        ..AdviceFilter::default()
    };
    let limit = params::limit(query.limit.as_deref(), 200, 1..=1000)?;
    let listed = advice::list(&view, &filter, limit).await?;
    Ok(web::Json(listed.iter().map(AdviceData::from).collect()))
}

/// Advice with its steps.
#[derive(Debug, Serialize, ToSchema)]
struct AdviceSheet {
    #[serde(flatten)]
    advice: AdviceData,
    /// The first first.
    etapes: Vec<StepData>,
}

/// A step of a piece of advice.
#[derive(Debug, Serialize, ToSchema)]
struct StepData {
    etat: &'static str,
    /// `null` when the server did it.
    par: Option<String>,
    role: Option<String>,
    le: Timestamp,
    commentaire: Option<String>,
}

impl From<AdviceStep> for StepData {
    fn from(step: AdviceStep) -> Self {
        StepData {
            etat: step.etat.as_str(),
            par: step.par,
            role: step.role,
            le: step.le,
            commentaire: step.commentaire,
        }
    }
}

async fn known(view: &View, id: i64) -> Result<Advice, ApiError> {
    let filter = AdviceFilter {
        id: Some(id),
        ..AdviceFilter::default()
    };
    let found = advice::list(view, &filter, 1).await?.into_iter().next();
    found.ok_or_else(|| unknown(id))
}

fn unknown(id: i64) -> ApiError {
    ApiError::NotFound(format!("there is no advice {id}"))
}

async fn sheet(view: &View, id: i64) -> Result<AdviceSheet, ApiError> {
    let advice = known(view, id).await?;
    let etapes = advice::steps(view, id).await?;
    Ok(AdviceSheet {
        advice: AdviceData::from(&advice),
        etapes: etapes.into_iter().map(StepData::from).collect(),
    })
}

/// One piece of advice
#[utoipa::path(
    get,
    path = "/api/recommandations/{id}",
    tag = "recommandations",
    params(("id" = i64, Path)),
    responses(
        (status = 200, description = "With every step", body = AdviceSheet),
        (status = 404, description = "No such advice", body = ErrorBody),
        ReadFailure
    )
)]
async fn one(view: View, path: web::Path<String>) -> Result<web::Json<AdviceSheet>, ApiError> {
    let id = params::id(&path)?;
    Ok(web::Json(sheet(&view, id).await?))
}

/// How far back it is looked what came after advice.
const FOLLOWED_FOR: SignedDuration = SignedDuration::from_hours(365 * 24);

/// What came after accepted advice.
#[derive(Debug, Serialize, ToSchema)]
struct AfterAdvice {
    /// There are no real lots that could be looked at.
    simule: bool,
    #[serde(flatten)]
    outcome: Outcome,
}

/// What came after accepted advice
///
/// The next lots of the farmers, beside those of farmers who refused advice or got none: a bad lot is followed by a better one without any
/// advice. Of the last year.
#[utoipa::path(
    get,
    path = "/api/recommandations/suites",
    tag = "recommandations",
    responses((status = 200, description = "A comparison where each group has 20 lots", body = AfterAdvice), ReadFailure)
)]
async fn outcome(view: View) -> Result<web::Json<AfterAdvice>, ApiError> {
    let followed = compared_lots::followed(&view, Timestamp::now() - FOLLOWED_FOR).await?;
    let simule = !followed.iter().any(|one| !one.simule) && !followed.is_empty();
    let pairs = followed.into_iter().filter(|one| one.simule == simule);
    let pairs: Vec<_> = pairs.map(|one| one.pair).collect();
    let outcome = Outcome::of(&pairs);
    Ok(web::Json(AfterAdvice { simule, outcome }))
}

/// Why a step is not made.
#[derive(IntoResponses)]
#[allow(dead_code, reason = "describes the answers")]
enum StepRefused {
    /// A field cannot be used; `champ` names it
    #[response(status = 400)]
    Field(EntryRefused),
    /// No such advice
    #[response(status = 404)]
    Unknown(ErrorBody),
    /// Its state does not allow the step; the sentence names it
    #[response(status = 409)]
    State(ErrorBody),
}

/// A supervisor sends a proposal.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes the body, which is read leniently")]
struct Validation {
    /// His own words instead of the rule's, up to 2,000 characters.
    texte: Option<String>,
    commentaire: Option<String>,
    /// Who, where nobody proves who he is.
    par: Option<String>,
}

/// Validate a proposal
///
/// It is sent to the farmer at once.
#[utoipa::path(
    post,
    path = "/api/recommandations/{id}/valider",
    tag = "recommandations",
    params(("id" = i64, Path)),
    request_body = Validation,
    responses(
        (status = 200, description = "The advice, sent", body = AdviceSheet),
        StepRefused,
        ReadFailure
    )
)]
async fn validate(
    view: View,
    commands: web::Data<Commands>,
    path: web::Path<String>,
    body: Text,
    author: Author,
) -> Result<HttpResponse, ApiError> {
    let request = recommandation::validate(&body.0);
    step(&view, &commands, &path, request, author).await
}

/// A supervisor rejects a proposal.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes the body, which is read leniently")]
struct Rejection {
    /// Why; required.
    commentaire: String,
    par: Option<String>,
}

/// Reject a proposal
///
/// The farmer never hears of it.
#[utoipa::path(
    post,
    path = "/api/recommandations/{id}/rejeter",
    tag = "recommandations",
    params(("id" = i64, Path)),
    request_body = Rejection,
    responses(
        (status = 200, description = "The advice, rejected", body = AdviceSheet),
        StepRefused,
        ReadFailure
    )
)]
async fn reject(
    view: View,
    commands: web::Data<Commands>,
    path: web::Path<String>,
    body: Text,
    author: Author,
) -> Result<HttpResponse, ApiError> {
    let request = recommandation::reject(&body.0);
    step(&view, &commands, &path, request, author).await
}

/// Somebody's name.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes the body, which is read leniently")]
struct ReadBy {
    par: Option<String>,
}

/// Note that advice was shown to the farmer
#[utoipa::path(
    post,
    path = "/api/recommandations/{id}/lue",
    tag = "recommandations",
    params(("id" = i64, Path)),
    request_body = ReadBy,
    responses(
        (status = 200, description = "The advice, read", body = AdviceSheet),
        StepRefused,
        ReadFailure
    )
)]
async fn read(
    view: View,
    commands: web::Data<Commands>,
    path: web::Path<String>,
    body: Text,
    author: Author,
) -> Result<HttpResponse, ApiError> {
    let request = recommandation::read(&body.0);
    step(&view, &commands, &path, request, author).await
}

/// A farmer's answer.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes the body, which is read leniently")]
struct AdviceAnswer {
    acceptee: bool,
    motif: Option<String>,
    par: Option<String>,
}

/// Answer advice
///
/// A curve that is accepted is drafted for the farmer's next lot, if he has one; a supervisor decides about it. No dose changes by itself.
#[utoipa::path(
    post,
    path = "/api/recommandations/{id}/repondre",
    tag = "recommandations",
    params(("id" = i64, Path)),
    request_body = AdviceAnswer,
    responses(
        (status = 200, description = "The advice, answered", body = AdviceSheet),
        StepRefused,
        ReadFailure
    )
)]
async fn answer(
    view: View,
    commands: web::Data<Commands>,
    path: web::Path<String>,
    body: Text,
    author: Author,
) -> Result<HttpResponse, ApiError> {
    let request = recommandation::answer(&body.0);
    step(&view, &commands, &path, request, author).await
}

/// Hands the request to the writer, under the name of whoever proves who he is.
async fn step(
    view: &View,
    commands: &Commands,
    id: &str,
    request: Result<Request, BadMessage>,
    author: Author,
) -> Result<HttpResponse, ApiError> {
    let id = params::id(id)?;
    known(view, id).await?;
    let request = match request {
        Ok(request) => request,
        Err(fault) => return Ok(saisies::unreadable(&fault)),
    };
    let par = saisies::name(request.par, &author);
    match commands.step_advice(id, request.asked, par, author).await? {
        Ok(()) => Ok(HttpResponse::Ok().json(sheet(view, id).await?)),
        Err(NotMoved::Unknown) => Err(unknown(id)),
        Err(NotMoved::State(refused)) => Err(ApiError::Conflict(refused.to_string())),
    }
}
