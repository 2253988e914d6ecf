//! The tokens that a provider answers with, to a login and to its renewal, and what of them is believed.

use super::{
    key_set::KeySet,
    token::{ACCESS, BadToken, Claims, check_issued, signed},
};
use jiff::Timestamp;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use std::time::Duration;

/// What the token endpoint of a provider answers. It has secrets, so it is never written to a log.
#[derive(Deserialize)]
pub struct TokenAnswer {
    pub id_token: Option<String>,
    pub access_token: Option<String>,
    pub refresh_token: Option<String>,
    #[serde(default, deserialize_with = "seconds")]
    pub expires_in: Option<u64>,
    #[serde(default, deserialize_with = "seconds")]
    pub refresh_expires_in: Option<u64>,
}

/// What the tokens of a person must say.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    pub issuer: &'a str,
    pub client_id: &'a str,
}

impl TokenAnswer {
    /// `None` if this is no answer with tokens.
    pub fn parse(json: &[u8]) -> Option<Self> {
        let answer: Self = serde_json::from_slice(json).ok()?;
        let has_token = answer.id_token.is_some() || answer.access_token.is_some();
        has_token.then_some(answer)
    }

    /// How long what the tokens say is valid, if the provider tells.
    pub fn life(&self) -> Option<Duration> {
        self.expires_in.map(Duration::from_secs)
    }

    /// The claims of a person who logs in: the ID token must be for this client and have the `nonce` of this login. Roles that only the access
    /// token has are added.
    ///
    /// # Errors
    /// The ID token is not accepted, or there is none.
    pub fn verify_login(
        &self,
        nonce: &str,
        keys: &KeySet,
        expected: Expected<'_>,
        now: Timestamp,
    ) -> Result<Claims, BadToken> {
        let id_token = self.id_token.as_deref().ok_or(BadToken::Malformed)?;
        let person = verify_id(id_token, keys, expected, now)?;
        if person.nonce.as_deref() != Some(nonce) {
            return Err(BadToken::Kind);
        }
        Ok(self.with_access(person, keys, expected, now))
    }

    /// The claims of a person whose login is renewed; `None` if the answer says nothing of him, which means that nothing has changed.
    ///
    /// # Errors
    /// The ID token is not accepted, or is of another person.
    pub fn verify_renewal(
        &self,
        subject: &str,
        keys: &KeySet,
        expected: Expected<'_>,
        now: Timestamp,
    ) -> Result<Option<Claims>, BadToken> {
        let Some(id_token) = &self.id_token else {
            return Ok(self.access(subject, keys, expected, now));
        };
        let person = verify_id(id_token, keys, expected, now)?;
        if person.sub != subject {
            return Err(BadToken::Subject);
        }
        Ok(Some(self.with_access(person, keys, expected, now)))
    }

    fn with_access(
        &self,
        mut person: Claims,
        keys: &KeySet,
        expected: Expected<'_>,
        now: Timestamp,
    ) -> Claims {
        let access = self.access(&person.sub, keys, expected, now);
        let others = access.map(|access| access.others).unwrap_or_default();
        person.others.extend(others);
        person
    }

    /// The access token came from the provider itself, so it need not name this server. Of some providers it is no signed token.
    fn access(
        &self,
        subject: &str,
        keys: &KeySet,
        expected: Expected<'_>,
        now: Timestamp,
    ) -> Option<Claims> {
        let access: Claims = signed(self.access_token.as_deref()?, keys, ACCESS).ok()?;
        let is_his = access.sub == subject && check_issued(&access, expected.issuer, now).is_ok();
        is_his.then_some(access)
    }
}

fn verify_id(
    token: &str,
    keys: &KeySet,
    expected: Expected<'_>,
    now: Timestamp,
) -> Result<Claims, BadToken> {
    let person: Claims = signed(token, keys, ACCESS)?;
    check_issued(&person, expected.issuer, now)?;
    let is_for_another = matches!(&person.azp, Some(party) if party != expected.client_id);
    if !person.is_for(expected.client_id) || is_for_another {
        return Err(BadToken::Audience);
    }
    Ok(person)
}

/// Some providers write the number as a text. Anything else is as good as nothing.
fn seconds<'de, D: Deserializer<'de>>(given: D) -> Result<Option<u64>, D::Error> {
    Ok(match Value::deserialize(given)? {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    })
}

/// Whether an error of the token endpoint says that the grant itself is over, as when an account was closed or its session at the provider
/// has ended. Other errors are about this server, or pass.
pub fn ends_grant(json: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Refusal {
        error: String,
    }
    let refusal: Option<Refusal> = serde_json::from_slice(json).ok();
    refusal.is_some_and(|refusal| refusal.error == "invalid_grant")
}
