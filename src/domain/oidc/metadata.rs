//! What an identity provider says of itself (`/.well-known/openid-configuration`), and which of its addresses may be asked.

use crate::domain::host::split_port;
use serde::Deserialize;

/// The names of this machine, which nobody else can answer for.
const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Metadata {
    issuer: String,
    pub jwks_uri: String,
    pub authorization_endpoint: String,
    pub token_endpoint: String,
    /// Where a browser ends its session at the provider, if that can be done.
    pub end_session_endpoint: Option<String>,
    /// Where a refresh token is given back (RFC 7009).
    pub revocation_endpoint: Option<String>,
    /// The provider says in its answers to a login who it is (RFC 9207).
    #[serde(default)]
    pub authorization_response_iss_parameter_supported: bool,
}

/// Why the metadata cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadMetadata {
    #[error("it does not describe itself as an identity provider")]
    Unreadable,
    #[error("it calls itself {0:?}: set --oidc-issuer to this if it is the right one")]
    OtherIssuer(String),
    #[error("it names the address {0:?}, which must begin with https://")]
    Unsafe(String),
}

/// Where an issuer describes itself.
pub fn address(issuer: &str) -> String {
    format!(
        "{}/.well-known/openid-configuration",
        issuer.trim_end_matches('/')
    )
}

impl Metadata {
    /// # Errors
    /// It is not the metadata of this issuer, or names addresses that may not be asked.
    pub fn parse(json: &[u8], issuer: &str) -> Result<Self, BadMetadata> {
        let metadata: Metadata =
            serde_json::from_slice(json).map_err(|_| BadMetadata::Unreadable)?;
        if metadata.issuer != issuer {
            return Err(BadMetadata::OtherIssuer(metadata.issuer));
        }
        let unsafe_one = metadata.addresses().find(|address| !is_safe(address));
        let unsafe_one = unsafe_one.map(str::to_owned);
        unsafe_one.map_or(Ok(metadata), |address| Err(BadMetadata::Unsafe(address)))
    }

    fn addresses(&self) -> impl Iterator<Item = &str> {
        let always = [
            &self.jwks_uri,
            &self.authorization_endpoint,
            &self.token_endpoint,
        ];
        let optional = [&self.end_session_endpoint, &self.revocation_endpoint];
        let optional = optional.into_iter().flatten();
        always.into_iter().chain(optional).map(String::as_str)
    }

    /// Whether an answer to a login comes from this provider, by the `iss` in it.
    pub fn has_answered(&self, iss: Option<&str>) -> bool {
        match iss {
            Some(iss) => iss == self.issuer,
            None => !self.authorization_response_iss_parameter_supported,
        }
    }
}

/// Whether nobody can listen in or pose as another on the way to this address: TLS, or this machine itself.
pub fn is_safe(address: &str) -> bool {
    let is_plain = address.bytes().all(|byte| byte.is_ascii_graphic());
    let (scheme, rest) = address.split_once("://").unwrap_or_default();
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let (host, _) = split_port(authority);
    // A name and password before the host would hide it.
    if !is_plain || host.is_empty() || authority.contains('@') {
        return false;
    }
    match scheme {
        "https" => true,
        "http" => LOOPBACK.contains(&host),
        _ => false,
    }
}
