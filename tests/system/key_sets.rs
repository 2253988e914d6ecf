//! What becomes of tokens when the identity provider misbehaves, or is away.

use crate::common::{
    identity_provider::{Answers, IdentityProvider},
    server::DEADLINE,
};
use futures_util::future::join_all;
use gaveurs::{
    domain::oidc::{
        account::ClaimNames,
        token::{MeantFor, TokenRules},
    },
    oidc::{self, Issuer, Terms, Unidentified},
};
use serde_json::json;
use std::time::Duration;
use tokio::time::{Instant, advance, pause, sleep};

/// The issuer as the server knows it, which reads its keys in the background.
fn known(provider: &IdentityProvider) -> Issuer {
    let terms = Terms {
        rules: TokenRules {
            issuer: provider.issuer(),
            meant_for: MeantFor::Audience("gaveurs".to_owned()),
        },
        claims: ClaimNames {
            roles: "realm_access.roles".to_owned(),
            gaveur: "gaveur_id".to_owned(),
            sites: "sites".to_owned(),
            client: None,
        },
    };
    let (issuer, reading) = oidc::begin(terms).unwrap();
    actix_web::rt::spawn(reading.run());
    issuer
}

/// Waits until the issuer accepts the token.
async fn accepted(issuer: &Issuer, token: &str) {
    while issuer.identify(token).await.is_err() {
        sleep(Duration::from_secs(1)).await;
    }
}

#[actix_web::test]
async fn a_set_of_keys_that_is_huge_endless_garbage_or_elsewhere_is_not_used_and_nobody_waits_long()
{
    let elsewhere = IdentityProvider::start();
    let bad = [
        Answers::Huge,
        Answers::Slow,
        Answers::Garbage,
        Answers::Redirecting(elsewhere.address_of_keys()),
        Answers::Failing,
    ];
    let tried = bad.map(async |answers| {
        let provider = IdentityProvider::start();
        provider.answer(answers.clone());
        let issuer = known(&provider);
        let begun = Instant::now();
        let refused = issuer.identify(&provider.token("admin", json!({}))).await;
        assert_eq!(refused, Err(Unidentified::Away), "{answers:?}");
        let waited = begun.elapsed();
        assert!(waited < DEADLINE, "{answers:?}: {waited:?}");
        assert_eq!(provider.asked(), 1, "{answers:?}");
        provider.stop().await;
    });
    join_all(tried).await;
    assert_eq!(elsewhere.asked(), 0, "a redirection was followed");
    elsewhere.stop().await;
}

#[actix_web::test]
async fn a_flood_of_made_up_names_of_keys_asks_the_provider_once_in_ten_seconds() {
    let provider = IdentityProvider::start();
    let issuer = known(&provider);
    let good = provider.token("admin", json!({}));
    accepted(&issuer, &good).await;
    pause();
    let before = provider.asked();
    for second in 0..60 {
        for number in 0..20 {
            provider.rename(&format!("made-up-{second}-{number}"));
            let refused = issuer.identify(&provider.token("admin", json!({}))).await;
            assert!(
                matches!(refused, Err(Unidentified::Token(_))),
                "{refused:?}"
            );
        }
        assert!(issuer.identify(&good).await.is_ok());
        sleep(Duration::from_secs(1)).await;
    }
    let asked = provider.asked() - before;
    assert!((1..=7).contains(&asked), "asked {asked} times in a minute");
    provider.stop().await;
}

#[actix_web::test]
async fn the_keys_that_were_read_last_serve_a_day_while_the_provider_is_away() {
    let provider = IdentityProvider::start();
    let issuer = known(&provider);
    let token = provider.token("admin", json!({}));
    accepted(&issuer, &token).await;
    provider.answer(Answers::Failing);
    pause();
    let hour = Duration::from_secs(3_600);
    for away in [1, 22] {
        advance(away * hour).await;
        assert!(issuer.identify(&token).await.is_ok(), "after {away} hours");
    }
    advance(2 * hour).await;
    assert_eq!(issuer.identify(&token).await, Err(Unidentified::Away));
    // It comes back, and nobody restarts anything.
    provider.answer(Answers::WithKeys);
    accepted(&issuer, &token).await;
    provider.stop().await;
}
