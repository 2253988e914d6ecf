//! Acknowledgements of alerts, which apply to all screens, and taking them back.

use super::{
    body::Given,
    error::{ApiError, ErrorBody, ReadFailure},
    old_screens::NOBODY_NAMED,
    params,
    state::Commands,
};
use crate::{
    domain::{
        access::{Policy, Role},
        alert::{Acknowledging, Alert, Source, WITHDRAWN_WITHIN},
        audit::Author,
    },
    protocol::alerts::AlertData,
    store::{alerts, gaveurs, view::View},
};
use actix_web::web;
use utoipa::ToSchema;

pub fn configure(cfg: &mut web::ServiceConfig) {
    for path in ACKNOWLEDGE {
        super::post(cfg, path, Policy::Acknowledge, acknowledge);
    }
    let path = "/api/alertes/{id}/acquitter/annuler";
    super::post(cfg, path, Policy::Acknowledge, withdraw);
}

/// Supervision, farmers and quality control each have their own path for it.
pub const ACKNOWLEDGE: [&str; 3] = [
    "/api/euralis/alertes/{id}/acquitter",
    "/api/alertes/{id}/acquitter",
    "/api/sqal/alerts/{id}/acknowledge",
];

/// Body or query parameters of an acknowledgement.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes the body, which is read leniently")]
struct Acknowledge {
    /// Who takes notice; `who`, `user`, `acquittee_par` and `acknowledged_by` are understood too, and `gaveur_id`, which is the gaveur's
    /// name. Without any it is `supervision`.
    par: Option<String>,
    /// Up to 500 characters, kept with the acknowledgement and in the audit.
    commentaire: Option<String>,
}

/// Acknowledge an alert
///
/// The first acknowledgement is kept: repeating it changes nothing. Every screen is informed at once.
#[utoipa::path(
    post,
    path = "/api/euralis/alertes/{id}/acquitter",
    tag = "alertes",
    params(("id" = i64, Path)),
    request_body = Acknowledge,
    responses(
        (status = 200, description = "The alert, acknowledged", body = AlertData),
        (status = 404, description = "No such alert", body = ErrorBody),
        ReadFailure
    )
)]
async fn acknowledge(
    view: View,
    commands: web::Data<Commands>,
    path: web::Path<String>,
    given: Given,
    author: Author,
) -> Result<web::Json<AlertData>, ApiError> {
    let commentaire = given.comment("commentaire")?;
    let what = Acknowledging::Take { commentaire };
    let alert = act(&view, &commands, &path, &given, what, author).await?;
    Ok(web::Json(AlertData::from(&alert)))
}

/// Take an acknowledgement back
///
/// Only who acknowledged can, within a minute; then the alert is unacknowledged as before, and every screen is informed. Repeating it changes
/// nothing.
#[utoipa::path(
    post,
    path = "/api/alertes/{id}/acquitter/annuler",
    tag = "alertes",
    params(("id" = i64, Path)),
    request_body = Acknowledge,
    responses(
        (status = 200, description = "The alert, unacknowledged", body = AlertData),
        (status = 404, description = "No such alert", body = ErrorBody),
        (status = 409, description = "Somebody else acknowledged it, or too long ago", body = ErrorBody),
        ReadFailure
    )
)]
async fn withdraw(
    view: View,
    commands: web::Data<Commands>,
    path: web::Path<String>,
    given: Given,
    author: Author,
) -> Result<web::Json<AlertData>, ApiError> {
    let what = Acknowledging::Withdraw;
    let alert = act(&view, &commands, &path, &given, what, author).await?;
    if let Some(noted) = &alert.acquittement {
        let (id, par) = (alert.id, &noted.par);
        let seconds = WITHDRAWN_WITHIN.as_secs();
        let sentence = format!(
            "the alert {id} was acknowledged by {par}: only he takes that back, within {seconds} s"
        );
        return Err(ApiError::Conflict(sentence));
    }
    Ok(web::Json(AlertData::from(&alert)))
}

async fn act(
    view: &View,
    commands: &Commands,
    id: &str,
    given: &Given,
    what: Acknowledging,
    author: Author,
) -> Result<Alert, ApiError> {
    let id = params::id(id)?;
    let unknown = || ApiError::NotFound(format!("there is no alert {id}"));
    // Quality control acknowledges only what its stations raised.
    let source = (author.role == Role::TechnicienSqal).then_some(Source::Sqal);
    let is_limited = view.is_limited() || source.is_some();
    if is_limited && !alerts::is_visible(view, id, source).await? {
        return Err(unknown());
    }
    // The name in the request counts only where nobody proves who he is.
    let par = match author.known_name() {
        Some(name) => name.to_owned(),
        None => who(view, given).await?,
    };
    let alert = commands.acknowledge(id, par, what, author).await?;
    alert.ok_or_else(unknown)
}

/// Old screens name nobody, or a gaveur by his number.
async fn who(view: &View, given: &Given) -> Result<String, ApiError> {
    const NAMES: [&str; 5] = ["par", "who", "user", "acquittee_par", "acknowledged_by"];
    if let Some(name) = given.first_name(&NAMES)? {
        return Ok(name);
    }
    let number = given.optional_name("gaveur_id")?;
    let number = number.and_then(|number| number.parse().ok());
    let Some(gaveur_id) = number else {
        return Ok(NOBODY_NAMED.to_owned());
    };
    let found = gaveurs::list(view, Some(gaveur_id)).await?;
    let known = found.into_iter().next();
    Ok(known.map_or_else(|| format!("gaveur {gaveur_id}"), |gaveur| gaveur.nom))
}
