//! An identity provider's keys, and tokens signed with them or with others.

use crate::domain::oidc::{
    account::ClaimNames,
    key_set::KeySet,
    token::{BadToken, Claims, MeantFor, TokenRules, verify},
};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use jiff::Timestamp;
use ring::{
    rand::SystemRandom,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256,
        RSA_PKCS1_SHA512, RSA_PSS_SHA256, RsaEncoding, RsaKeyPair, RsaPublicKeyComponents,
    },
};
use serde_json::{Value, json};

pub const ISSUER: &str = "https://sso.example/realms/gaveurs";
pub const AUDIENCE: &str = "gaveurs";
pub const NOW: i64 = 1_800_000_000;

/// ring cannot make keys of this kind.
const RSA_KEY: &[u8] = include_bytes!("rsa.pk8");

pub struct Forge {
    pub curve: EcdsaKeyPair,
    edwards: Ed25519KeyPair,
    rsa: RsaKeyPair,
    random: SystemRandom,
}

pub fn base64(bytes: impl AsRef<[u8]>) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// The claims of a good token.
pub fn claims() -> Value {
    json!({
        "iss": ISSUER, "aud": AUDIENCE, "sub": "7f9c", "exp": NOW + 300, "iat": NOW, "nbf": NOW, "azp": "ecran", "typ": "Bearer",
        "realm_access": {"roles": ["offline_access", "superviseur"]}, "sites": ["LL"], "name": "Anne Le Goff",
    })
}

/// With other values; `null` removes a claim.
pub fn with(mut object: Value, changed: &Value) -> Value {
    let fields = object.as_object_mut().unwrap();
    for (name, value) in changed.as_object().unwrap() {
        match value {
            Value::Null => drop(fields.remove(name)),
            value => drop(fields.insert(name.clone(), value.clone())),
        }
    }
    object
}

pub fn rules() -> TokenRules {
    TokenRules {
        issuer: ISSUER.to_owned(),
        meant_for: MeantFor::Audience(AUDIENCE.to_owned()),
    }
}

pub fn claim_names() -> ClaimNames {
    ClaimNames {
        roles: "realm_access.roles".to_owned(),
        gaveur: "gaveur_id".to_owned(),
        sites: "sites".to_owned(),
        client: Some("ecran".to_owned()),
    }
}

/// A token of these parts, signed by `sign`.
pub fn assemble(header: &Value, payload: &str, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
    let message = format!("{}.{}", base64(header.to_string()), base64(payload));
    let signature = sign(message.as_bytes());
    format!("{message}.{}", base64(signature))
}

impl Forge {
    pub fn new() -> Self {
        let random = SystemRandom::new();
        let edwards = Ed25519KeyPair::generate_pkcs8(&random).unwrap();
        Forge {
            curve: curve(&random),
            edwards: Ed25519KeyPair::from_pkcs8(edwards.as_ref()).unwrap(),
            rsa: RsaKeyPair::from_pkcs8(RSA_KEY).unwrap(),
            random,
        }
    }

    /// One key for each algorithm, named by it.
    pub fn set(&self) -> Value {
        let RsaPublicKeyComponents::<Vec<u8>> { n, e } = self.rsa.public_key().into();
        let (x, y) = self.curve.public_key().as_ref()[1..].split_at(32);
        json!({"keys": [
            {"kty": "RSA", "use": "sig", "kid": "RS256", "alg": "RS256", "n": base64(&n), "e": base64(&e)},
            {"kty": "RSA", "use": "sig", "kid": "PS256", "alg": "PS256", "n": base64(&n), "e": base64(&e)},
            {"kty": "EC", "use": "sig", "kid": "ES256", "alg": "ES256", "crv": "P-256", "x": base64(x), "y": base64(y)},
            {"kty": "OKP", "use": "sig", "kid": "EdDSA", "alg": "EdDSA", "crv": "Ed25519", "x": base64(self.edwards.public_key())},
            {"kty": "RSA", "use": "enc", "kid": "enc", "alg": "RS256", "n": base64(&n), "e": base64(&e)},
            {"kty": "oct", "kid": "oct", "alg": "HS256", "k": base64("secret")},
        ]})
    }

    pub fn keys(&self) -> KeySet {
        KeySet::parse(self.set().to_string().as_bytes()).unwrap()
    }

    /// A token that is signed with the key of this name.
    pub fn sign(&self, kid: &str, payload: &Value) -> String {
        self.sign_text(
            &json!({"alg": kid, "kid": kid, "typ": "JWT"}),
            &payload.to_string(),
        )
    }

    /// Signed as the header says.
    pub fn sign_text(&self, header: &Value, payload: &str) -> String {
        let algorithm = header["alg"].as_str().unwrap();
        assemble(header, payload, |message| {
            self.signature(algorithm, message)
        })
    }

    pub fn signature(&self, algorithm: &str, message: &[u8]) -> Vec<u8> {
        match algorithm {
            "RS256" => self.rsa(&RSA_PKCS1_SHA256, message),
            "RS512" => self.rsa(&RSA_PKCS1_SHA512, message),
            "PS256" => self.rsa(&RSA_PSS_SHA256, message),
            "EdDSA" => self.edwards.sign(message).as_ref().to_vec(),
            "ES256" => sign_on_curve(&self.curve, message),
            other => panic!("no key for {other}"),
        }
    }

    fn rsa(&self, encoding: &'static dyn RsaEncoding, message: &[u8]) -> Vec<u8> {
        let mut signature = vec![0; self.rsa.public().modulus_len()];
        let signed = self
            .rsa
            .sign(encoding, &self.random, message, &mut signature);
        signed.unwrap();
        signature
    }

    /// What becomes of a token.
    pub fn verify(&self, token: &str) -> Result<Claims, BadToken> {
        let now = Timestamp::from_second(NOW).unwrap();
        verify(token, &self.keys(), &rules(), now)
    }
}

pub fn curve(random: &SystemRandom) -> EcdsaKeyPair {
    let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
    let key = EcdsaKeyPair::generate_pkcs8(algorithm, random).unwrap();
    EcdsaKeyPair::from_pkcs8(algorithm, key.as_ref(), random).unwrap()
}

pub fn sign_on_curve(key: &EcdsaKeyPair, message: &[u8]) -> Vec<u8> {
    let signature = key.sign(&SystemRandom::new(), message);
    signature.unwrap().as_ref().to_vec()
}
