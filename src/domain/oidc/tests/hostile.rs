//! Tokens that must not be accepted, and the few that must.

use super::forge::{
    AUDIENCE, Forge, ISSUER, NOW, assemble, base64, claims, curve, rules, sign_on_curve, with,
};
use crate::domain::oidc::token::{
    BadToken::{
        self, Audience, Expired, Forged, Issuer, Kind, Malformed, NoKid, NotYet, TooLong,
        UnknownKid,
    },
    MeantFor, TokenRules, verify,
};
use jiff::Timestamp;
use ring::{hmac, rand::SystemRandom};
use serde_json::{Value, json};
use std::sync::LazyLock;

static FORGE: LazyLock<Forge> = LazyLock::new(Forge::new);

fn changed(change: Value) -> String {
    FORGE.sign("ES256", &with(claims(), &change))
}

fn headed(change: Value) -> String {
    let header = json!({"alg": "ES256", "kid": "ES256", "typ": "JWT"});
    FORGE.sign_text(&with(header, &change), &claims().to_string())
}

/// Signed with the key of `alg`, but named otherwise.
fn signed_as(alg: &str, header: Value) -> String {
    assemble(&header, &claims().to_string(), |message| {
        FORGE.signature(alg, message)
    })
}

fn unsigned(header: Value) -> String {
    assemble(&header, &claims().to_string(), |_| Vec::new())
}

fn hmac(kid: &str, secret: &[u8]) -> String {
    let header = json!({"alg": "HS256", "kid": kid, "typ": "JWT"});
    assemble(&header, &claims().to_string(), |message| {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
        hmac::sign(&key, message).as_ref().to_vec()
    })
}

fn text_payload(payload: &str) -> String {
    let header = json!({"alg": "ES256", "kid": "ES256"});
    FORGE.sign_text(&header, payload)
}

fn good() -> String {
    changed(json!({}))
}

/// The good token with another part.
fn replaced(at: usize, part: &str) -> String {
    let good = good();
    let mut parts: Vec<_> = good.split('.').collect();
    parts[at] = part;
    parts.join(".")
}

fn assert_each(expected: BadToken, tokens: &[String]) {
    for (number, token) in tokens.iter().enumerate() {
        let refused = FORGE.verify(token).expect_err("must be refused");
        assert_eq!(refused, expected, "token {number}: {token}");
    }
}

#[test]
fn a_token_that_the_provider_has_signed_for_this_server_is_accepted_with_each_algorithm() {
    for kid in ["RS256", "PS256", "ES256", "EdDSA"] {
        assert!(FORGE.verify(&FORGE.sign(kid, &claims())).is_ok(), "{kid}");
    }
    for accepted in [
        changed(json!({"exp": NOW - 10})),
        changed(json!({"nbf": null})),
        changed(json!({"nbf": NOW + 20})),
        changed(json!({"aud": ["account", AUDIENCE]})),
        changed(json!({"typ": null})),
        headed(json!({"typ": null})),
        headed(json!({"typ": "at+jwt"})),
        // What a header offers beside is not looked at.
        headed(json!({"jku": "https://evil.example/keys", "x5u": "https://evil.example/cert"})),
    ] {
        let verified = FORGE.verify(&accepted);
        assert!(verified.is_ok(), "{verified:?} {accepted}");
    }
}

#[test]
fn what_is_no_token_is_refused_whatever_it_looks_like() {
    let good = good();
    let mut tokens: Vec<_> = [
        "", ".", "..", "...", "a.b.c", "Bearer", "gvk", "{}", "e30.e30.", "é.é.é",
    ]
    .map(str::to_owned)
    .into();
    tokens.extend([
        format!("{good}."),
        format!("{good}.{good}"),
        format!(" {good}"),
        format!("{good}="),
        good.replacen('.', "..", 1),
        good.replace('.', ""),
        replaced(0, ""),
        replaced(0, &base64("{}")),
        replaced(0, &base64("[]")),
        replaced(
            0,
            &base64("{\"alg\":\"ES256\",\"alg\":\"none\",\"kid\":\"ES256\"}"),
        ),
        // Not the alphabet of tokens, and bits that decode to nothing.
        replaced(2, "+/+/"),
        text_payload("[]"),
        text_payload("null"),
        text_payload("\u{0}"),
    ]);
    assert_each(Malformed, &tokens);
    assert_each(
        TooLong,
        &[
            changed(json!({"name": "a".repeat(20_000)})),
            "a".repeat(9_000),
        ],
    );
}

