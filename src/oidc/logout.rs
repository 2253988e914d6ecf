//! People who log out, here or at the provider.

use super::{Provider, Unidentified};
use crate::domain::oidc::{
    logout::{self, BadLogout, LoggedOut},
    token::BadToken,
};
use jiff::Timestamp;

impl Provider {
    /// Where a browser is sent to end its session at the provider too. `None` if the provider does not offer it, or has not answered yet.
    pub fn end_session(&self, id_token: Option<&str>) -> Option<String> {
        let known = self.known();
        let metadata = &known.fresh().ok()?.metadata;
        let endpoint = metadata.end_session_endpoint.as_deref()?;
        let client = &self.client;
        let back = &client.logged_out_uri;
        Some(logout::address(endpoint, &client.id, id_token, back))
    }

    /// Who has logged out at the provider, by its logout token.
    ///
    /// # Errors
    /// `Ok(Err)`: the token is not accepted. `Err`: it cannot be verified now.
    pub async fn logged_out(
        &self,
        token: &str,
    ) -> Result<Result<LoggedOut, BadLogout>, Unidentified> {
        let judge = self.issuer.by_keys(|known| {
            let (keys, now) = (&known.fresh()?.keys, Timestamp::now());
            match LoggedOut::verify(token, keys, self.expected(), now) {
                // The keys may have changed.
                Err(BadLogout::Token(BadToken::UnknownKid)) => Err(BadToken::UnknownKid.into()),
                judged => Ok(judged),
            }
        });
        match judge.await {
            Err(Unidentified::Token(bad)) => Ok(Err(bad.into())),
            judged => judged,
        }
    }
}
