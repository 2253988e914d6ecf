//! `/api/auth/`: logging in with a password for older frontends, which keep the tokens of the identity provider themselves. Only with
//! `--auth-legacy-login`. Passwords are relayed, and neither stored nor logged.

use super::{
    body::Given,
    caller::{Authentication, Caller},
    error::ApiError,
    get,
    login::Logins,
    post,
};
use crate::{
    domain::{
        access::{Policy, Role},
        scope::Scope,
        site::Site,
    },
    oidc::{NotRelayed, Provider, Relayed},
};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use serde_json::json;

pub fn configure(cfg: &mut web::ServiceConfig) {
    post(cfg, "/api/auth/login", Policy::Open, log_in);
    post(cfg, "/api/auth/refresh", Policy::Open, refresh);
    post(cfg, "/api/auth/logout", Policy::Open, log_out);
    get(cfg, "/api/auth/me", Policy::Account, me);
}

/// What an older frontend keeps.
#[derive(Serialize)]
struct Tokens {
    access_token: String,
    refresh_token: Option<String>,
    /// Seconds.
    expires_in: Option<u64>,
    refresh_expires_in: Option<u64>,
    token_type: &'static str,
    user_info: UserInfo,
}

#[derive(Serialize)]
struct UserInfo {
    /// As the identity provider knows the person; `null` for the holder of a key.
    sub: Option<String>,
    name: String,
    roles: [Role; 1],
    gaveur_id: Option<i32>,
    /// `null` for all.
    sites: Option<Vec<Site>>,
}

impl UserInfo {
    fn new(principal: Option<&str>, name: &str, role: Role, scope: &Scope) -> Self {
        let sub = principal.and_then(|principal| principal.strip_prefix("oidc:"));
        let (sites, gaveur_id) = match scope {
            Scope::Everything => (None, None),
            Scope::Sites(sites) => (Some(sites.iter().copied().collect()), None),
            Scope::Gaveur(id) => (Some(Vec::new()), Some(*id)),
            Scope::Nothing => (Some(Vec::new()), None),
        };
        UserInfo {
            sub: sub.map(str::to_owned),
            name: name.to_owned(),
            roles: [role],
            gaveur_id,
            sites,
        }
    }
}

impl From<Relayed> for Tokens {
    fn from(relayed: Relayed) -> Self {
        let (account, answer) = (&relayed.account, relayed.answer);
        let (principal, grant) = (account.principal.as_str(), &account.grant);
        let scope = grant.scope();
        Tokens {
            user_info: UserInfo::new(Some(principal), &account.name, grant.role, &scope),
            access_token: relayed.access_token,
            refresh_token: answer.refresh_token,
            expires_in: answer.expires_in,
            refresh_expires_in: answer.refresh_expires_in,
            token_type: "Bearer",
        }
    }
}

async fn log_in(
    request: HttpRequest,
    authentication: web::Data<Authentication>,
    logins: web::Data<Option<Logins>>,
    given: Given,
) -> Result<HttpResponse, ApiError> {
    let provider = relaying(&logins)?;
    let name = given.secret(&["email", "username"])?;
    let password = given.secret(&["password"])?;
    // Before the provider is asked, so that nobody guesses passwords through this server.
    authentication.may_try(&request)?;
    let relayed = provider.by_password(&name, &password).await;
    answer(relayed, "the e-mail address or the password is wrong")
}

async fn refresh(
    logins: web::Data<Option<Logins>>,
    given: Given,
) -> Result<HttpResponse, ApiError> {
    let provider = relaying(&logins)?;
    let token = given.secret(&["refresh_token"])?;
    let relayed = provider.by_refresh_token(&token).await;
    answer(
        relayed,
        "the refresh token is not valid any more: log in again",
    )
}

async fn log_out(
    logins: web::Data<Option<Logins>>,
    given: Given,
) -> Result<HttpResponse, ApiError> {
    let provider = relaying(&logins)?;
    let token = given.secret(&["refresh_token"])?;
    match provider.give_back(&token).await {
        Ok(true) => Ok(HttpResponse::Ok().json(json!({"message": "Déconnexion réussie"}))),
        Ok(false) => Err(ApiError::NotFound(
            "the identity provider takes no tokens back: they stay valid until they expire"
                .to_owned(),
        )),
        Err(failure) => Err(refusal(failure, "the refresh token is not valid any more")),
    }
}

async fn me(logins: web::Data<Option<Logins>>, caller: Caller) -> Result<HttpResponse, ApiError> {
    relaying(&logins)?;
    let principal = caller.key.as_deref();
    let user = UserInfo::new(principal, &caller.name, caller.role, &caller.scope);
    Ok(HttpResponse::Ok().json(user))
}

fn relaying(logins: &Option<Logins>) -> Result<&Provider, ApiError> {
    let logins = logins.as_ref().filter(|logins| logins.relays_passwords);
    let provider = logins.map(|logins| &logins.provider);
    provider.ok_or_else(|| {
        ApiError::NotFound("this server takes no passwords: see --auth-legacy-login".to_owned())
    })
}

fn answer(
    relayed: Result<Relayed, NotRelayed>,
    sentence: &'static str,
) -> Result<HttpResponse, ApiError> {
    let relayed = relayed.map_err(|failure| refusal(failure, sentence))?;
    Ok(HttpResponse::Ok().json(Tokens::from(relayed)))
}

fn refusal(failure: NotRelayed, sentence: &'static str) -> ApiError {
    match failure {
        NotRelayed::Away => ApiError::NoIdentityProvider,
        NotRelayed::Credentials => ApiError::Unauthorized(sentence.to_owned()),
        NotRelayed::Account(none) => ApiError::Forbidden(none.to_string()),
    }
}