#[test]
fn a_token_without_a_signature_is_refused_in_every_spelling() {
    let tokens: Vec<_> = [
        "none", "None", "NONE", "nOnE", "", "null", "HS257", "RS1", "ES256K",
    ]
    .map(|alg| unsigned(json!({"alg": alg, "kid": "ES256"})))
    .into();
    assert_each(Malformed, &tokens);
    assert_each(
        Malformed,
        &[
            unsigned(json!({"kid": "ES256"})),
            unsigned(json!({"alg": null, "kid": "ES256"})),
        ],
    );
    assert_each(
        Forged,
        &[
            unsigned(json!({"alg": "ES256", "kid": "ES256"})),
            replaced(2, ""),
        ],
    );
}

#[test]
fn a_public_key_is_no_secret_and_a_secret_in_the_set_is_no_key() {
    let set = FORGE.set();
    let modulus = set["keys"][0]["n"].as_str().unwrap();
    let mut tokens: Vec<_> = [modulus.as_bytes(), b"", set.to_string().as_bytes()]
        .map(|secret| hmac("RS256", secret))
        .into();
    tokens.push(hmac("ES256", b"secret"));
    assert_each(Forged, &tokens);
    assert_each(UnknownKid, &[hmac("oct", b"secret")]);
}

#[test]
fn a_token_cannot_choose_another_algorithm_or_another_key() {
    let as_kid = |alg: &str, kid: &str| signed_as(alg, json!({"alg": alg, "kid": kid}));
    assert_each(
        Forged,
        &[
            as_kid("RS256", "PS256"),
            as_kid("PS256", "RS256"),
            as_kid("RS512", "RS256"),
            as_kid("ES256", "RS256"),
            as_kid("RS256", "ES256"),
            as_kid("EdDSA", "ES256"),
            signed_as("RS256", json!({"alg": "PS256", "kid": "PS256"})),
            signed_as("RS512", json!({"alg": "RS256", "kid": "RS256"})),
        ],
    );
    // For encryption, not for signatures.
    assert_each(UnknownKid, &[as_kid("RS256", "enc")]);
}

#[test]
fn the_key_of_another_is_refused_under_the_name_of_a_known_one_and_with_itself_in_the_header() {
    let other = curve(&SystemRandom::new());
    let by_other = |header: Value| {
        assemble(&header, &claims().to_string(), |message| {
            sign_on_curve(&other, message)
        })
    };
    let header = json!({"alg": "ES256", "kid": "ES256", "typ": "JWT"});
    let public = ring::signature::KeyPair::public_key(&other).as_ref()[1..].to_vec();
    let (x, y) = public.split_at(32);
    let jwk = json!({"kty": "EC", "crv": "P-256", "x": base64(x), "y": base64(y)});
    assert_each(
        Forged,
        &[
            by_other(header.clone()),
            by_other(with(header.clone(), &json!({"jwk": jwk}))),
            by_other(with(
                header.clone(),
                &json!({"jku": "https://evil.example/keys"}),
            )),
            by_other(with(
                header,
                &json!({"x5u": "https://evil.example/cert", "x5c": ["AAAA"]}),
            )),
        ],
    );
}

#[test]
fn the_name_of_a_key_is_compared_and_not_interpreted() {
    let kids = [
        "",
        " ES256",
        "es256",
        "ES256\u{0}",
        "../ES256",
        "ES256' OR '1'='1",
        "https://evil.example/key",
        "*",
        "0",
    ];
    let tokens: Vec<_> = kids.map(|kid| headed(json!({"kid": kid}))).into();
    assert_each(UnknownKid, &tokens);
    assert_each(NoKid, &[headed(json!({"kid": null}))]);
    assert_each(
        Malformed,
        &[headed(json!({"kid": 7})), headed(json!({"kid": ["ES256"]}))],
    );
}

#[test]
fn extensions_that_must_be_understood_are_refused() {
    let tokens = [
        headed(json!({"crit": ["exp"]})),
        headed(json!({"crit": []})),
        headed(json!({"crit": ["b64"], "b64": false})),
        headed(json!({"crit": ["b64"], "b64": true})),
        headed(json!({"b64": false})),
        headed(json!({"typ": "logout+jwt"})),
        headed(json!({"typ": "dpop+jwt"})),
    ];
    assert_each(Malformed, &tokens);
}

