//! Logging in with a key: the login page, and the cookie that keeps a browser logged in.

use super::{
    body::Given,
    caller::{Authentication, Caller, of_key},
    credentials::COOKIE,
    error::ApiError,
    get, pages, post,
};
use crate::{
    domain::{
        access::{HeaderLink, Policy, Role},
        scope::Scope,
        site::Site,
    },
    protocol::frames::At,
};
use actix_web::{
    HttpMessage as _, HttpRequest, HttpResponse,
    cookie::{Cookie, SameSite},
    http::{Uri, header},
    web,
};
use serde::Serialize;
use serde_json::json;

pub(super) const LOGIN: &str = "/auth/login";

pub fn configure(cfg: &mut web::ServiceConfig) {
    get(cfg, LOGIN, Policy::Open, pages::login);
    get(cfg, "/auth/me", Policy::Account, me);
    post(cfg, "/auth/key", Policy::Open, log_in);
}

/// Whether a person's browser asks for a page.
pub(super) fn asks_for_page(request: &HttpRequest) -> bool {
    let accepts = request.headers().get(header::ACCEPT);
    let accepts = accepts.and_then(|accepts| accepts.to_str().ok());
    let is_data = ["/api/", "/ws/"]
        .iter()
        .any(|at| request.path().starts_with(at));
    !is_data && accepts.is_some_and(|accepts| accepts.contains("text/html"))
}

/// Leads to the login page, which leads back.
pub(super) fn login_address(asked: &Uri) -> HttpResponse {
    let to: String = form_urlencoded::byte_serialize(asked.to_string().as_bytes()).collect();
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, format!("{LOGIN}?to={to}")))
        .finish()
}

/// Leads whoever asks for the wall, and may not see it, to the page of his own work.
pub(super) fn home_instead(request: &HttpRequest) -> Option<HttpResponse> {
    let extensions = request.extensions();
    let caller = extensions.get::<Caller>()?;
    let home = HeaderLink::home(caller.role);
    let is_astray = request.path() == HeaderLink::Wall.as_str() && home != HeaderLink::Wall;
    let to = (header::LOCATION, home.path(caller.scope.gaveur()));
    is_astray.then(|| HttpResponse::SeeOther().insert_header(to).finish())
}

/// Who is logged in, for our pages.
#[derive(Serialize)]
struct Me<'a> {
    nom: &'a str,
    role: Role,
    /// `null` for all.
    sites: Option<Vec<Site>>,
    gaveur_id: Option<i32>,
    /// When the caller must log in again, if nothing renews his login before; `null` for never.
    expires_at: Option<At>,
    /// The page of his daily work.
    accueil: String,
}

async fn me(caller: Caller) -> HttpResponse {
    let sites = match &caller.scope {
        Scope::Everything => None,
        Scope::Sites(sites) => Some(sites.iter().copied().collect()),
        Scope::Gaveur(_) | Scope::Nothing => Some(Vec::new()),
    };
    let gaveur_id = caller.scope.gaveur();
    HttpResponse::Ok().json(Me {
        nom: &caller.name,
        role: caller.role,
        sites,
        gaveur_id,
        expires_at: caller.expires_at.map(At),
        accueil: HeaderLink::home(caller.role).path(gaveur_id),
    })
}

/// Exchanges a key for the cookie. Without authentication there is nothing to exchange.
async fn log_in(
    request: HttpRequest,
    authentication: web::Data<Authentication>,
    given: Given,
) -> Result<HttpResponse, ApiError> {
    let key = given.name(&["key"])?;
    let caller = match authentication.get_ref() {
        Authentication::Off(everybody) => everybody.clone(),
        Authentication::On { keys, limits, .. } => {
            let known = of_key(&keys.borrow(), &key);
            known.map_err(|refusal| limits.failed(&request, refusal))?
        }
    };
    let mut response = HttpResponse::Ok();
    if caller.key.is_some() {
        response.cookie(cookie(key.trim().to_owned()).permanent().finish());
    }
    Ok(response.json(json!({"nom": caller.name, "role": caller.role})))
}

/// No script can read it, and no page of another site sends it with a POST.
pub(super) fn cookie(key: String) -> actix_web::cookie::CookieBuilder<'static> {
    Cookie::build(COOKIE, key)
        .path("/")
        .secure(true)
        .http_only(true)
        .same_site(SameSite::Lax)
}
