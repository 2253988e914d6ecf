//! Sets of keys, and the metadata that lead to them.

use super::forge::{Forge, ISSUER, with};
use crate::domain::oidc::{
    key_set::{BadKeySet, KeySet},
    metadata::{BadMetadata, Metadata, address, is_safe},
};
use serde_json::{Value, json};

fn parse(set: &Value) -> Result<(), BadKeySet> {
    KeySet::parse(set.to_string().as_bytes()).map(drop)
}

#[test]
fn a_set_is_of_use_if_one_of_its_few_keys_is() {
    let whole = Forge::new().set();
    let good = whole["keys"][2].clone();
    assert_eq!(parse(&json!({"keys": [{"kty": "new"}, 7, good]})), Ok(()));
    for useless in [
        json!({"keys": []}),
        json!({"keys": [whole["keys"][4], whole["keys"][5]]}),
    ] {
        assert_eq!(parse(&useless), Err(BadKeySet::NoneUsable));
    }
    let nameless = with(good.clone(), &json!({"kid": null}));
    assert_eq!(
        parse(&json!({"keys": [nameless]})),
        Err(BadKeySet::NoneUsable)
    );
    assert_eq!(
        parse(&json!({"keys": vec![good; 33]})),
        Err(BadKeySet::TooMany(33))
    );
    for garbage in [json!([]), json!("keys"), json!({"keys": {}})] {
        assert_eq!(parse(&garbage), Err(BadKeySet::NoSet));
    }
}

#[test]
fn metadata_are_those_of_the_issuer_and_lead_to_safe_addresses() {
    let parse = |change: Value| {
        let metadata = json!({
            "issuer": ISSUER, "jwks_uri": "https://sso.example/keys", "authorization_endpoint": "https://sso.example/auth",
            "token_endpoint": "https://sso.example/token",
        });
        Metadata::parse(with(metadata, &change).to_string().as_bytes(), ISSUER)
    };
    assert_eq!(
        parse(json!({})).unwrap().jwks_uri,
        "https://sso.example/keys"
    );
    let other = "https://sso.example/realms/autre";
    assert_eq!(
        parse(json!({"issuer": other})),
        Err(BadMetadata::OtherIssuer(other.to_owned()))
    );
    for field in ["jwks_uri", "authorization_endpoint", "token_endpoint"] {
        let plain = "http://sso.example/x";
        assert_eq!(
            parse(json!({field: plain})),
            Err(BadMetadata::Unsafe(plain.to_owned()))
        );
        assert_eq!(parse(json!({field: null})), Err(BadMetadata::Unreadable));
    }
    assert_eq!(
        Metadata::parse(b"<html>", ISSUER),
        Err(BadMetadata::Unreadable)
    );
    assert_eq!(
        address("https://a/"),
        "https://a/.well-known/openid-configuration"
    );
}

#[test]
fn an_answer_to_a_login_names_the_provider_if_it_says_that_it_does() {
    let metadata = |names_itself: bool| {
        let metadata = json!({
            "issuer": ISSUER, "jwks_uri": "https://a/", "authorization_endpoint": "https://a/", "token_endpoint": "https://a/",
            "authorization_response_iss_parameter_supported": names_itself,
        });
        Metadata::parse(metadata.to_string().as_bytes(), ISSUER).unwrap()
    };
    for names_itself in [false, true] {
        let metadata = metadata(names_itself);
        assert!(metadata.has_answered(Some(ISSUER)));
        assert!(!metadata.has_answered(Some("https://evil.example")));
        assert_eq!(metadata.has_answered(None), !names_itself);
    }
}

#[test]
fn only_tls_or_this_machine_is_safe() {
    for safe in [
        "https://a",
        "https://a:8443/x",
        "http://localhost:1/x",
        "http://127.0.0.1:9",
        "http://[::1]:9/x?y",
    ] {
        assert!(is_safe(safe), "{safe}");
    }
    for unsafe_one in [
        "",
        "a",
        "//a",
        "http://a",
        "http://127.0.0.1.evil.example",
        "http://localhost@evil.example/",
        "https://",
        "https:///x",
        "ftp://localhost",
        "file:///etc/passwd",
        "https://a b",
        "https://a\n",
        "http://[::2]/",
    ] {
        assert!(!is_safe(unsafe_one), "{unsafe_one}");
    }
}