#[test]
fn a_changed_signature_or_payload_is_refused() {
    let admin = with(claims(), &json!({"realm_access": {"roles": ["admin"]}}));
    let der = base64([0x30, 0x06, 0x02, 0x01, 0x01, 0x02, 0x01, 0x01]);
    assert_each(
        Forged,
        &[
            replaced(1, &base64(admin.to_string())),
            replaced(2, &base64([0; 64])),
            replaced(2, &base64([0xff; 64])),
            replaced(2, &base64([0; 63])),
            replaced(2, &der),
        ],
    );
}

#[test]
fn issuer_and_audience_must_be_ours_letter_by_letter() {
    let issuers = [
        "",
        "https://evil.example",
        "https://sso.example/realms/gaveurs/",
        "HTTPS://sso.example/realms/gaveurs",
    ];
    let tokens: Vec<_> = issuers.map(|issuer| changed(json!({"iss": issuer}))).into();
    assert_each(Issuer, &tokens);
    assert_each(
        Malformed,
        &[
            changed(json!({"iss": null})),
            changed(json!({"iss": [ISSUER]})),
            changed(json!({"iss": {"0": ISSUER}})),
            changed(json!({"aud": 7})),
            changed(json!({"aud": [[AUDIENCE]]})),
            changed(json!({"sub": null})),
            changed(json!({"sub": 7})),
        ],
    );
    assert_each(
        Audience,
        &[
            changed(json!({"aud": null})),
            changed(json!({"aud": ""})),
            changed(json!({"aud": "Gaveurs"})),
            changed(json!({"aud": "gaveurs,account"})),
            changed(json!({"aud": []})),
            changed(json!({"aud": ["account", "gaveurs2"]})),
        ],
    );
}

#[test]
fn a_token_ends_thirty_seconds_after_it_says_and_a_time_is_a_whole_number() {
    assert_each(
        Expired,
        &[
            changed(json!({"exp": NOW - 30})),
            changed(json!({"exp": 0})),
            changed(json!({"exp": -1})),
        ],
    );
    assert_each(
        NotYet,
        &[
            changed(json!({"nbf": NOW + 31})),
            changed(json!({"nbf": NOW + 86_400})),
        ],
    );
    let whole = claims().to_string();
    let until = |exp: &str| {
        text_payload(&whole.replace(&format!("\"exp\":{}", NOW + 300), &format!("\"exp\":{exp}")))
    };
    let exps = [
        "null",
        "\"1800000300\"",
        "1800000300.5",
        "1e12",
        "1e400",
        "9223372036854775807",
        "99999999999999999999",
        "[1800000300]",
        "true",
        "{}",
    ];
    let mut tokens: Vec<_> = exps.map(until).into();
    tokens.extend([
        changed(json!({"exp": null})),
        changed(json!({"nbf": "0"})),
        changed(json!({"nbf": 1.5})),
        changed(json!({"nbf": i64::MAX})),
    ]);
    assert_each(Malformed, &tokens);
}

#[test]
fn tokens_of_other_kinds_are_no_access_tokens() {
    let kinds = ["ID", "Refresh", "Offline", "Logout", "Serialized-ID"];
    let mut tokens: Vec<_> = kinds.map(|typ| changed(json!({"typ": typ}))).into();
    tokens.push(changed(json!({"at_hash": "abc"})));
    assert_each(Kind, &tokens);
}

#[test]
fn without_an_audience_a_token_must_have_been_issued_to_our_client() {
    let rules = TokenRules {
        meant_for: MeantFor::Client("ecran".to_owned()),
        ..rules()
    };
    let keys = FORGE.keys();
    let now = Timestamp::from_second(NOW).unwrap();
    let answer = |change: Value| verify(&changed(change), &keys, &rules, now).err();
    assert_eq!(answer(json!({"aud": "account"})), None);
    assert_eq!(answer(json!({"aud": null})), None);
    assert_eq!(answer(json!({"azp": "autre"})), Some(Audience));
    assert_eq!(answer(json!({"azp": null})), Some(Audience));
    assert_eq!(answer(json!({"azp": null, "aud": "ecran"})), Some(Audience));
}

#[test]
fn a_clock_that_is_an_hour_wrong_refuses_tokens_with_the_reason_and_loses_no_key() {
    let keys = FORGE.keys();
    for kid in ["RS256", "PS256", "ES256", "EdDSA"] {
        let token = FORGE.sign(kid, &claims());
        let answer = |second| {
            let now = Timestamp::from_second(second).unwrap();
            verify(&token, &keys, &rules(), now).err()
        };
        assert_eq!(answer(NOW + 3_600), Some(Expired), "{kid}");
        assert_eq!(answer(NOW - 3_600), Some(NotYet), "{kid}");
        assert_eq!(answer(NOW), None, "{kid}");
    }
}
