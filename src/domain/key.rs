//! Keys by which stations, simulators, wall screens and scripts are known: `gvk_<id>_<secret>_<checksum>`.
//!
//! Scanners find the prefix in files that were published by mistake, and the checksum tells a typing error from a wrong key. The server keeps
//! only a digest. The secret has 190 random bits, so one round of SHA-256 is enough: there is nothing to guess.

use rand::{Rng, RngExt, distr::Alphanumeric};
use sha2::{Digest as _, Sha256};
use std::fmt;
use subtle::ConstantTimeEq as _;

const PREFIX: &str = "gvk";
const ID_CHARS: usize = 8;
const SECRET_CHARS: usize = 32;

/// Whether a text was meant to be a key, perhaps misspelt.
pub fn is_key(text: &str) -> bool {
    text.trim_start().starts_with(PREFIX)
}

/// A key with its secret, which is shown once, when it is created.
#[derive(Clone, PartialEq, Eq)]
pub struct Key {
    text: String,
}

/// What the server keeps of a key.
#[derive(Clone, Copy)]
pub struct Digest([u8; 32]);

impl Key {
    pub fn generate(random: &mut impl Rng) -> Self {
        let mut word = |chars| -> String {
            let letters = random.sample_iter(Alphanumeric).take(chars);
            letters.map(char::from).collect()
        };
        let body = format!("{PREFIX}_{}_{}", word(ID_CHARS), word(SECRET_CHARS));
        let text = format!("{body}_{}", checksum(&body));
        Key { text }
    }

    /// `None` if the text is no key, or a misspelt one.
    pub fn parse(text: &str) -> Option<Self> {
        let (body, sum) = text.rsplit_once('_')?;
        let mut parts = body.split('_');
        let (prefix, id, secret) = (parts.next()?, parts.next()?, parts.next()?);
        let is_word = |text: &str, chars| {
            text.len() == chars && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
        };
        let is_key = prefix == PREFIX
            && is_word(id, ID_CHARS)
            && is_word(secret, SECRET_CHARS)
            && parts.next().is_none()
            && sum == checksum(body);
        is_key.then(|| Key {
            text: text.to_owned(),
        })
    }

    /// Names the key in lists and logs.
    pub fn id(&self) -> &str {
        let from = PREFIX.len() + 1;
        &self.text[from..from + ID_CHARS]
    }

    /// The whole key, secret included.
    pub fn reveal(&self) -> &str {
        &self.text
    }

    pub fn digest(&self) -> Digest {
        Digest(Sha256::digest(&self.text).into())
    }
}

impl Digest {
    /// `None` if this is not the length of a digest.
    pub fn from_stored(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Digest)
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// In constant time, so that the time of an answer tells nothing about the digest.
impl PartialEq for Digest {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for Digest {}

/// Secrets never reach a log.
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.id())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digest")
    }
}

fn checksum(body: &str) -> String {
    format!("{:08x}", crc32fast::hash(body.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    fn key(seed: u64) -> Key {
        Key::generate(&mut ChaCha8Rng::seed_from_u64(seed))
    }

    #[test]
    fn a_key_is_recognised_and_named_by_its_id() {
        let key = key(1);
        let text = key.reveal();
        assert_eq!(text.len(), 4 + 9 + 33 + 8);
        assert_eq!(Key::parse(text).as_ref(), Some(&key));
        assert!(text.starts_with(&format!("gvk_{}_", key.id())));
    }

    #[test]
    fn neither_a_key_nor_its_digest_is_written_to_a_log() {
        let key = key(2);
        let secret = key.reveal().split('_').nth(2).unwrap();
        let logged = format!("{key:?} {:?}", key.digest());
        assert!(!logged.contains(secret), "{logged}");
    }

    #[test]
    fn two_keys_have_two_digests_and_a_stored_digest_is_that_of_its_key() {
        assert_ne!(key(1).digest(), key(2).digest());
        let digest = key(1).digest();
        assert_eq!(Digest::from_stored(digest.as_bytes()), Some(digest));
        assert_eq!(Digest::from_stored(&[0; 31]), None);
    }

    /// How many bits are alike at the beginning.
    fn alike(one: Digest, other: Digest) -> u32 {
        let bytes = one.0.iter().zip(other.0).map(|(a, b)| a ^ b);
        let mut same = 0;
        for differing in bytes {
            same += differing.leading_zeros();
            if differing != 0 {
                break;
            }
        }
        same
    }

    #[test]
    fn a_guess_that_is_nearly_right_is_no_nearer_to_what_is_compared_than_any_other() {
        const GUESSES: u64 = 2_000;
        let mine = key(3);
        let body = mine.reveal().rsplit_once('_').unwrap().0;
        let near = |seed: u64| {
            // All but the last two letters are right.
            let other = key(seed);
            let body = format!("{}{}", &body[..body.len() - 2], &other.reveal()[20..22]);
            let text = format!("{body}_{}", checksum(&body));
            Key::parse(&text).expect("a key")
        };
        let mean = |guess: &dyn Fn(u64) -> Key| {
            let guesses = (10..10 + GUESSES).map(guess).filter(|guess| *guess != mine);
            let alike = guesses.map(|guess| alike(guess.digest(), mine.digest()));
            f64::from(alike.sum::<u32>()) / GUESSES as f64
        };
        // One bit on average, since each is alike with even chances.
        assert!((0.8..1.2).contains(&mean(&key)), "{}", mean(&key));
        assert!((0.8..1.2).contains(&mean(&near)), "{}", mean(&near));
    }

    proptest! {
        #[test]
        fn a_key_with_one_other_character_is_no_key(seed: u64, at in 0..54usize, other in "[ -~]") {
            let text = key(seed).reveal().to_owned();
            let mut changed = text.clone();
            changed.replace_range(at..=at, &other);
            prop_assert_eq!(Key::parse(&changed).is_some(), changed == text);
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in ".*") {
            prop_assert_eq!(Key::parse(&text), None);
        }
    }
}
