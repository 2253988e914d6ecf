//! How one address is told from another for 30 days without being stored: by a digest under a secret that the database does not hold.

use crate::domain::proxies::counted;
use core::net::IpAddr;
use jiff::{SignedDuration, Timestamp};
use ring::hmac::{self, HMAC_SHA256};

/// How long a secret is used, and how long a vote counts.
pub const LIFETIME: SignedDuration = SignedDuration::from_hours(30 * 24);
/// Bytes of a secret.
pub const SECRET_BYTES: usize = 32;

/// A secret, and since when it is used.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret {
    pub since: Timestamp,
    pub bytes: [u8; SECRET_BYTES],
}

/// The secret in use, and the one before it: a vote of 29 days ago was digested with that.
#[derive(Clone, PartialEq, Eq)]
pub struct Secrets {
    pub current: Secret,
    pub before: Option<Secret>,
}

/// The digests of an address for one product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressDigests {
    pub current: Vec<u8>,
    pub before: Option<Vec<u8>>,
}

impl Secrets {
    /// The first secret of a server.
    pub fn begin(bytes: [u8; SECRET_BYTES], now: Timestamp) -> Self {
        Secrets {
            current: Secret { since: now, bytes },
            before: None,
        }
    }

    /// Whether the secret is old enough to be replaced.
    pub fn are_due(&self, now: Timestamp) -> bool {
        now.duration_since(self.current.since) >= LIFETIME
    }

    /// With a new secret.
    pub fn renewed(&self, bytes: [u8; SECRET_BYTES], now: Timestamp) -> Self {
        Secrets {
            current: Secret { since: now, bytes },
            before: Some(self.current.clone()),
        }
    }

    /// Digests of an IPv4 address, or of the /64 of an IPv6 one. They differ by product, so that rows of one address are not seen to be so.
    pub fn digest(&self, product_id: &str, address: IpAddr) -> AddressDigests {
        let address = counted(address.to_canonical()).to_string();
        let of = |secret: &Secret| {
            let key = hmac::Key::new(HMAC_SHA256, &secret.bytes);
            let text = format!("{product_id}\n{address}");
            hmac::sign(&key, text.as_bytes()).as_ref().to_vec()
        };
        AddressDigests {
            current: of(&self.current),
            before: self.before.as_ref().map(of),
        }
    }

    /// The secrets as they stand in a file: a line each, the one in use first.
    pub fn to_text(&self) -> String {
        let secrets = [Some(&self.current), self.before.as_ref()];
        let line = |secret: &Secret| {
            let digits: String = secret
                .bytes
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect();
            format!("{} {digits}\n", secret.since)
        };
        secrets.into_iter().flatten().map(line).collect()
    }

    /// `None` if the text is none of ours.
    pub fn from_text(text: &str) -> Option<Self> {
        let mut secrets = text.lines().map(|line| {
            let (since, digits) = line.split_once(' ')?;
            let byte = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
            let bytes: Option<Vec<u8>> = (0..SECRET_BYTES).map(|n| byte(2 * n)).collect();
            Some(Secret {
                since: since.parse().ok()?,
                bytes: bytes?.try_into().ok()?,
            })
        });
        Some(Secrets {
            current: secrets.next()??,
            before: secrets.next().flatten(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-11-29T12:00:00Z".parse().unwrap()
    }

    fn digest(secrets: &Secrets, address: &str) -> AddressDigests {
        secrets.digest("FG_LL_20261122_000001", address.parse().unwrap())
    }

    #[test]
    fn the_digest_is_the_hmac_of_the_product_and_the_address() {
        // By `printf 'FG_LL_20261122_000001\n192.0.2.7' | openssl dgst -sha256 -mac HMAC -macopt hexkey:0707…`.
        let known = digest(&Secrets::begin([7; 32], now()), "192.0.2.7");
        let digits: String = known
            .current
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!(digits, EXPECTED);
        assert_eq!(known.before, None);
    }

    const EXPECTED: &str = "fc67d0f74ba853d9808e004d9ae3c92aa4ed5f6dcc58982620f86d50348b4fa6";

    #[test]
    fn all_addresses_of_one_network_of_ipv6_are_one_and_products_are_told_apart() {
        let secrets = Secrets::begin([7; 32], now());
        let one = digest(&secrets, "2001:db8:1:2::1");
        assert_eq!(one, digest(&secrets, "2001:db8:1:2:ffff::9"));
        assert_ne!(one, digest(&secrets, "2001:db8:1:3::1"));
        assert_eq!(
            digest(&secrets, "::ffff:192.0.2.7"),
            digest(&secrets, "192.0.2.7")
        );
        let other = secrets.digest("FG_LL_20261122_000002", "2001:db8:1:2::1".parse().unwrap());
        assert_ne!(one, other);
    }

    #[test]
    fn a_vote_is_known_for_thirty_days_whenever_the_secret_is_renewed() {
        let first = Secrets::begin([1; 32], now());
        let due = now() + LIFETIME;
        assert!(!first.are_due(due - SignedDuration::from_secs(1)) && first.are_due(due));
        let second = first.renewed([2; 32], due);
        let (then, later) = (digest(&first, "192.0.2.7"), digest(&second, "192.0.2.7"));
        assert_eq!(later.before, Some(then.current.clone()));
        assert_ne!(later.current, then.current);
        // A second renewal comes when a vote with the first secret has expired.
        let third = second.renewed([3; 32], due + LIFETIME);
        assert_eq!(digest(&third, "192.0.2.7").before, Some(later.current));
    }

    #[test]
    fn secrets_are_read_as_they_were_written() {
        let first = Secrets::begin([1; 32], now());
        let second = first.renewed([255; 32], now() + LIFETIME);
        for secrets in [first, second] {
            assert!(Secrets::from_text(&secrets.to_text()) == Some(secrets));
        }
        for text in ["", "2026", "2026-11-29T12:00:00Z 01", "hier 00"] {
            assert!(Secrets::from_text(text).is_none(), "{text}");
        }
    }
}
