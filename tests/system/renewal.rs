//! Logins are renewed at a real identity provider, while their sockets stay open.

use crate::{
    common::{
        client::Client,
        database::TestDatabase,
        readings::meal,
        server::{TestServer, until},
    },
    login_support::{Browser, Provider, begin},
};
use futures_util::future::join;
use gaveurs::{
    domain::{access::Role, grant::Grant, key::Key, oidc::account::Account},
    store::{
        logins::{self, Requested, Term},
        logouts,
    },
};
use serde_json::{Value, json};
use std::time::Duration;

/// Renewals of this outcome.
async fn renewals(server: &TestServer, outcome: &str) -> f64 {
    let sample = format!("gaveurs_login_renewals_total{{outcome=\"{outcome}\"}}");
    server.metric(&sample).await
}

/// Anne, superviseur of Bretagne, has logged in and looks at the wall.
struct LoggedIn {
    provider: Provider,
    server: TestServer,
    browser: Browser,
    tab: Client,
}

impl LoggedIn {
    /// `None` without Node.
    async fn start() -> Option<Self> {
        let provider = Provider::start().await?;
        let server = provider.server().await;
        begin(&server).await;
        let mut browser = Browser::default();
        let tab = browser.enter(&server).await;
        Some(LoggedIn {
            provider,
            server,
            browser,
            tab,
        })
    }

    /// Lets the time of the login's next renewal come, and waits until one has this outcome.
    async fn renew(&self, outcome: &str) {
        let before = renewals(&self.server, outcome).await;
        self.set("renew_at = now()").await;
        until(outcome, async || {
            renewals(&self.server, outcome).await > before
        })
        .await;
    }

    async fn set(&self, what: &str) {
        let update = format!("UPDATE auth_sessions SET {what}");
        self.server.execute(&update).await;
    }

    async fn stop(self) -> TestDatabase {
        self.server.stop().await
    }
}

fn codes(snapshot: &Value) -> Vec<&str> {
    let lots = snapshot["lots"].as_array().unwrap().iter();
    lots.map(|lot| lot["code_lot"].as_str().unwrap()).collect()
}

#[actix_web::test]
async fn a_login_is_renewed_without_a_gap_and_its_sockets_follow_what_the_provider_says_of_the_person()
 {
    let Some(mut anne) = LoggedIn::start().await else {
        return;
    };
    let key = anne.server.key(&Grant::new(Role::Simulateur), None).await;
    let path = format!("/ws/gavage?key={}", key.reveal());
    let mut producer = anne.server.connect(&path).await;
    producer.next().await;
    let after = anne
        .server
        .count("SELECT extract(epoch FROM renew_at - created_at)::bigint FROM auth_sessions")
        .await;
    assert!((2_879..=2_881).contains(&after), "{after} s of 3,600 s");
    // A refresh token that is presented twice would end the login, so each renewal used the newest.
    for round in 0..3 {
        assert_eq!(
            producer.ask(meal("LL2611001", 1, 2 * round)).await["type"],
            "ack"
        );
        anne.renew("renewed").await;
        assert_eq!(
            producer.ask(meal("LL2611001", 1, 2 * round + 1)).await["type"],
            "ack"
        );
    }
    let frames = anne.tab.take("gavage_realtime", 6).await;
    let seqs: Vec<_> = frames.iter().map(|f| f["seq"].as_u64().unwrap()).collect();
    let jours: Vec<_> = frames
        .iter()
        .map(|frame| frame["data"]["jour"].as_i64().unwrap())
        .collect();
    assert_eq!(jours, [0, 0, 1, 1, 2, 2], "no gap and no repeat");
    assert!(seqs.is_sorted_by(|one, next| one < next), "{seqs:?}");
    assert_eq!(anne.browser.me(&anne.server).await.0, 200);

    // Anne now looks after another site.
    assert_eq!(producer.ask(meal("MT2611001", 3, 0)).await["type"], "ack");
    let moved =
        json!({"name": "Anne", "realm_access": {"roles": ["superviseur"]}, "sites": ["MT"]});
    anne.provider.change("anne", moved).await;
    anne.renew("renewed").await;
    let snapshot = anne.tab.next_of("snapshot").await;
    assert_eq!(codes(&snapshot), ["MT2611001"]);
    let position = snapshot["seq"].as_u64().unwrap();
    assert!(position >= seqs[5]);
    for lot in ["LL2611001", "MT2611001"] {
        assert_eq!(producer.ask(meal(lot, 3, 7)).await["type"], "ack");
    }
    let next = anne.tab.next_of("gavage_realtime").await;
    assert_eq!(next["data"]["code_lot"], "MT2611001");
    assert!(next["seq"].as_u64().unwrap() > position);
    let (_, me) = anne.browser.me(&anne.server).await;
    assert_eq!((&me["nom"], &me["sites"]), (&json!("Anne"), &json!(["MT"])));

    // As a gaveur she may not see the wall.
    let gaveur = json!({"realm_access": {"roles": ["gaveur"]}, "gaveur_id": 3});
    anne.provider.change("anne", gaveur).await;
    anne.renew("renewed").await;
    let goodbye = anne.tab.ended().await.expect("a Close frame comes");
    assert_eq!(u16::from(goodbye.code), 4403);
    let (status, me) = anne.browser.me(&anne.server).await;
    assert_eq!((status, &me["gaveur_id"]), (200, &json!(3)));
    anne.stop().await;
}

