//! Relays the passwords of older frontends, which keep the provider's tokens themselves.

use super::{Provider, Unidentified, fetch::FetchError};
use crate::{
    causes,
    domain::oidc::{
        account::{Account, NoAccess},
        answer::{TokenAnswer, ends_grant},
    },
};

/// What a frontend gets.
pub struct Relayed {
    pub answer: TokenAnswer,
    pub access_token: String,
    /// Of the bearer of the access token.
    pub account: Account,
}

/// Why it gets nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotRelayed {
    /// The provider does not answer, or not to this server.
    Away,
    /// The password is wrong, or the refresh token is not valid any more.
    Credentials,
    Account(NoAccess),
}

impl Provider {
    /// Tokens for a person's name and password.
    ///
    /// # Errors
    /// The provider gives none, or their bearer may do nothing here.
    pub async fn by_password(&self, name: &str, password: &str) -> Result<Relayed, NotRelayed> {
        self.relay(&[
            ("grant_type", "password"),
            ("username", name),
            ("password", password),
            ("scope", "openid profile email"),
        ])
        .await
    }

    /// Newer tokens for a refresh token.
    ///
    /// # Errors
    /// The provider gives none, or their bearer may do nothing here.
    pub async fn by_refresh_token(&self, token: &str) -> Result<Relayed, NotRelayed> {
        self.relay(&[("grant_type", "refresh_token"), ("refresh_token", token)])
            .await
    }

    /// Gives a refresh token back. False if the provider does not offer it.
    ///
    /// # Errors
    /// It is still valid.
    pub async fn give_back(&self, token: &str) -> Result<bool, NotRelayed> {
        let known = self.known();
        let described = known.fresh().map_err(|_| NotRelayed::Away)?;
        let Some(endpoint) = described.metadata.revocation_endpoint.clone() else {
            return Ok(false);
        };
        let form = [("token", token), ("token_type_hint", "refresh_token")];
        let answer = self.ask(endpoint, &form).await;
        answer.map(|_| true).map_err(|error| not_relayed(&error))
    }

    async fn relay(&self, form: &[(&str, &str)]) -> Result<Relayed, NotRelayed> {
        let _place = self.places().map_err(|_| NotRelayed::Away)?;
        let known = self.known();
        let described = known.fresh().map_err(|_| NotRelayed::Away)?;
        let endpoint = described.metadata.token_endpoint.clone();
        let answer = self.ask(endpoint, form).await;
        let answer = answer.map_err(|error| not_relayed(&error))?;
        let answer = TokenAnswer::parse(&answer).ok_or(NotRelayed::Away)?;
        let access_token = answer.access_token.clone().ok_or(NotRelayed::Away)?;
        // As it will be when the frontend presents it.
        let bearer = self.issuer.identify(&access_token).await;
        let bearer = bearer.map_err(|unidentified| match unidentified {
            Unidentified::Account(none) => NotRelayed::Account(none),
            other => {
                log::warn!("the tokens of a password would not be accepted here: {other}");
                NotRelayed::Away
            }
        })?;
        Ok(Relayed {
            answer,
            access_token,
            account: bearer.account,
        })
    }
}

fn not_relayed(error: &FetchError) -> NotRelayed {
    if let FetchError::Status { body, .. } = error
        && ends_grant(body)
    {
        return NotRelayed::Credentials;
    }
    // It names the address and the status, and nothing that was sent.
    log::warn!("a password was not relayed: {}", causes::once(error));
    NotRelayed::Away
}
