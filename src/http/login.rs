//! Logging in at the identity provider. The browser gets only a cookie: no token reaches a page.

use super::{
    auth::{LOGIN, cookie},
    client,
    error::ApiError,
    get,
};
use crate::{
    domain::{
        access::Policy,
        key::Key,
        keyring::Keyring,
        oidc::{login::Attempt, renewal, sealed::Seal},
        proxies::Proxies,
    },
    oidc::{Entered, Provider, Refused},
    store::{
        Pool,
        logins::{self, Requested, Term},
    },
};
use actix_web::{
    HttpRequest, HttpResponse,
    cookie::{Cookie, SameSite, time},
    http::header,
    web,
};
use serde::Deserialize;
use std::{sync::Arc, time::Duration};
use tokio::{sync::watch, time::timeout};

/// Holds the login that has begun.
const BEGUN: &str = "__Host-gaveurs-login";
const BEGUN_FOR: time::Duration = time::Duration::minutes(10);
/// How long a login waits until this server has read it.
const KNOWN_WITHIN: Duration = Duration::from_secs(3);

/// Logs people in and out.
#[derive(Clone)]
pub struct Logins {
    pub provider: Provider,
    /// Whether passwords of older frontends are relayed.
    pub relays_passwords: bool,
    /// How long a login is valid that the provider does not confirm again.
    pub lifetime: Duration,
    /// `None` for a client without a secret, whose logins are not renewed.
    pub seal: Option<Arc<Seal>>,
    pub keys: watch::Receiver<Arc<Keyring>>,
    pub pool: Pool,
    pub proxies: Proxies,
}

impl Logins {
    async fn begin(&self, entered: &Entered, request: &HttpRequest) -> Result<Key, ApiError> {
        let requested = self.requested(request);
        let key = Key::generate(&mut rand::rng());
        let term = self.term(&key, entered);
        let sid = entered.sid.as_deref();
        logins::begin(&self.pool, &key, &entered.account, sid, &term, requested).await?;
        let mut keys = self.keys.clone();
        let known = keys.wait_for(|keys| keys.get(key.id()).is_some());
        match timeout(KNOWN_WITHIN, known).await {
            Ok(Ok(_)) => Ok(key),
            _ => Err(ApiError::Unavailable),
        }
    }

    fn term(&self, key: &Key, entered: &Entered) -> Term {
        let Entered { tokens, life, .. } = entered;
        let seal = self.seal.as_ref();
        let sealed = seal.and_then(|seal| seal.close(&mut rand::rng(), key.id(), tokens));
        let is_renewed = sealed.is_some() && tokens.refresh.is_some();
        Term {
            lifetime: self.lifetime,
            renew_after: is_renewed.then(|| renewal::due_after(*life, self.lifetime)),
            tokens: sealed,
        }
    }

    pub(super) fn requested(&self, request: &HttpRequest) -> Requested {
        Requested {
            request: rand::random(),
            address: client::address(request, &self.proxies),
        }
    }
}

pub fn configure(cfg: &mut web::ServiceConfig) {
    get(cfg, "/auth/oidc/login", Policy::Open, log_in);
    get(cfg, "/auth/callback", Policy::Open, come_back);
}

#[derive(Deserialize)]
struct Asked {
    to: Option<String>,
}

/// Sends a person to the provider.
async fn log_in(
    logins: web::Data<Option<Logins>>,
    asked: web::Query<Asked>,
) -> Result<HttpResponse, ApiError> {
    let provider = &of(&logins)?.provider;
    let attempt = Attempt::begin(&mut rand::rng(), asked.to.as_deref());
    let Ok(address) = provider.address(&attempt) else {
        return Ok(problem("away"));
    };
    let begun = begun(attempt.remember()).max_age(BEGUN_FOR).finish();
    let mut response = HttpResponse::SeeOther();
    response
        .insert_header((header::LOCATION, address))
        .cookie(begun);
    Ok(response.finish())
}

/// What the provider sends a person back with.
#[derive(Deserialize)]
struct Answer {
    state: Option<String>,
    code: Option<String>,
    iss: Option<String>,
}

async fn come_back(
    request: HttpRequest,
    logins: web::Data<Option<Logins>>,
    answer: web::Query<Answer>,
) -> Result<HttpResponse, ApiError> {
    let logins = of(&logins)?;
    let mut response = match attempt(&request, &answer) {
        None => problem("expired"),
        Some(attempt) => match exchange(&logins.provider, &attempt, &answer).await {
            Ok(entered) => enter(logins, &entered, &attempt, &request).await?,
            Err(word) => problem(word),
        },
    };
    let mut over = begun(String::new()).finish();
    over.make_removal();
    // A cookie with this name and value can be written.
    let _ = response.add_cookie(&over);
    Ok(response)
}

/// The login that this browser has begun, if the answer is to it.
fn attempt(request: &HttpRequest, answer: &Answer) -> Option<Attempt> {
    let cookie = request.cookie(BEGUN)?;
    Attempt::recall(cookie.value(), answer.state.as_deref()?)
}

/// The person, or the word for what is wrong.
async fn exchange(
    provider: &Provider,
    attempt: &Attempt,
    answer: &Answer,
) -> Result<Entered, &'static str> {
    let code = answer.code.as_deref().ok_or("refused")?;
    let entered = provider
        .exchange(attempt, code, answer.iss.as_deref())
        .await;
    entered.map_err(|refused| match refused {
        Refused::Away => "away",
        Refused::Answer => "refused",
        Refused::Account(none) => {
            log::warn!("a login was refused: this is {none}");
            "account"
        }
    })
}

async fn enter(
    logins: &Logins,
    entered: &Entered,
    attempt: &Attempt,
    request: &HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let key = logins.begin(entered, request).await?;
    // A login that is renewed has no end that is known now; the server knows whether it is valid.
    let held = cookie(key.reveal().to_owned()).permanent();
    let to = (header::LOCATION, attempt.to.as_str());
    let mut response = HttpResponse::SeeOther();
    Ok(response.insert_header(to).cookie(held.finish()).finish())
}

/// Leads to the login page, which says what is wrong.
fn problem(word: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, format!("{LOGIN}?problem={word}")))
        .finish()
}

pub(super) fn of(logins: &Option<Logins>) -> Result<&Logins, ApiError> {
    logins.as_ref().ok_or_else(|| {
        ApiError::NotFound("this server has no identity provider: see --oidc-client-id".to_owned())
    })
}

/// `Lax`, because the provider sends the browser back from another site.
fn begun(text: String) -> actix_web::cookie::CookieBuilder<'static> {
    Cookie::build(BEGUN, text)
        .path("/")
        .secure(true)
        .http_only(true)
        .same_site(SameSite::Lax)
}
