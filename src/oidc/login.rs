//! Logs people in at the identity provider: sends them there, and exchanges the code that they come back with.

use super::{Issuer, Known, Unidentified, fetch::FetchError};
use crate::{
    causes,
    domain::oidc::{
        account::{Account, NoAccess},
        answer::{Expected, TokenAnswer},
        login::{Attempt, Destination},
        sealed::Tokens,
    },
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use jiff::Timestamp;
use std::{sync::Arc, time::Duration};
use tokio::sync::{Semaphore, SemaphorePermit, TryAcquireError};

/// Logins that may be exchanged at the same time; each asks the provider.
const MOST_AT_ONCE: usize = 16;

/// This server as a client of the provider.
#[derive(Clone)]
pub struct Client {
    pub id: String,
    pub secret: Option<String>,
    /// Where people come back to when they have logged in.
    pub redirect_uri: String,
    /// And when they have logged out.
    pub logged_out_uri: String,
}

/// The identity provider as a place to log in.
#[derive(Clone)]
pub struct Provider {
    pub(super) issuer: Issuer,
    pub(super) client: Client,
    places: Arc<Semaphore>,
}

/// A person who has logged in at the provider.
pub struct Entered {
    pub account: Account,
    /// The provider's name for his session there.
    pub sid: Option<String>,
    pub tokens: Tokens,
    /// How long what the provider says of him is valid, if it tells.
    pub life: Option<Duration>,
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
    ) -> Result<Entered, Refused> {
        let _place = self.places().map_err(|_| Refused::Away)?;
        let known = self.known();
        let described = known.fresh().map_err(|_| Refused::Away)?;
        if !described.metadata.has_answered(iss) {
            return Err(Refused::Answer);
        }
        let endpoint = described.metadata.token_endpoint.clone();
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &self.client.redirect_uri),
            ("code_verifier", &attempt.verifier),
        ];
        let answer = self.ask(endpoint, &form).await;
        let answer = TokenAnswer::parse(&answer.map_err(refusal)?).ok_or(Refused::Answer)?;
        let (keys, now) = (&described.keys, Timestamp::now());
        let claims = answer.verify_login(&attempt.nonce, keys, self.expected(), now);
        let claims = claims.map_err(|bad| {
            log::warn!("a login was refused: {bad}");
            Refused::Answer
        })?;
        let account = Account::of(&claims, &self.issuer.terms.claims).map_err(Refused::Account)?;
        Ok(Entered {
            account,
            sid: claims.text("sid").map(str::to_owned),
            life: answer.life(),
            tokens: Tokens {
                refresh: answer.refresh_token,
                id: answer.id_token,
            },
        })
    }

    /// Sends a form to an endpoint of the provider. With a secret this server identifies itself in a header, otherwise only by its name.
    pub(super) async fn ask(
        &self,
        endpoint: String,
        form: &[(&str, &str)],
    ) -> Result<Vec<u8>, FetchError> {
        let Client { id, secret, .. } = &self.client;
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(form);
        let authorization = secret.as_ref().map(|secret| {
            let encoded = |text: &str| -> String {
                form_urlencoded::byte_serialize(text.as_bytes()).collect()
            };
            let both = format!("{}:{}", encoded(id), encoded(secret));
            format!("Basic {}", BASE64_STANDARD.encode(both))
        });
        if authorization.is_none() {
            body.append_pair("client_id", id);
        }
        let fetcher = &self.issuer.fetcher;
        fetcher.post(endpoint, authorization, body.finish()).await
    }

    /// A place among those who ask the provider for tokens.
    pub(super) fn places(&self) -> Result<SemaphorePermit<'_>, TryAcquireError> {
        self.places.try_acquire()
    }

    pub(super) fn expected(&self) -> Expected<'_> {
        Expected {
            issuer: &self.issuer.terms.rules.issuer,
            client_id: &self.client.id,
        }
    }

    pub(super) fn known(&self) -> Known {
        self.issuer.known.borrow().clone()
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
