//! What a provider answers to a login, and what of it is believed.

use super::forge::{Forge, ISSUER, NOW, claims, with};
use crate::domain::oidc::token::{BadToken, Claims, ExpectedLogin, LoginAnswer, verify_login};
use jiff::Timestamp;
use serde_json::{Value, json};

const NONCE: &str = "n-0S6_WzA2Mj";

fn id_claims() -> Value {
    let changed = json!({"aud": "ecran", "nonce": NONCE, "typ": "ID", "at_hash": "abc", "realm_access": null});
    with(claims(), &changed)
}

/// What becomes of a login whose ID token and access token have these changes.
fn login(id: Value, access: Option<Value>) -> Result<Claims, BadToken> {
    let forge = Forge::new();
    let id_token = forge.sign("RS256", &with(id_claims(), &id));
    let access_token = access.map(|change| forge.sign("ES256", &with(claims(), &change)));
    let answer = json!({"id_token": id_token, "access_token": access_token});
    let answer = LoginAnswer::parse(answer.to_string().as_bytes()).unwrap();
    let expected = ExpectedLogin {
        issuer: ISSUER,
        client_id: "ecran",
        nonce: NONCE,
    };
    let now = Timestamp::from_second(NOW).unwrap();
    verify_login(&answer, &forge.keys(), &expected, now)
}

#[test]
fn an_id_token_must_be_for_this_client_and_for_this_login() {
    assert!(login(json!({}), None).is_ok());
    assert!(login(json!({"azp": null}), None).is_ok());
    for (change, bad) in [
        (json!({"nonce": "other"}), BadToken::Kind),
        (json!({"nonce": null}), BadToken::Kind),
        (json!({"aud": "autre"}), BadToken::Audience),
        (json!({"aud": null}), BadToken::Audience),
        (
            json!({"aud": ["ecran", "autre"], "azp": "autre"}),
            BadToken::Audience,
        ),
        (json!({"iss": "https://evil.example"}), BadToken::Issuer),
        (json!({"exp": NOW - 60}), BadToken::Expired),
    ] {
        assert_eq!(login(change.clone(), None).err(), Some(bad), "{change}");
    }
}

#[test]
fn roles_that_only_the_access_token_has_are_added_if_it_is_of_the_same_person() {
    let roles = |access: Option<Value>| {
        let claims = login(json!({}), access).unwrap();
        claims.others.get("realm_access").is_some()
    };
    assert!(!roles(None));
    assert!(roles(Some(json!({}))));
    // It need not name this server: it came from the provider itself.
    assert!(roles(Some(json!({"aud": "account"}))));
    for change in [
        json!({"sub": "another"}),
        json!({"exp": NOW - 60}),
        json!({"iss": "https://evil.example"}),
    ] {
        assert!(!roles(Some(change)));
    }
}

#[test]
fn an_answer_without_an_id_token_is_none() {
    for answer in [
        "{}",
        "[]",
        "",
        "{\"access_token\":\"a\"}",
        "{\"id_token\":7}",
    ] {
        assert_eq!(LoginAnswer::parse(answer.as_bytes()), None, "{answer}");
    }
}
