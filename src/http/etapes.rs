//! The steps of a lot in its life cycle.

use super::{
    body::Text,
    error::{ApiError, ErrorBody, ReadFailure},
    lots::known_lot,
    saisies::{self, NotChanged},
    state::Commands,
};
use crate::{
    domain::{access::Policy, audit::Author, life_cycle::Asked},
    protocol::{etape, lenient::BadMessage},
    store::{
        life_cycle::{self, LotEvent},
        lots::StoredLot,
        view::View,
    },
};
use actix_web::{HttpResponse, web};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

pub fn configure(cfg: &mut web::ServiceConfig) {
    let path = "/api/lots/{lot}/evenements";
    super::get(cfg, path, Policy::Lots, events);
    super::post(cfg, "/api/lots/{lot}/statut", Policy::Meals, change);
    let path = "/api/lots/{lot}/abattage";
    super::post(cfg, path, Policy::Supervision, slaughter);
}

/// A step of a lot.
#[derive(Debug, Serialize, ToSchema)]
struct Event {
    /// `null` when the lot begins.
    de: Option<&'static str>,
    vers: &'static str,
    /// `null` when a meal or a station did it.
    par: Option<String>,
    role: Option<String>,
    motif: Option<String>,
    le: Timestamp,
}

impl From<LotEvent> for Event {
    fn from(event: LotEvent) -> Self {
        Event {
            de: event.de.map(|statut| statut.as_str()),
            vers: event.vers.as_str(),
            par: event.par,
            role: event.role,
            motif: event.motif,
            le: event.le,
        }
    }
}

/// Steps of a lot
///
/// Since the server keeps them.
#[utoipa::path(
    get,
    path = "/api/lots/{lot}/evenements",
    tag = "lots",
    params(("lot" = String, Path, description = "`code_lot`, or the numeric `id`", example = "LL4801665")),
    responses(
        (status = 200, description = "Oldest step first", body = Vec<Event>),
        (status = 404, description = "No such lot", body = ErrorBody),
        ReadFailure
    )
)]
async fn events(view: View, path: web::Path<String>) -> Result<web::Json<Vec<Event>>, ApiError> {
    let lot = known_lot(&view, &path).await?;
    Ok(web::Json(listed(&view, &lot).await?))
}

async fn listed(view: &View, lot: &StoredLot) -> Result<Vec<Event>, ApiError> {
    let events = life_cycle::list(view, lot.id).await?;
    Ok(events.into_iter().map(Event::from).collect())
}

/// A step of a lot.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes the body, which is read leniently")]
struct StepAsked {
    /// `en_preparation`: the ducks of a planned lot were received. `pret_abattage`: its feeding has ended. Only supervisors, with a `motif`:
    /// `annule` cancels it before that, and `en_gavage` goes back to feeding until quality control claims it.
    vers: String,
    /// With `en_preparation`: the ducks that were received.
    nombre_canards: Option<i32>,
    motif: Option<String>,
    /// Who asks, where nobody proves who he is.
    par: Option<String>,
}

/// Change the state of a lot
#[utoipa::path(
    post,
    path = "/api/lots/{lot}/statut",
    tag = "lots",
    params(("lot" = String, Path, description = "`code_lot`, or the numeric `id`", example = "LL4801665")),
    request_body = StepAsked,
    responses(
        (status = 200, description = "The steps of the lot, oldest first", body = Vec<Event>),
        NotChanged
    )
)]
async fn change(
    view: View,
    commands: web::Data<Commands>,
    path: web::Path<String>,
    body: Text,
    author: Author,
) -> Result<HttpResponse, ApiError> {
    make(view, &commands, &path, etape::step(&body.0), author).await
}

/// What the slaughterhouse reports.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes the body, which is read leniently")]
struct SlaughterReport {
    date: String,
    /// Ducks hung on the line.
    accroches: i32,
    poids_foie_moyen_g: Option<f64>,
    ecart_type_foie_g: Option<f64>,
    par: Option<String>,
}

/// Report the slaughter of a lot
///
/// Of one that is ready for it.
#[utoipa::path(
    post,
    path = "/api/lots/{lot}/abattage",
    tag = "lots",
    params(("lot" = String, Path, description = "`code_lot`, or the numeric `id`", example = "LL4801665")),
    request_body = SlaughterReport,
    responses(
        (status = 200, description = "The steps of the lot, oldest first", body = Vec<Event>),
        NotChanged
    )
)]
async fn slaughter(
    view: View,
    commands: web::Data<Commands>,
    path: web::Path<String>,
    body: Text,
    author: Author,
) -> Result<HttpResponse, ApiError> {
    make(view, &commands, &path, etape::slaughter(&body.0), author).await
}

async fn make(
    view: View,
    commands: &Commands,
    lot: &str,
    asked: Result<Asked, BadMessage>,
    author: Author,
) -> Result<HttpResponse, ApiError> {
    let lot = known_lot(&view, lot).await?;
    let asked = match asked {
        Ok(asked) => asked,
        Err(fault) => return Ok(saisies::unreadable(&fault)),
    };
    let asked = Asked {
        par: saisies::name(asked.par, &author),
        is_supervisor: saisies::is_supervisor(&author),
        ..asked
    };
    match commands.step(saisies::entered(&lot), asked, author).await? {
        Ok(()) => Ok(HttpResponse::Ok().json(listed(&view, &lot).await?)),
        Err(refus) => Ok(saisies::refused(refus)),
    }
}
