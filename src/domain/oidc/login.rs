//! The login of a person at the identity provider (authorization code with PKCE), as it is remembered while he is there.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use rand::{Rng, RngExt};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq as _;

/// Longer addresses are not returned to.
const LONGEST_PATH: usize = 1_024;

/// A login that has begun. The browser keeps it in a cookie, so that nobody can finish a login in a browser that did not begin it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    state: String,
    pub nonce: String,
    /// The secret of PKCE, of which the provider sees only the digest at first.
    pub verifier: String,
    /// The page that asked for the login.
    pub to: String,
}

/// Where a person is sent to log in.
pub struct Destination<'a> {
    pub endpoint: &'a str,
    pub client_id: &'a str,
    /// Where the provider sends him back to.
    pub redirect_uri: &'a str,
}

impl Attempt {
    /// `to` is a page of ours, otherwise it is replaced by the first page.
    pub fn begin(random: &mut impl Rng, to: Option<&str>) -> Self {
        let mut word = || BASE64_URL_SAFE_NO_PAD.encode(random.random::<[u8; 32]>());
        Attempt {
            state: word(),
            nonce: word(),
            verifier: word(),
            to: to.and_then(local_path).unwrap_or("/").to_owned(),
        }
    }

    /// The text of the cookie.
    pub fn remember(&self) -> String {
        let to = BASE64_URL_SAFE_NO_PAD.encode(&self.to);
        format!("{}.{}.{}.{to}", self.state, self.nonce, self.verifier)
    }

    /// Reads the cookie. `None` if it is not one of ours, or the answer of the provider has another `state`.
    pub fn recall(cookie: &str, state: &str) -> Option<Self> {
        let parts: Vec<&str> = cookie.split('.').collect();
        let [known, nonce, verifier, to] = parts.try_into().ok()?;
        let is_same = !known.is_empty() && bool::from(known.as_bytes().ct_eq(state.as_bytes()));
        let to = BASE64_URL_SAFE_NO_PAD.decode(to).ok()?;
        let to = String::from_utf8(to).ok()?;
        is_same.then(|| Attempt {
            state: known.to_owned(),
            nonce: nonce.to_owned(),
            verifier: verifier.to_owned(),
            to: local_path(&to).unwrap_or("/").to_owned(),
        })
    }

    /// The address of the provider's login page for this login.
    pub fn address(&self, destination: &Destination<'_>) -> String {
        let challenge = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(&self.verifier));
        let query: String = form_urlencoded::Serializer::new(String::new())
            .append_pair("response_type", "code")
            .append_pair("client_id", destination.client_id)
            .append_pair("redirect_uri", destination.redirect_uri)
            .append_pair("scope", "openid profile")
            .append_pair("state", &self.state)
            .append_pair("nonce", &self.nonce)
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256")
            .finish();
        let endpoint = destination.endpoint;
        let with = if endpoint.contains('?') { '&' } else { '?' };
        format!("{endpoint}{with}{query}")
    }
}

/// A path of this server, which leads a browser to no other: `//host` and `/\host` would.
fn local_path(text: &str) -> Option<&str> {
    let is_plain = text
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let is_local = text.starts_with('/') && !text.starts_with("//");
    (is_plain && is_local && text.len() <= LONGEST_PATH).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    fn begun(to: &str) -> Attempt {
        Attempt::begin(&mut ChaCha8Rng::seed_from_u64(1), Some(to))
    }

    #[test]
    fn a_login_is_recalled_only_with_its_own_state() {
        let attempt = begun("/alertes?site=LL");
        let cookie = attempt.remember();
        assert_eq!(
            Attempt::recall(&cookie, &attempt.state),
            Some(attempt.clone())
        );
        for (cookie, state) in [
            (cookie.as_str(), "other"),
            (cookie.as_str(), ""),
            ("...", ""),
            ("", ""),
            ("a.b.c", "a"),
            ("a.b.c.!", "a"),
            ("a.b.c.d.e", "a"),
        ] {
            assert_eq!(Attempt::recall(cookie, state), None, "{cookie} {state}");
        }
    }

    #[test]
    fn a_login_leads_back_to_pages_of_this_server_only() {
        for (to, path) in [
            ("/", "/"),
            (
                "/gaveur/3?lot=LL2611001#meals",
                "/gaveur/3?lot=LL2611001#meals",
            ),
            ("//evil.example", "/"),
            ("/\\evil.example", "/"),
            ("https://evil.example", "/"),
            ("javascript:alert(1)", "/"),
            ("/a\r\nSet-Cookie: x=y", "/"),
            ("\t/a", "/"),
            ("", "/"),
        ] {
            assert_eq!(begun(to).to, path, "{to:?}");
        }
        // Nor does a cookie that another program of this host has written.
        let evil = BASE64_URL_SAFE_NO_PAD.encode("//evil.example");
        let recalled = Attempt::recall(&format!("a.b.c.{evil}"), "a");
        assert_eq!(recalled.map(|attempt| attempt.to).as_deref(), Some("/"));
    }

    #[test]
    fn the_provider_learns_the_digest_of_the_verifier_and_not_the_verifier() {
        // The example of RFC 7636.
        let attempt = Attempt {
            verifier: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".to_owned(),
            ..begun("/")
        };
        let address = attempt.address(&Destination {
            endpoint: "https://sso.example/auth?theme=dark",
            client_id: "écran",
            redirect_uri: "https://gavage.example/auth/callback",
        });
        assert!(address.starts_with(
            "https://sso.example/auth?theme=dark&response_type=code&client_id=%C3%A9cran&"
        ));
        assert!(address.ends_with(
            "&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256"
        ));
        assert!(!address.contains(&attempt.verifier));
    }
}
