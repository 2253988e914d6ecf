//! The caller of a request, whether the policy of the route admits it, and its view of the database.

use super::{caller_limits::CallerLimits, client, credentials, error::ApiError, origin};
use crate::{
    domain::{
        access::{Policy, Role},
        audit::Author,
        grant::WriteScope,
        key::{Key, is_key},
        keyring::{Keyring, StoredKey},
        oidc::account::Bearer,
        proxies::Proxies,
        scope::Scope,
        simulated_networks::SimulatedNetworks,
        trusted_networks::{TrustedNetwork, TrustedNetworks},
    },
    oidc::{Issuer, Unidentified},
    store::view::{Reader, View},
};
use actix_web::{
    FromRequest, HttpMessage, HttpRequest,
    dev::{Payload, ServiceRequest},
    web,
};
use jiff::Timestamp;
use std::{
    future::{Ready, ready},
    net::IpAddr,
    sync::Arc,
};
use tokio::sync::watch;

/// Who sends a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The id of the caller's key, `oidc:<sub>` of his token, or `net:<network>` of a program that is known by its address; `None` for
    /// whoever is unknown.
    pub key: Option<Arc<str>>,
    /// When the caller's token expires. The keyring reports the end of a key.
    pub until: Option<Timestamp>,
    /// When what the caller presents expires, be it a key, a login or a token.
    pub expires_at: Option<Timestamp>,
    /// As the key or the account is named.
    pub name: String,
    pub role: Role,
    pub scope: Scope,
    pub writing: WriteScope,
}

impl Caller {
    /// May do and see everything: every caller, without authentication.
    pub fn anyone() -> Self {
        Caller {
            key: None,
            until: None,
            expires_at: None,
            name: String::new(),
            role: Role::Admin,
            scope: Scope::Everything,
            writing: WriteScope::default(),
        }
    }

    /// The caller's key or account, unless he is a program.
    pub(super) fn person(&self) -> Option<Arc<str>> {
        let is_program = matches!(
            self.role,
            Role::Public | Role::Station | Role::Simulateur | Role::Metrics
        );
        self.key.clone().filter(|_| !is_program)
    }

    /// His name, if he presents credentials.
    pub fn known_name(&self) -> Option<&str> {
        self.key.as_ref().map(|_| self.name.as_str())
    }

    /// A caller without credentials.
    fn public() -> Self {
        Caller {
            role: Role::Public,
            scope: Scope::Nothing,
            ..Caller::anyone()
        }
    }
}

impl Caller {
    /// Whoever reads a page. One that is not there has no policy, and so nobody was identified: with authentication it is a stranger.
    pub(super) fn of_page(request: &HttpRequest) -> Self {
        if let Some(caller) = request.extensions().get::<Caller>() {
            return caller.clone();
        }
        let authentication = request.app_data::<web::Data<Authentication>>();
        match authentication.map(|it| it.get_ref()) {
            Some(Authentication::Off(everybody)) => everybody.clone(),
            _ => Caller::public(),
        }
    }
}

impl From<&StoredKey> for Caller {
    fn from(key: &StoredKey) -> Self {
        Caller {
            key: Some(key.id.as_str().into()),
            until: None,
            expires_at: key.expires_at,
            name: key.name.clone(),
            role: key.grant.role,
            scope: key.grant.scope(),
            writing: key.grant.writing(),
        }
    }
}

impl From<Bearer> for Caller {
    fn from(Bearer { account, until }: Bearer) -> Self {
        Caller {
            key: Some(account.principal.into()),
            until,
            expires_at: until,
            name: account.name,
            role: account.grant.role,
            scope: account.grant.scope(),
            writing: account.grant.writing(),
        }
    }
}

impl From<&TrustedNetwork> for Caller {
    fn from(network: &TrustedNetwork) -> Self {
        Caller {
            key: Some(format!("net:{}", network.name()).into()),
            until: None,
            expires_at: None,
            name: network.name(),
            role: network.grant.role,
            scope: network.grant.scope(),
            writing: network.grant.writing(),
        }
    }
}

/// Identifies the callers of all routes.
#[derive(Clone)]
pub enum Authentication {
    /// Everybody is this caller, and credentials are not looked at.
    Off(Caller),
    /// By key, or by a token of the identity provider if there is one.
    On {
        /// The keys that were valid a second ago.
        keys: watch::Receiver<Arc<Keyring>>,
        issuer: Option<Issuer>,
        networks: Arc<TrustedNetworks>,
        proxies: Proxies,
        limits: CallerLimits,
    },
}

impl Authentication {
    /// # Errors
    /// The request presents credentials that are not valid.
    async fn identify(&self, request: &ServiceRequest) -> Result<Caller, ApiError> {
        let (keys, issuer) = match self {
            Authentication::Off(everybody) => return Ok(everybody.clone()),
            Authentication::On { keys, issuer, .. } => (keys, issuer),
        };
        match (credentials::presented(request)?, issuer) {
            (None, _) => Ok(self.of_network(request).unwrap_or_else(Caller::public)),
            (Some(token), Some(issuer)) if !is_key(&token) => of_token(issuer, &token).await,
            (Some(key), _) => of_key(&keys.borrow(), &key),
        }
    }

    /// A program without credentials in a network that is trusted. A page that is shown there is none.
    fn of_network(&self, request: &ServiceRequest) -> Option<Caller> {
        let Authentication::On {
            networks, proxies, ..
        } = self
        else {
            return None;
        };
        if origin::is_of_page(request.head()) {
            return None;
        }
        let address = client::program(request.request(), proxies)?;
        networks.of(address).map(Caller::from)
    }

