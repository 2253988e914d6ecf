//! The public keys by which an identity provider's tokens are verified (JWKS).

use super::ring_provider;
use jsonwebtoken::{
    Algorithm, DecodingKey,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, KeyOperations, PublicKeyUse},
};
use serde::Deserialize;
use serde_json::Value;
use std::collections::HashMap;

const MOST_KEYS: usize = 32;

/// Keys by their `kid`.
#[derive(Debug)]
pub struct KeySet(HashMap<String, TrustedKey>);

/// A key, and the one algorithm that it is used with: a token cannot choose another.
#[derive(Debug)]
pub(super) struct TrustedKey {
    pub(super) algorithm: Algorithm,
    pub(super) key: DecodingKey,
}

/// Why a set of keys cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadKeySet {
    #[error("its keys are no JSON object with a list \"keys\"")]
    NoSet,
    #[error("it has {0} keys, which is more than {MOST_KEYS}")]
    TooMany(usize),
    #[error("none of its keys can be used: RS256, PS256, ES256 or EdDSA, with a kid")]
    NoneUsable,
}

#[derive(Deserialize)]
struct Listed {
    keys: Vec<Value>,
}

impl KeySet {
    /// Skips keys that are for other purposes.
    ///
    /// # Errors
    /// No key can be used.
    pub fn parse(json: &[u8]) -> Result<Self, BadKeySet> {
        ring_provider::install();
        let listed: Listed = serde_json::from_slice(json).map_err(|_| BadKeySet::NoSet)?;
        if listed.keys.len() > MOST_KEYS {
            return Err(BadKeySet::TooMany(listed.keys.len()));
        }
        let keys = listed.keys.into_iter();
        let usable = keys.filter_map(|key| usable(&serde_json::from_value(key).ok()?));
        let keys: HashMap<_, _> = usable.collect();
        if keys.is_empty() {
            return Err(BadKeySet::NoneUsable);
        }
        Ok(KeySet(keys))
    }

    pub(super) fn get(&self, kid: &str) -> Option<&TrustedKey> {
        self.0.get(kid)
    }
}

fn usable(jwk: &Jwk) -> Option<(String, TrustedKey)> {
    let common = &jwk.common;
    let signs = matches!(common.public_key_use, None | Some(PublicKeyUse::Signature));
    let operations = common.key_operations.as_ref();
    let verifies = operations.is_none_or(|them| them.contains(&KeyOperations::Verify));
    let algorithm = algorithm(jwk).filter(|_| signs && verifies)?;
    let key = DecodingKey::from_jwk(jwk).ok()?;
    Some((common.key_id.clone()?, TrustedKey { algorithm, key }))
}

/// The algorithm that the key names, or the usual one of its kind. `None` for those that are not accepted, above all for secrets.
fn algorithm(jwk: &Jwk) -> Option<Algorithm> {
    match (&jwk.algorithm, jwk.common.key_algorithm) {
        (AlgorithmParameters::RSA(_), None | Some(KeyAlgorithm::RS256)) => Some(Algorithm::RS256),
        (AlgorithmParameters::RSA(_), Some(KeyAlgorithm::PS256)) => Some(Algorithm::PS256),
        (AlgorithmParameters::EllipticCurve(point), None | Some(KeyAlgorithm::ES256)) => {
            (point.curve == EllipticCurve::P256).then_some(Algorithm::ES256)
        }
        (AlgorithmParameters::OctetKeyPair(pair), None | Some(KeyAlgorithm::EdDSA)) => {
            (pair.curve == EllipticCurve::Ed25519).then_some(Algorithm::EdDSA)
        }
        _ => None,
    }
}
