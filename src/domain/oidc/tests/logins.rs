//! What a provider answers to a login, and what of it is believed.

use super::forge::{Forge, ISSUER, NOW, claims, with};
use crate::domain::oidc::{
    answer::{Expected, TokenAnswer, ends_grant},
    token::{BadToken, Claims},
};
use jiff::Timestamp;
use serde_json::{Value, json};

const NONCE: &str = "n-0S6_WzA2Mj";
const EXPECTED: Expected<'_> = Expected {
    issuer: ISSUER,
    client_id: "ecran",
};

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
    let answer = TokenAnswer::parse(answer.to_string().as_bytes()).unwrap();
    answer.verify_login(NONCE, &forge.keys(), EXPECTED, now())
}

fn now() -> Timestamp {
    Timestamp::from_second(NOW).unwrap()
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
fn an_answer_without_tokens_is_none_and_a_login_needs_an_id_token() {
    for answer in ["{}", "[]", "", "{\"id_token\":7}"] {
        assert!(TokenAnswer::parse(answer.as_bytes()).is_none(), "{answer}");
    }
    let access_only = TokenAnswer::parse(b"{\"access_token\":\"a\"}").unwrap();
    let claims = access_only.verify_login(NONCE, &Forge::new().keys(), EXPECTED, now());
    assert_eq!(claims, Err(BadToken::Malformed));
}

#[test]
fn the_life_of_tokens_is_read_as_a_number_or_a_text() {
    let life = |given: Value| {
        let answer = json!({"access_token": "a", "expires_in": given});
        let answer = TokenAnswer::parse(answer.to_string().as_bytes()).unwrap();
        answer.life().map(|life| life.as_secs())
    };
    assert_eq!(life(json!(300)), Some(300));
    assert_eq!(life(json!("300")), Some(300));
    for none in [json!(null), json!("soon"), json!(-1), json!([])] {
        assert_eq!(life(none.clone()), None, "{none}");
    }
}

/// What a renewal of the login of `7f9c` says, with these changes.
fn renewal(id: Option<Value>, access: Option<Value>) -> Result<Option<Claims>, BadToken> {
    let forge = Forge::new();
    let without_nonce = with(id_claims(), &json!({"nonce": null}));
    let id_token = id.map(|change| forge.sign("RS256", &with(without_nonce, &change)));
    let access_token = access.map(|change| forge.sign("ES256", &with(claims(), &change)));
    let access_token = access_token.unwrap_or_else(|| "opaque".to_owned());
    let answer = json!({"id_token": id_token, "access_token": access_token});
    let answer = TokenAnswer::parse(answer.to_string().as_bytes()).unwrap();
    answer.verify_renewal("7f9c", &forge.keys(), EXPECTED, now())
}

#[test]
fn a_renewal_says_what_its_id_token_or_its_access_token_says_of_the_same_person() {
    let roles = |claims: Option<Claims>| claims.unwrap().others.contains_key("realm_access");
    assert!(roles(renewal(Some(json!({})), Some(json!({}))).unwrap()));
    assert!(!roles(renewal(Some(json!({})), None).unwrap()));
    assert!(roles(renewal(None, Some(json!({}))).unwrap()));
    // Neither says anything: nothing has changed.
    assert_eq!(renewal(None, None), Ok(None));
    assert_eq!(renewal(None, Some(json!({"sub": "another"}))), Ok(None));
    for (change, bad) in [
        (json!({"sub": "another"}), BadToken::Subject),
        (json!({"aud": "autre"}), BadToken::Audience),
        (json!({"exp": NOW - 60}), BadToken::Expired),
    ] {
        assert_eq!(renewal(Some(change.clone()), None), Err(bad), "{change}");
    }
}

#[test]
fn only_an_invalid_grant_ends_a_login() {
    assert!(ends_grant(
        b"{\"error\":\"invalid_grant\",\"error_description\":\"Session not active\"}"
    ));
    for other in ["{\"error\":\"invalid_client\"}", "{}", "", "invalid_grant"] {
        assert!(!ends_grant(other.as_bytes()), "{other}");
    }
}
