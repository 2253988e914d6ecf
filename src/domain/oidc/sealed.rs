//! Tokens of a login as the database keeps them: sealed with a key that only the servers can derive, from the client's secret at the provider.
//! Who reads the database, or a copy of it, can use none.

use rand::{Rng, RngExt};
use ring::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    hkdf::{HKDF_SHA256, Salt},
};
use serde::{Deserialize, Serialize};

/// Distinguishes this use of the secret from any other.
const PURPOSE: &[u8] = b"gaveurs auth_sessions.tokens 1";

/// What a server keeps of a login to renew it, and to end it at the provider too.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tokens {
    pub refresh: Option<String>,
    /// Tells the provider whose session ends.
    pub id: Option<String>,
}

/// Seals tokens and opens them again.
pub struct Seal(LessSafeKey);

impl Seal {
    /// `None` only if the system's cryptography fails.
    pub fn of_secret(secret: &str) -> Option<Self> {
        let extracted = Salt::new(HKDF_SHA256, PURPOSE).extract(secret.as_bytes());
        let key: UnboundKey = extracted.expand(&[PURPOSE], &AES_256_GCM).ok()?.into();
        Some(Seal(LessSafeKey::new(key)))
    }

    /// `id` is that of the login: sealed tokens can be opened for no other.
    pub fn close(&self, random: &mut impl Rng, id: &str, tokens: &Tokens) -> Option<Vec<u8>> {
        let nonce: [u8; NONCE_LEN] = random.random();
        let mut text = serde_json::to_vec(tokens).ok()?;
        let unique = Nonce::assume_unique_for_key(nonce);
        let aad = Aad::from(id.as_bytes());
        self.0
            .seal_in_place_append_tag(unique, aad, &mut text)
            .ok()?;
        Some([&nonce[..], &text].concat())
    }

    /// `None` if they were sealed for another login or with another secret, or were changed.
    pub fn open(&self, id: &str, sealed: &[u8]) -> Option<Tokens> {
        let (nonce, text) = sealed.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut text = text.to_vec();
        let aad = Aad::from(id.as_bytes());
        let opened = self.0.open_in_place(nonce, aad, &mut text).ok()?;
        serde_json::from_slice(opened).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    #[test]
    fn sealed_tokens_are_opened_only_whole_for_their_login_and_with_the_same_secret() {
        let seal = |secret| Seal::of_secret(secret).unwrap();
        let tokens = Tokens {
            refresh: Some("refresh".to_owned()),
            id: None,
        };
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let mut close = || seal("secret").close(&mut random, "abcdefgh", &tokens);
        let sealed = close().unwrap();
        assert!(seal("secret").open("abcdefgh", &sealed).as_ref() == Some(&tokens));
        assert!(!sealed.windows(7).any(|part| part == b"refresh"));
        assert_ne!(close().unwrap(), sealed, "no nonce is used twice");
        assert!(seal("secret").open("ijklmnop", &sealed).is_none());
        assert!(seal("other").open("abcdefgh", &sealed).is_none());
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(seal("secret").open("abcdefgh", &changed).is_none(), "{at}");
            assert!(
                seal("secret").open("abcdefgh", &sealed[..at]).is_none(),
                "{at}"
            );
        }
    }
}
