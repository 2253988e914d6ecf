//! Logout tokens of a provider.

use super::forge::{Forge, ISSUER, NOW, with};
use crate::domain::oidc::{
    answer::Expected,
    logout::{BadLogout, LoggedOut, address},
    token::BadToken,
};
use jiff::Timestamp;
use serde_json::{Value, json};

fn logout_claims() -> Value {
    json!({
        "iss": ISSUER, "aud": "ecran", "iat": NOW, "exp": NOW + 120, "jti": "bWJq", "sub": "7f9c", "sid": "08a5",
        "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
    })
}

fn judged(header: &Value, change: &Value) -> Result<LoggedOut, BadLogout> {
    let forge = Forge::new();
    let token = forge.sign_text(header, &with(logout_claims(), change).to_string());
    let expected = Expected {
        issuer: ISSUER,
        client_id: "ecran",
    };
    LoggedOut::verify(
        &token,
        &forge.keys(),
        expected,
        Timestamp::from_second(NOW).unwrap(),
    )
}

fn logout(change: Value) -> Result<LoggedOut, BadLogout> {
    let header = json!({"alg": "ES256", "kid": "ES256", "typ": "logout+jwt"});
    judged(&header, &change)
}

#[test]
fn a_logout_token_names_a_session_or_all_of_a_person() {
    let both = logout(json!({})).unwrap();
    assert_eq!(both.jti, "bWJq");
    assert_eq!(both.sid.as_deref(), Some("08a5"));
    assert_eq!(both.principal().as_deref(), Some("oidc:7f9c"));
    assert_eq!(logout(json!({"sid": null})).unwrap().sid, None);
    assert_eq!(logout(json!({"sub": null})).unwrap().principal(), None);
    assert!(logout(json!({"aud": ["autre", "ecran"], "exp": null})).is_ok());
    for typ in [json!("JWT"), json!("application/logout+jwt"), json!(null)] {
        let header = with(
            json!({"alg": "RS256", "kid": "RS256", "typ": ""}),
            &json!({"typ": typ}),
        );
        assert!(judged(&header, &json!({})).is_ok(), "{typ}");
    }
}

#[test]
fn a_logout_token_that_another_could_have_made_or_used_before_is_refused() {
    let nobody = json!({"sub": null, "sid": null});
    for (change, bad) in [
        (
            json!({"iss": "https://evil.example"}),
            BadToken::Issuer.into(),
        ),
        (json!({"aud": "autre"}), BadToken::Audience.into()),
        (json!({"aud": null}), BadToken::Audience.into()),
        (json!({"iat": null}), BadToken::Malformed.into()),
        (json!({"iat": NOW - 601}), BadLogout::Time),
        (json!({"iat": NOW + 31}), BadLogout::Time),
        (json!({"exp": NOW - 30}), BadLogout::Time),
        (json!({"jti": null}), BadLogout::NoName),
        (json!({"jti": "x".repeat(256)}), BadLogout::NoName),
        (json!({"events": null}), BadLogout::Kind),
        (
            json!({"events": {"http://schemas.openid.net/event/other": {}}}),
            BadLogout::Kind,
        ),
        (
            json!({"events": {"http://schemas.openid.net/event/backchannel-logout": 1}}),
            BadLogout::Kind,
        ),
        (json!({"nonce": "n"}), BadLogout::Kind),
        (nobody, BadLogout::Nobody),
    ] {
        assert_eq!(logout(change.clone()), Err(bad), "{change}");
    }
    let access = json!({"alg": "ES256", "kid": "ES256", "typ": "at+jwt"});
    assert_eq!(judged(&access, &json!({})), Err(BadToken::Malformed.into()));
    let foreign = json!({"alg": "ES256", "kid": "RS256", "typ": "logout+jwt"});
    assert_eq!(judged(&foreign, &json!({})), Err(BadToken::Forged.into()));
}

#[test]
fn a_logout_token_is_no_access_token() {
    let forge = Forge::new();
    let header = json!({"alg": "ES256", "kid": "ES256", "typ": "logout+jwt"});
    let token = forge.sign_text(&header, &logout_claims().to_string());
    assert_eq!(forge.verify(&token), Err(BadToken::Malformed));
}

#[test]
fn a_browser_is_sent_to_the_provider_with_the_session_to_end_and_the_way_back() {
    let back = "https://gavage.example/auth/login";
    assert_eq!(
        address(
            "https://sso.example/logout?theme=dark",
            "écran",
            Some("a.b.c"),
            back
        ),
        "https://sso.example/logout?theme=dark&client_id=%C3%A9cran&post_logout_redirect_uri=https%3A%2F%2Fgavage.example%2Fauth%2Flogin\
         &id_token_hint=a.b.c"
    );
    assert!(!address("https://sso.example/logout", "ecran", None, back).contains("hint"));
}
