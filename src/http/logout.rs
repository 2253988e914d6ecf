//! Logging out: of this server, of the identity provider, and because somebody has logged out there.

use super::{
    auth::{LOGIN, cookie},
    client,
    credentials::COOKIE,
    error::ApiError,
    get,
    login::{Logins, of},
    post,
};
use crate::{
    domain::{access::Policy, key::Key},
    store::logouts,
};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, http::header, web};
use serde_json::json;

/// Where a browser goes next to leave the provider too.
const LEAVE: &str = "/auth/oidc/logout";

pub fn configure(cfg: &mut web::ServiceConfig) {
    post(cfg, "/auth/logout", Policy::Open, log_out);
    get(cfg, LEAVE, Policy::Open, leave);
    post(
        cfg,
        "/auth/backchannel-logout",
        Policy::Open,
        be_told_of_logout,
    );
}

impl Logins {
    /// The id of the login whose key the browser holds. A key that was pasted is no login.
    fn held(&self, request: &HttpRequest) -> Option<String> {
        let cookie = request.cookie(COOKIE)?;
        let key = Key::parse(cookie.value())?;
        let keys = self.keys.borrow();
        let known = keys.get(key.id())?;
        // Also one that has ended.
        (known.digest == key.digest()).then(|| known.id.clone())
    }
}

/// Ends a login in every tab of the browser; a key that was pasted stays valid elsewhere. Says where the browser goes next if it can leave the
/// provider too.
async fn log_out(
    request: HttpRequest,
    logins: web::Data<Option<Logins>>,
) -> Result<HttpResponse, ApiError> {
    if let Some(logins) = logins.get_ref()
        && let Some(id) = logins.held(&request)
    {
        let is_login = logouts::end(&logins.pool, &id, logins.requested(&request)).await?;
        if is_login && logins.provider.end_session(None).is_some() {
            // The cookie says there which session ends.
            return Ok(HttpResponse::Ok().json(json!({"next": LEAVE})));
        }
    }
    let mut response = HttpResponse::NoContent();
    if request.cookie(COOKIE).is_some() {
        forget(&mut response);
    }
    Ok(response.finish())
}

/// Sends a browser that has logged out to the provider. The ID token that says which session ends reaches no script.
async fn leave(
    request: HttpRequest,
    logins: web::Data<Option<Logins>>,
) -> Result<HttpResponse, ApiError> {
    let logins = of(&logins)?;
    let mut response = HttpResponse::SeeOther();
    let mut address = None;
    if let Some(id) = logins.held(&request)
        && let Some(sealed) = logouts::take_tokens(&logins.pool, &id).await?
    {
        let sealed = logins.seal.as_ref().zip(sealed);
        let tokens = sealed.and_then(|(seal, sealed)| seal.open(&id, &sealed));
        let id_token = tokens.and_then(|tokens| tokens.id);
        address = logins.provider.end_session(id_token.as_deref());
        forget(&mut response);
    }
    let address = address.unwrap_or_else(|| LOGIN.to_owned());
    response.insert_header((header::LOCATION, address));
    Ok(response.finish())
}

/// The provider says that somebody has logged out (OpenID Connect Back-Channel Logout 1.0).
async fn be_told_of_logout(
    request: HttpRequest,
    logins: web::Data<Option<Logins>>,
    body: web::Bytes,
) -> Result<HttpResponse, ApiError> {
    let logins = of(&logins)?;
    let mut values = form_urlencoded::parse(&body);
    let token = values.find_map(|(name, value)| (name == "logout_token").then_some(value));
    let token =
        token.ok_or_else(|| ApiError::BadParameter("logout_token is missing".to_owned()))?;
    let judged = logins.provider.logged_out(&token).await;
    let over = judged.map_err(|_| ApiError::NoIdentityProvider)?;
    let over = over.map_err(|bad| {
        log::warn!("a logout token was refused: {bad}");
        ApiError::BadParameter(format!("logout_token: {bad}"))
    })?;
    let address = client::address(&request, &logins.proxies);
    match logouts::end_all(&logins.pool, &over, address).await? {
        Some(ended) => log::info!("the identity provider ended {ended} logins"),
        None => {
            let sentence = "logout_token: it was used before (jti)";
            return Err(ApiError::BadParameter(sentence.to_owned()));
        }
    }
    let no_store = (header::CACHE_CONTROL, "no-store");
    Ok(HttpResponse::Ok().insert_header(no_store).finish())
}

fn forget(response: &mut HttpResponseBuilder) {
    let mut cookie = cookie(String::new()).finish();
    cookie.make_removal();
    response.cookie(cookie);
}