    /// The refusal of a request whose credentials are not valid.
    fn refuse(&self, request: &ServiceRequest, refusal: ApiError) -> ApiError {
        match self {
            Authentication::On { limits, .. } => limits.failed(request.request(), refusal),
            Authentication::Off(_) => refusal,
        }
    }

    /// Counts an attempt to log in with a password.
    ///
    /// # Errors
    /// The sender has tried too often.
    pub(super) fn may_try(&self, request: &HttpRequest) -> Result<(), ApiError> {
        match self {
            Authentication::On { limits, .. } => limits.tries(request),
            Authentication::Off(_) => Ok(()),
        }
    }

    /// Counts a request for data.
    ///
    /// # Errors
    /// The caller asks too often.
    fn count(&self, caller: &Caller) -> Result<(), ApiError> {
        match (self, &caller.key) {
            (Authentication::On { limits, .. }, Some(principal)) => limits.asks(principal),
            _ => Ok(()),
        }
    }
}

/// # Errors
/// The text is no valid key.
pub(super) fn of_key(keyring: &Keyring, text: &str) -> Result<Caller, ApiError> {
    let key = Key::parse(text.trim());
    let key = key.ok_or_else(|| {
        ApiError::Unauthorized("this is no key, or a misspelt one: keys begin with gvk_".to_owned())
    })?;
    let known = keyring.identify(&key);
    known
        .map(Caller::from)
        .map_err(|bad| ApiError::Unauthorized(bad.to_string()))
}

async fn of_token(issuer: &Issuer, token: &str) -> Result<Caller, ApiError> {
    let bearer = issuer.identify(token).await;
    bearer
        .map(Caller::from)
        .map_err(|unidentified| match unidentified {
            Unidentified::Token(bad) => ApiError::Unauthorized(bad.to_string()),
            Unidentified::Account(none) => ApiError::Forbidden(none.to_string()),
            Unidentified::Away => ApiError::NoIdentityProvider,
        })
}

/// Identifies the caller and stores it in the request, for the handler and its [`View`].
///
/// # Errors
/// The policy does not admit the caller, or the address names another farmer.
pub(super) async fn admit(policy: Policy, request: &ServiceRequest) -> Result<(), ApiError> {
    let authentication = request.app_data::<web::Data<Authentication>>();
    let authentication = authentication.ok_or_else(missing)?;
    let needs_nobody = policy.admits(Role::Public);
    let mut caller =
        match authentication.identify(request).await {
            // Whoever presents an old key, or one without rights, can still log in.
            Err(
                ApiError::Unauthorized(_) | ApiError::Forbidden(_) | ApiError::NoIdentityProvider,
            ) if needs_nobody => Caller::public(),
            Err(refusal @ ApiError::Unauthorized(_)) => {
                return Err(authentication.refuse(request, refusal));
            }
            identified => identified?,
        };
    // A page has many files, and sockets have a limit of their own.
    if !needs_nobody && !credentials::is_socket(request) {
        authentication.count(&caller)?;
    }
    if is_simulated(request.request()) {
        caller.writing.is_simulated = true;
    }
    request.extensions_mut().insert(caller.clone());
    if !policy.admits(caller.role) {
        return Err(match caller.role {
            Role::Public => ApiError::Unauthorized(
                "this needs a key, as in Authorization: Bearer gvk_…".to_owned(),
            ),
            role => ApiError::Forbidden(format!("not open to the role {}", role.as_str())),
        });
    }
    let named = request.match_info().get("gaveur_id");
    // The handler complains of an id that is no number.
    if let Some(id) = named.and_then(|id| id.parse().ok())
        && !caller.scope.may_name(id)
    {
        return Err(ApiError::Forbidden("of another gaveur".to_owned()));
    }
    Ok(())
}

impl FromRequest for Caller {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let caller = request.extensions().get::<Caller>().cloned();
        ready(caller.ok_or_else(missing))
    }
}

impl FromRequest for View {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let extensions = request.extensions();
        let caller = extensions.get::<Caller>();
        let reader = request.app_data::<web::Data<Reader>>();
        let view = caller.zip(reader).ok_or_else(missing);
        ready(view.map(|(caller, reader)| reader.seen_by(&caller.scope)))
    }
}

impl FromRequest for Author {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let extensions = request.extensions();
        let author = extensions.get::<Caller>().map(|caller| {
            let key = caller.key.as_ref();
            // That of a token names its subject.
            let key = key.map(|key| {
                if key.contains(':') {
                    key.to_string()
                } else {
                    format!("key:{key}")
                }
            });
            Author {
                request: rand::random(),
                principal: key.unwrap_or_else(|| "anyone".to_owned()),
                name: caller.name.clone(),
                role: caller.role,
                address: sender(request),
            }
        });
        ready(author.ok_or_else(missing))
    }
}

/// The request comes from a network of simulators.
fn is_simulated(request: &HttpRequest) -> bool {
    let networks = request.app_data::<web::Data<SimulatedNetworks>>();
    let sent = networks.zip(sender(request));
    sent.is_some_and(|(networks, address)| networks.have(address))
}

fn sender(request: &HttpRequest) -> Option<IpAddr> {
    let authentication = request.app_data::<web::Data<Authentication>>();
    match authentication.map(|known| known.get_ref()) {
        Some(Authentication::On { proxies, .. }) => client::sender(request, proxies),
        _ => request.peer_addr().map(|peer| peer.ip()),
    }
}

/// The application lacks data that every request needs.
fn missing() -> ApiError {
    log::error!(
        "request not answered: the application was built without `Authentication` or `Reader`"
    );
    ApiError::Internal
}
