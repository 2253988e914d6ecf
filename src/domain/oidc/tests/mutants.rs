//! Good tokens that were changed: none is accepted. `GAVEURS_TOKEN_MUTANTS` makes more of them than by default.

use super::forge::{Forge, NOW, base64, claims, rules};
use crate::domain::oidc::token::verify;
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use jiff::Timestamp;
use rand::{RngExt, SeedableRng, seq::IndexedRandom as _};
use rand_chacha::ChaCha8Rng;

/// Letters of tokens, the dot between their parts, and some that occur in no token.
const LETTERS: &[char] = &[
    'A', 'B', 'M', 'Z', 'a', 'b', 'm', 'z', '0', '1', '9', '-', '_', '.', '=', '+', '/', ' ', '\0',
    '"', 'é', '\n',
];

/// Changes one place, or exchanges parts with another good token.
fn mutate(token: &str, others: &[String], random: &mut ChaCha8Rng) -> String {
    let mut letters: Vec<char> = token.chars().collect();
    let [at, to] = [0; 2].map(|_| random.random_range(0..letters.len()));
    let letter = *LETTERS.choose(random).unwrap_or(&'A');
    match random.random_range(0..9_u8) {
        0 => letters[at] = letter,
        1 => letters.insert(at, letter),
        2 => drop(letters.remove(at)),
        3 => letters.truncate(at),
        4 => letters.swap(at, to),
        5 => letters.extend_from_within(at..),
        6 => return flip_bit(token, random),
        7 => return exchange_part(token, others.choose(random).unwrap_or(&others[0]), random),
        _ => letters[at] = change_case(letters[at]),
    }
    letters.into_iter().collect()
}

fn change_case(letter: char) -> char {
    if letter.is_ascii_lowercase() {
        letter.to_ascii_uppercase()
    } else {
        letter.to_ascii_lowercase()
    }
}

/// Changes one bit of what a part says.
fn flip_bit(token: &str, random: &mut ChaCha8Rng) -> String {
    let mut parts: Vec<_> = token.split('.').map(str::to_owned).collect();
    let part = random.random_range(0..parts.len());
    if let Ok(mut bytes) = BASE64_URL_SAFE_NO_PAD.decode(&parts[part])
        && !bytes.is_empty()
    {
        let at = random.random_range(0..bytes.len());
        bytes[at] ^= 1 << random.random_range(0..8);
        parts[part] = base64(bytes);
    }
    parts.join(".")
}

fn exchange_part(token: &str, other: &str, random: &mut ChaCha8Rng) -> String {
    let mut parts: Vec<_> = token.split('.').collect();
    let part = random.random_range(0..parts.len());
    if let Some(of_other) = other.split('.').nth(part) {
        parts[part] = of_other;
    }
    parts.join(".")
}

#[test]
fn no_mutant_of_a_good_token_is_accepted_and_the_token_itself_is() {
    let usual = 4_000;
    let mutants = std::env::var("GAVEURS_TOKEN_MUTANTS");
    let mutants = mutants.map_or(usual, |text| text.parse().unwrap());
    let forge = Forge::new();
    let good: Vec<_> = ["RS256", "PS256", "ES256", "EdDSA"]
        .map(|kid| forge.sign(kid, &claims()))
        .into();
    let (keys, now) = (forge.keys(), Timestamp::from_second(NOW).unwrap());
    let is_accepted = |token: &str| verify(token, &keys, &rules(), now).is_ok();
    let seed = rand::random();
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut unchanged = 0;
    for number in 0..mutants {
        let mut mutant = good[number % good.len()].clone();
        for _ in 0..random.random_range(1..=3) {
            mutant = mutate(&mutant, &good, &mut random);
            if mutant.is_empty() {
                break;
            }
        }
        let is_good = good.contains(&mutant);
        unchanged += usize::from(is_good);
        assert_eq!(is_accepted(&mutant), is_good, "seed {seed}: {mutant}");
    }
    assert!(
        unchanged < mutants / 10,
        "{unchanged} of {mutants} are no mutants"
    );
    println!("{mutants} mutants, {unchanged} of them unchanged: no other was accepted");
}
