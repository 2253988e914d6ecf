//! Renews the logins of people with the refresh tokens that the provider has given.

use super::{Provider, Unidentified, fetch::FetchError};
use crate::{
    causes,
    domain::oidc::{
        account::{Account, NoAccess},
        answer::{TokenAnswer, ends_grant},
        sealed::Tokens,
        token::{BadToken, Claims},
    },
};
use jiff::Timestamp;
use std::time::Duration;

/// A login that the provider has confirmed.
pub struct Renewed {
    /// `Err` if the account may do nothing here any more; `None` if the provider said nothing of it, so that nothing has changed.
    pub account: Option<Result<Account, NoAccess>>,
    /// Those that are to be kept instead of the old ones, which may be of no use any more.
    pub tokens: Tokens,
    pub life: Option<Duration>,
}

/// Why a login was not renewed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotRenewed {
    /// The provider does not answer, or not to this server.
    Away,
    /// The provider has ended the login.
    Over,
}

impl Provider {
    /// Asks the provider whether the person `subject` may stay logged in, and as what.
    ///
    /// # Errors
    /// The login was not renewed. Only [`NotRenewed::Over`] is an answer to the question.
    pub async fn renew(
        &self,
        refresh: &str,
        old: &Tokens,
        subject: &str,
    ) -> Result<Renewed, NotRenewed> {
        let known = self.known();
        let described = known.fresh().map_err(|_| NotRenewed::Away)?;
        let endpoint = described.metadata.token_endpoint.clone();
        let form = [("grant_type", "refresh_token"), ("refresh_token", refresh)];
        let answer = self.ask(endpoint, &form).await;
        let answer = answer.map_err(|error| not_renewed(&error))?;
        let answer = TokenAnswer::parse(&answer).ok_or_else(|| {
            log::warn!("the identity provider answered a renewal without tokens");
            NotRenewed::Away
        })?;
        let claims = self.claims(&answer, subject).await?;
        let names = &self.issuer.terms.claims;
        Ok(Renewed {
            account: claims.map(|claims| Account::of(&claims, names)),
            life: answer.life(),
            tokens: Tokens {
                refresh: answer.refresh_token.or_else(|| Some(refresh.to_owned())),
                id: answer.id_token.or_else(|| old.id.clone()),
            },
        })
    }

    /// What the answer says of the person. A key that cannot be read now costs nobody his login: the answer came from the provider.
    async fn claims(
        &self,
        answer: &TokenAnswer,
        subject: &str,
    ) -> Result<Option<Claims>, NotRenewed> {
        let claims = self.issuer.by_keys(|known| {
            let (keys, now) = (&known.fresh()?.keys, Timestamp::now());
            Ok(answer.verify_renewal(subject, keys, self.expected(), now)?)
        });
        match claims.await {
            Ok(claims) => Ok(claims),
            Err(Unidentified::Token(bad)) if bad != BadToken::UnknownKid => {
                log::warn!("a login is ended, because its renewal is not believed: {bad}");
                Err(NotRenewed::Over)
            }
            Err(later) => {
                log::warn!("a login was renewed as it was: {later}");
                Ok(None)
            }
        }
    }
}

fn not_renewed(error: &FetchError) -> NotRenewed {
    if let FetchError::Status { body, .. } = error
        && ends_grant(body)
    {
        return NotRenewed::Over;
    }
    log::warn!("a login was not renewed: {}", causes::once(error));
    NotRenewed::Away
}