#[actix_web::test]
async fn a_login_outlasts_a_provider_that_does_not_answer_and_ends_when_the_provider_refuses() {
    let Some(mut anne) = LoggedIn::start().await else {
        return;
    };
    anne.provider.answer(false).await;
    anne.renew("away").await;
    let failures = "SELECT failures::bigint FROM auth_sessions WHERE renew_at > now()";
    assert_eq!(anne.server.count(failures).await, 1);
    assert_eq!(anne.browser.me(&anne.server).await.0, 200);
    anne.provider.answer(true).await;
    anne.renew("renewed").await;
    assert_eq!(anne.server.count(failures).await, 0);

    anne.provider.change("anne", Value::Null).await;
    anne.renew("refused").await;
    let warning = anne.tab.next_of("auth_expiring").await;
    assert!(warning["expires_at"].is_string());
    let kept = "SELECT count(tokens) + count(renew_at) FROM auth_sessions";
    assert_eq!(anne.server.count(kept).await, 0, "nothing is asked again");
    // The minute is over.
    anne.set("expires_at = now()").await;
    let goodbye = anne.tab.ended().await.expect("a Close frame comes");
    assert_eq!(u16::from(goodbye.code), 4401);
    assert_eq!(anne.browser.me(&anne.server).await.0, 401);
    anne.stop().await;
}

#[actix_web::test]
async fn an_account_that_may_do_nothing_any_more_is_logged_out() {
    let Some(mut anne) = LoggedIn::start().await else {
        return;
    };
    let nobody = json!({"realm_access": {"roles": ["consommateur"]}});
    anne.provider.change("anne", nobody).await;
    anne.renew("refused").await;
    let goodbye = anne.tab.ended().await.expect("a Close frame comes");
    assert_eq!(u16::from(goodbye.code), 4403);
    anne.stop().await;
}

#[actix_web::test]
async fn a_login_that_is_due_is_renewed_by_one_server_at_a_time() {
    let server = TestServer::start().await;
    let (pool, key) = (server.app().pool(), Key::generate(&mut rand::rng()));
    let account = Account {
        principal: "oidc:anne".to_owned(),
        name: "Anne".to_owned(),
        grant: Grant::new(Role::Admin),
    };
    let term = Term {
        lifetime: Duration::from_secs(60),
        renew_after: Some(Duration::ZERO),
        tokens: Some(vec![1]),
    };
    let requested = Requested {
        request: 1,
        address: None,
    };
    let begun = logins::begin(pool, &key, &account, Some("sid"), &term, requested).await;
    begun.unwrap();
    let lease = Duration::from_secs(60);
    let claim = async || logins::claim_due(pool, 10, lease).await.unwrap();
    let (one, other) = join(claim(), claim()).await;
    let claimed: Vec<_> = one.iter().chain(&other).collect();
    assert_eq!(claimed.len(), 1);
    assert_eq!(
        (&claimed[0].account, &claimed[0].tokens),
        (&account, &term.tokens)
    );
    // Who ends it meanwhile wins over an answer that comes later.
    logouts::end(
        pool,
        key.id(),
        Requested {
            request: 2,
            ..requested
        },
    )
    .await
    .unwrap();
    logins::renew(pool, key.id(), &account, &term)
        .await
        .unwrap();
    assert!(logins::claim_due(pool, 10, lease).await.unwrap().is_empty());
    server.stop().await;
}
