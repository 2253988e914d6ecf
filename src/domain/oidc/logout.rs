//! The tokens by which a provider says that somebody has logged out there (OpenID Connect Back-Channel Logout 1.0), and the address at which it
//! ends a session itself.

use super::{
    answer::Expected,
    key_set::KeySet,
    token::{Audience, BadToken, LEEWAY, LOGOUT, signed},
};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Map, Value};

/// What makes a token one of these.
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
/// Older ones are refused; so long a server must remember which it has seen.
pub const LONGEST_AGE: SignedDuration = SignedDuration::from_mins(10);
/// Longer names of tokens, sessions and people are refused, bytes.
const LONGEST: usize = 255;

/// Whose logins have ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedOut {
    /// Of this token alone.
    pub jti: String,
    /// One session at the provider; without it all of the person.
    pub sid: Option<String>,
    pub subject: Option<String>,
}

/// Why a logout token is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadLogout {
    #[error(transparent)]
    Token(#[from] BadToken),
    #[error("the token is too old, or of the future (iat)")]
    Time,
    #[error("the token has no name (jti)")]
    NoName,
    #[error("the token is no logout token (events, nonce)")]
    Kind,
    #[error("the token says neither whose logins end nor which one (sub, sid)")]
    Nobody,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    aud: Option<Audience>,
    iat: i64,
    exp: Option<i64>,
    jti: Option<String>,
    sub: Option<String>,
    sid: Option<String>,
    events: Option<Map<String, Value>>,
    nonce: Option<Value>,
}

impl LoggedOut {
    /// # Errors
    /// The token is not accepted.
    pub fn verify(
        token: &str,
        keys: &KeySet,
        expected: Expected<'_>,
        now: Timestamp,
    ) -> Result<Self, BadLogout> {
        let claims: Claims = signed(token, keys, LOGOUT)?;
        if claims.iss != expected.issuer {
            return Err(BadToken::Issuer.into());
        }
        if !claims.aud.is_some_and(|aud| aud.names(expected.client_id)) {
            return Err(BadToken::Audience.into());
        }
        check_time(claims.iat, claims.exp, now)?;
        let event = claims.events.as_ref().and_then(|them| them.get(EVENT));
        if !event.is_some_and(Value::is_object) || claims.nonce.is_some() {
            return Err(BadLogout::Kind);
        }
        let short =
            |name: Option<String>| name.filter(|name| !name.is_empty() && name.len() <= LONGEST);
        let (sid, subject) = (short(claims.sid), short(claims.sub));
        if sid.is_none() && subject.is_none() {
            return Err(BadLogout::Nobody);
        }
        Ok(LoggedOut {
            jti: short(claims.jti).ok_or(BadLogout::NoName)?,
            sid,
            subject,
        })
    }

    /// Of all logins of the person, if the provider names him.
    pub fn principal(&self) -> Option<String> {
        self.subject
            .as_ref()
            .map(|subject| format!("oidc:{subject}"))
    }
}

fn check_time(iat: i64, exp: Option<i64>, now: Timestamp) -> Result<(), BadLogout> {
    let at = |second| Timestamp::from_second(second).map_err(|_| BadLogout::Time);
    let age = at(iat)?.duration_until(now);
    let is_over = match exp {
        Some(exp) => at(exp)?.duration_until(now) >= LEEWAY,
        None => false,
    };
    if is_over || age > LONGEST_AGE || age < -LEEWAY {
        return Err(BadLogout::Time);
    }
    Ok(())
}

/// Where a browser is sent so that the provider ends its session too, and then sends it back to `back`.
pub fn address(endpoint: &str, client_id: &str, id_token: Option<&str>, back: &str) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query
        .append_pair("client_id", client_id)
        .append_pair("post_logout_redirect_uri", back);
    if let Some(id_token) = id_token {
        query.append_pair("id_token_hint", id_token);
    }
    let with = if endpoint.contains('?') { '&' } else { '?' };
    format!("{endpoint}{with}{}", query.finish())
}
