//! Logs people in at the identity provider: sends them there, and exchanges the code that they come back with.

use super::{Fetcher, Issuer, Known, Unidentified, fetch::FetchError};
use crate::{
    causes,
    domain::oidc::{
        account::{Account, NoAccess},
        login::{Attempt, Destination},
        token::{ExpectedLogin, LoginAnswer, verify_login},
    },
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use jiff::Timestamp;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Logins that may be exchanged at the same time; each asks the provider.
const MOST_AT_ONCE: usize = 16;

/// This server as a client of the provider.
#[derive(Clone)]
pub struct Client {
    pub id: String,
    pub secret: Option<String>,
    /// Where people come back to.
    pub redirect_uri: String,
}

/// The identity provider as a place to log in.
#[derive(Clone)]
pub struct Provider {
    issuer: Issuer,
    client: Client,
    places: Arc<Semaphore>,
}

/// Why nobody is logged in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// The provider does not answer.
    Away,
    /// The answer is not the one to this login.
    Answer,
    Account(NoAccess),
}

impl Provider {
    pub fn new(issuer: Issuer, client: Client) -> Self {
        Provider {
            issuer,
            client,
            places: Arc::new(Semaphore::new(MOST_AT_ONCE)),
        }
    }

    /// Where a person is sent for this login.
    ///
    /// # Errors
    /// The provider has not answered yet.
    pub fn address(&self, attempt: &Attempt) -> Result<String, Unidentified> {
        let known = self.known();
        Ok(attempt.address(&Destination {
            endpoint: &known.fresh()?.metadata.authorization_endpoint,
            client_id: &self.client.id,
            redirect_uri: &self.client.redirect_uri,
        }))
    }

    /// Who has come back with this code. `iss` is the provider that the answer names.
    ///
    /// # Errors
    /// Nobody is logged in.
    pub async fn exchange(
        &self,
        attempt: &Attempt,
        code: &str,
        iss: Option<&str>,
    ) -> Result<Account, Refused> {
        let _place = self.places.try_acquire().map_err(|_| Refused::Away)?;
        let known = self.known();
        let described = known.fresh().map_err(|_| Refused::Away)?;
        if !described.metadata.has_answered(iss) {
            return Err(Refused::Answer);
        }
        let endpoint = described.metadata.token_endpoint.clone();
        let (authorization, form) = self.request(attempt, code);
        let answer = self.fetcher().post(endpoint, authorization, form).await;
        let answer = answer.map_err(refusal)?;
        let terms = &self.issuer.terms;
        let expected = ExpectedLogin {
            issuer: &terms.rules.issuer,
            client_id: &self.client.id,
            nonce: &attempt.nonce,
        };
        let answer = LoginAnswer::parse(&answer).ok_or(Refused::Answer)?;
        let claims = verify_login(&answer, &described.keys, &expected, Timestamp::now());
        let claims = claims.map_err(|bad| {
            log::warn!("a login was refused: {bad}");
            Refused::Answer
        })?;
        Account::of(&claims, &terms.claims).map_err(Refused::Account)
    }

    /// With a secret this server identifies itself in a header, otherwise only by its name.
    fn request(&self, attempt: &Attempt, code: &str) -> (Option<String>, String) {
        let Client {
            id,
            secret,
            redirect_uri,
        } = &self.client;
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("grant_type", "authorization_code")
            .append_pair("code", code)
            .append_pair("redirect_uri", redirect_uri)
            .append_pair("code_verifier", &attempt.verifier);
        let authorization = secret.as_ref().map(|secret| {
            let encoded = |text: &str| -> String {
                form_urlencoded::byte_serialize(text.as_bytes()).collect()
            };
            let both = format!("{}:{}", encoded(id), encoded(secret));
            format!("Basic {}", BASE64_STANDARD.encode(both))
        });
        if authorization.is_none() {
            form.append_pair("client_id", id);
        }
        (authorization, form.finish())
    }

    fn known(&self) -> Known {
        self.issuer.known.borrow().clone()
    }

    fn fetcher(&self) -> &Fetcher {
        &self.issuer.fetcher
    }
}

/// A provider that refuses a code has answered.
fn refusal(error: FetchError) -> Refused {
    log::warn!("a login was not finished: {}", causes::once(&error));
    match error {
        FetchError::Status {
            status: 400..500, ..
        } => Refused::Answer,
        _ => Refused::Away,
    }
}
