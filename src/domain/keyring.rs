//! The keys that are known, and which of them are valid.

use super::{
    grant::Grant,
    key::{Digest, Key},
};
use jiff::Timestamp;
use std::collections::HashMap;

/// A key as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredKey {
    pub id: String,
    pub digest: Digest,
    /// Who or what has it.
    pub name: String,
    pub grant: Grant,
    pub created_at: Timestamp,
    pub expires_at: Option<Timestamp>,
    pub state: KeyState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyState {
    Valid,
    /// Valid for less than a minute.
    Expiring,
    Expired,
    Revoked,
}

/// All keys, by id.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Keyring(HashMap<String, StoredKey>);

/// Why a key is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadKey {
    /// Says nothing about which keys exist.
    #[error("this key is not known here")]
    Unknown,
    #[error("this key has expired: ask for another one")]
    Expired,
    #[error("this key was revoked")]
    Revoked,
}

impl Keyring {
    pub fn new(keys: Vec<StoredKey>) -> Self {
        Keyring(keys.into_iter().map(|key| (key.id.clone(), key)).collect())
    }

    /// # Errors
    /// The key is not valid.
    pub fn identify(&self, key: &Key) -> Result<&StoredKey, BadKey> {
        // Computed also if there is no such key, so that the time of an answer does not tell whether there is.
        let digest = key.digest();
        let known = self.0.get(key.id());
        let known = known.filter(|known| known.digest == digest);
        let known = known.ok_or(BadKey::Unknown)?;
        match known.state {
            KeyState::Valid | KeyState::Expiring => Ok(known),
            KeyState::Expired => Err(BadKey::Expired),
            KeyState::Revoked => Err(BadKey::Revoked),
        }
    }

    /// What has become of a key; one that was deleted counts as revoked.
    pub fn state_of(&self, id: &str) -> KeyState {
        self.0.get(id).map_or(KeyState::Revoked, |key| key.state)
    }

    pub fn get(&self, id: &str) -> Option<&StoredKey> {
        self.0.get(id)
    }

    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::access::Role;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    fn stored(key: &Key, state: KeyState) -> StoredKey {
        StoredKey {
            id: key.id().to_owned(),
            digest: key.digest(),
            name: "mur de Lantic".to_owned(),
            grant: Grant::new(Role::Admin),
            created_at: Timestamp::UNIX_EPOCH,
            expires_at: None,
            state,
        }
    }

    #[test]
    fn only_a_valid_key_with_the_right_secret_is_accepted() {
        let key = |seed| Key::generate(&mut ChaCha8Rng::seed_from_u64(seed));
        let (mine, other) = (key(1), key(2));
        let forged = StoredKey {
            id: mine.id().to_owned(),
            ..stored(&other, KeyState::Valid)
        };
        let answer = |known: StoredKey| {
            let keyring = Keyring::new(vec![known]);
            keyring.identify(&mine).map(|known| known.id.clone())
        };
        let accepted = Ok(mine.id().to_owned());
        assert_eq!(answer(stored(&mine, KeyState::Valid)), accepted);
        assert_eq!(answer(stored(&mine, KeyState::Expiring)), accepted);
        assert_eq!(
            answer(stored(&other, KeyState::Valid)),
            Err(BadKey::Unknown)
        );
        assert_eq!(answer(forged), Err(BadKey::Unknown));
        assert_eq!(
            answer(stored(&mine, KeyState::Expired)),
            Err(BadKey::Expired)
        );
        assert_eq!(
            answer(stored(&mine, KeyState::Revoked)),
            Err(BadKey::Revoked)
        );
    }

    #[test]
    fn a_key_that_was_deleted_is_a_revoked_one() {
        assert_eq!(Keyring::default().state_of("abcdefgh"), KeyState::Revoked);
    }
}
