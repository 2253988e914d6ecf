//! The code of a product, or of a receipt: 128 random bits in Crockford's base 32. It holds nothing and is signed by nobody, so there is nothing to forge: the
//! database knows it or does not.

use rand::{Rng, RngExt};
use sha2::{Digest as _, Sha256};
use std::fmt;

/// Digits that nobody takes for one another: without I, L, O and U.
const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Digits of 128 bits.
const LENGTH: usize = 26;
/// Digits that a log may show.
const SHOWN: usize = 6;
/// Characters of the longest code of an older system.
const LONGEST: usize = 200;

/// A code as it is printed.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Code(String);

impl Code {
    pub fn generate(random: &mut impl Rng) -> Self {
        let mut bits: u128 = random.random();
        let mut digits = [0; LENGTH];
        for digit in digits.iter_mut().rev() {
            *digit = DIGITS[(bits & 31) as usize];
            bits >>= 5;
        }
        Code(digits.into_iter().map(char::from).collect())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What is kept of a receipt: whoever reads the database can delete nothing with it.
    pub fn digest(&self) -> Vec<u8> {
        digest(&self.0)
    }
}

/// The digest of a receipt as somebody typed it.
pub fn digest_of_typed(text: &str) -> Option<Vec<u8>> {
    typed(text).map(|(_, ours)| digest(&ours))
}

fn digest(code: &str) -> Vec<u8> {
    Sha256::digest(code).to_vec()
}

/// What a log shows of it: whoever reads the log cannot rate the product.
impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(shown(&self.0))
    }
}

/// What a log shows of a code.
pub fn shown(code: &str) -> &str {
    &code[..code.floor_char_boundary(SHOWN)]
}

/// A code as somebody typed it or a telephone read it, and as ours are written: blanks and hyphens left out, in capitals, with the digits that
/// people mean by I, L and O. `None` for a text that no code is as long as.
pub fn typed(text: &str) -> Option<(String, String)> {
    let text = text.trim();
    if text.is_empty() || text.len() > LONGEST || text.contains('\0') {
        return None;
    }
    let digit = |c: char| match c.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        c => c,
    };
    let kept = text.chars().filter(|c| !c.is_whitespace() && *c != '-');
    Some((text.to_owned(), kept.map(digit).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{SeedableRng as _, rngs::StdRng};
    use std::collections::HashSet;

    #[test]
    fn a_code_has_twenty_six_digits_of_which_each_is_used() {
        let mut random = StdRng::seed_from_u64(1);
        let codes: HashSet<_> = (0..2_000).map(|_| Code::generate(&mut random)).collect();
        assert_eq!(codes.len(), 2_000);
        let used: HashSet<u8> = codes.iter().flat_map(|code| code.0.bytes()).collect();
        assert!(codes.iter().all(|code| code.0.len() == 26));
        assert_eq!(used, DIGITS.iter().copied().collect());
        // 26 digits hold 130 bits, so the first one is less than 8.
        assert!(codes.iter().all(|code| code.0.as_bytes()[0] < b'8'));
    }

    #[test]
    fn a_code_is_understood_however_it_is_typed() {
        let (exact, ours) = typed(" 01ab-cdoi lxyz ").unwrap();
        assert_eq!(exact, "01ab-cdoi lxyz");
        assert_eq!(ours, "01ABCD011XYZ");
        let old = "SQAL_12_S-1_FG_0123456789abcdef";
        assert_eq!(typed(old).unwrap().0, old);
        for nothing in ["", "  ", "a\0b", &"A".repeat(201)] {
            assert_eq!(typed(nothing), None);
        }
    }

    #[test]
    fn a_receipt_is_known_by_its_digest_alone() {
        let receipt = Code::generate(&mut StdRng::seed_from_u64(2));
        let typed = receipt.as_str().to_lowercase();
        assert_eq!(digest_of_typed(&typed), Some(receipt.digest()));
        assert_ne!(digest_of_typed("0"), Some(receipt.digest()));
    }

    #[test]
    fn a_log_shows_six_digits_of_a_code() {
        let code = Code("7ZZZZZABCDEFGHJKMNPQRSTVWX".to_owned());
        assert_eq!(format!("{code:?}"), "7ZZZZZ");
        assert_eq!(shown("é"), "é");
    }
}
