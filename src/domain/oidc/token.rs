//! Whether a token was issued by the identity provider for this server, and is valid now.

use super::key_set::KeySet;
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{Header, Validation, decode, decode_header, errors::ErrorKind};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value};

/// The clocks of the identity provider and of this machine may differ by this much.
pub const LEEWAY: SignedDuration = SignedDuration::from_secs(30);
/// Longer tokens are not read.
const LONGEST: usize = 8 * 1_024;

/// Which tokens are accepted.
#[derive(Debug, Clone)]
pub struct TokenRules {
    /// Must be the `iss` of a token, letter by letter.
    pub issuer: String,
    pub meant_for: MeantFor,
}

/// How an access token says that it is meant for this server.
#[derive(Debug, Clone)]
pub enum MeantFor {
    /// Its `aud` is or contains this name.
    Audience(String),
    /// It was issued to this client (`azp`). For Keycloak, which names an audience only if it is configured to.
    Client(String),
}

/// What a verified token says.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Claims {
    iss: String,
    pub sub: String,
    exp: i64,
    nbf: Option<i64>,
    aud: Option<Audience>,
    pub(super) azp: Option<String>,
    typ: Option<String>,
    /// Of the login that an ID token is for.
    pub(super) nonce: Option<String>,
    /// Only in an ID token.
    at_hash: Option<String>,
    #[serde(flatten)]
    pub others: Map<String, Value>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
pub(super) enum Audience {
    One(String),
    Several(Vec<String>),
}

impl Audience {
    pub(super) fn names(&self, name: &str) -> bool {
        match self {
            Audience::One(audience) => audience == name,
            Audience::Several(audiences) => audiences.iter().any(|one| one == name),
        }
    }
}

/// Why a token is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadToken {
    #[error("the token is longer than {LONGEST} bytes")]
    TooLong,
    #[error("this is neither a key, which begins with gvk_, nor a signed token")]
    Malformed,
    #[error("the token does not say which key has signed it (kid)")]
    NoKid,
    /// The provider may have got new keys since they were read.
    #[error("the token is signed with a key that the identity provider does not list")]
    UnknownKid,
    #[error("the signature of the token is not the identity provider's")]
    Forged,
    #[error("the token is of another issuer (iss)")]
    Issuer,
    #[error("the token is meant for another server (aud, azp)")]
    Audience,
    #[error("the token has expired: log in again")]
    Expired,
    #[error(
        "the token is not valid yet: compare the clocks of the server and the identity provider"
    )]
    NotYet,
    #[error("this is no access token")]
    Kind,
    #[error("the token is of another person (sub)")]
    Subject,
}

impl Claims {
    pub fn expires_at(&self) -> Option<Timestamp> {
        Timestamp::from_second(self.exp).ok()
    }

    /// A claim that is a text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.others.get(name)?.as_str()
    }

    pub(super) fn is_for(&self, name: &str) -> bool {
        self.aud.as_ref().is_some_and(|aud| aud.names(name))
    }

    fn is_access(&self) -> bool {
        let typ = self.typ.as_deref();
        self.at_hash.is_none() && matches!(typ, None | Some("Bearer" | "JWT" | "at+jwt"))
    }
}

/// Verifies an access token.
///
/// # Errors
/// It is not accepted.
pub fn verify(
    token: &str,
    keys: &KeySet,
    rules: &TokenRules,
    now: Timestamp,
) -> Result<Claims, BadToken> {
    let claims: Claims = signed(token, keys, ACCESS)?;
    check_issued(&claims, &rules.issuer, now)?;
    let is_meant_for_us = match &rules.meant_for {
        MeantFor::Audience(audience) => claims.is_for(audience),
        MeantFor::Client(id) => claims.azp.as_deref() == Some(id),
    };
    if !is_meant_for_us {
        return Err(BadToken::Audience);
    }
    if !claims.is_access() {
        return Err(BadToken::Kind);
    }
    Ok(claims)
}

/// The claims of a token of one of these kinds, if the signature is that of the key that it names.
pub(super) fn signed<C: DeserializeOwned>(
    token: &str,
    keys: &KeySet,
    kinds: Kinds,
) -> Result<C, BadToken> {
    if token.len() > LONGEST {
        return Err(BadToken::TooLong);
    }
    let header = decode_header(token).map_err(|_| BadToken::Malformed)?;
    // Extensions that must be understood are not.
    if header.crit.is_some() || !is_of(kinds, &header) {
        return Err(BadToken::Malformed);
    }
    let kid = header.kid.ok_or(BadToken::NoKid)?;
    let trusted = keys.get(&kid).ok_or(BadToken::UnknownKid)?;
    let mut only_signature = Validation::new(trusted.algorithm);
    // The claims are checked here, by the clock that is passed in.
    only_signature.required_spec_claims.clear();
    only_signature.validate_exp = false;
    only_signature.validate_aud = false;
    let decoded = decode(token, &trusted.key, &only_signature);
    let decoded = decoded.map_err(|error| match error.kind() {
        ErrorKind::InvalidSignature | ErrorKind::InvalidAlgorithm => BadToken::Forged,
        _ => BadToken::Malformed,
    });
    Ok(decoded?.claims)
}

/// Types that the header of a token may name; many name none.
pub(super) type Kinds = &'static [&'static str];

/// Of access tokens and ID tokens.
pub(super) const ACCESS: Kinds = &["jwt", "at+jwt", "application/at+jwt"];
/// Of logout tokens.
pub(super) const LOGOUT: Kinds = &["jwt", "logout+jwt", "application/logout+jwt"];

fn is_of(kinds: Kinds, header: &Header) -> bool {
    let typ = header.typ.as_deref().map(str::to_ascii_lowercase);
    typ.is_none_or(|typ| kinds.contains(&typ.as_str()))
}

pub(super) fn check_issued(claims: &Claims, issuer: &str, now: Timestamp) -> Result<(), BadToken> {
    if claims.iss != issuer {
        return Err(BadToken::Issuer);
    }
    let expires = claims.expires_at().ok_or(BadToken::Malformed)?;
    if expires.duration_until(now) >= LEEWAY {
        return Err(BadToken::Expired);
    }
    if let Some(nbf) = claims.nbf {
        let begins = Timestamp::from_second(nbf).map_err(|_| BadToken::Malformed)?;
        if now.duration_until(begins) > LEEWAY {
            return Err(BadToken::NotYet);
        }
    }
    Ok(())
}
