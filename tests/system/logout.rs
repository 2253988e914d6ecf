//! Logging out, here and at the identity provider, which tells the server of it.

use crate::{
    common::{
        client::Client,
        http,
        identity_provider::IdentityProvider,
        server::{TestServer, until},
    },
    login_support::{Browser, Provider, begin},
};
use gaveurs::{
    domain::{access::Role, grant::Grant, key::Key, oidc::account::Account},
    store::logins::{self, Requested, Term},
};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::Instant;
use ureq::http::{Request, Response};

async fn is_closed(tab: &mut Client) {
    let goodbye = tab.ended().await.expect("a Close frame comes");
    assert_eq!(u16::from(goodbye.code), 4403);
}

#[actix_web::test]
async fn logging_out_ends_the_session_at_the_provider_too_and_leads_back_to_the_login_page() {
    let Some(provider) = Provider::start().await else {
        return;
    };
    let server = provider.server().await;
    begin(&server).await;
    let mut anne = Browser::default();
    let mut tabs = [anne.enter(&server).await, anne.open(&server, "b").await];
    let leave = server.url("/auth/oidc/logout");
    // A page of another site that leads here logs nobody out.
    let early = anne.request("GET", &leave).await;
    assert_eq!(early.headers()["location"], "/auth/login");
    assert_eq!(anne.me(&server).await.0, 200);

    let begun = Instant::now();
    let out = anne.request("POST", &server.url("/auth/logout")).await;
    let next: Value = serde_json::from_str(out.body()).unwrap();
    assert_eq!(next, json!({"next": "/auth/oidc/logout"}));
    for tab in &mut tabs {
        is_closed(tab).await;
    }
    let late = begun.elapsed();
    assert!(late < Duration::from_secs(2), "closed after {late:?}");
    let left = anne.request("GET", &leave).await;
    let address = left.headers()["location"].to_str().unwrap().to_owned();
    assert!(address.starts_with(&provider.issuer), "{address}");
    assert!(address.contains("id_token_hint="), "{address}");
    assert!(!anne.cookies.contains_key("__Host-gaveurs"));
    let back = anne.log_out_there(&address).await;
    assert_eq!(back, server.url("/auth/login"));
    let kept = "SELECT count(tokens) FROM auth_sessions";
    assert_eq!(server.count(kept).await, 0);
    server.stop().await;
}

#[actix_web::test]
async fn who_logs_out_at_the_provider_is_logged_out_here_in_that_session_or_in_all() {
    let Some(provider) = Provider::start().await else {
        return;
    };
    let server = provider.server().await;
    begin(&server).await;
    provider.tell_of_logouts(&server, true).await;
    let (mut office, mut barn) = (Browser::default(), Browser::default());
    let mut in_office = office.enter(&server).await;
    let mut in_barn = barn.enter(&server).await;
    let end = format!("{}/session/end", provider.issuer);
    office.log_out_there(&end).await;
    is_closed(&mut in_office).await;
    assert_eq!(office.me(&server).await.0, 401);
    assert_eq!(
        barn.me(&server).await.0,
        200,
        "another session of the same person"
    );
    in_barn.settled().await;
    // Without the name of a session it is about all.
    let mut again = office.enter(&server).await;
    provider.tell_of_logouts(&server, false).await;
    office.log_out_there(&end).await;
    for tab in [&mut again, &mut in_barn] {
        is_closed(tab).await;
    }
    let recorded =
        "SELECT count(*) FROM audit WHERE action = 'log_out' AND principal = 'oidc:anne'";
    assert_eq!(server.count(recorded).await, 3);
    server.stop().await;
}

const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

async fn tell(server: &TestServer, token: &str) -> Response<String> {
    let request = Request::post(server.url("/auth/backchannel-logout"))
        .header("content-type", "application/x-www-form-urlencoded");
    let form = format!("logout_token={token}");
    http::send(request.body(form).unwrap()).await.unwrap()
}

#[actix_web::test]
async fn a_logout_token_is_obeyed_once_and_only_if_the_provider_made_it_for_this_client() {
    let provider = IdentityProvider::start();
    let issuer = provider.issuer();
    let flags = [
        "--auth",
        "on",
        "--oidc-issuer",
        &issuer,
        "--oidc-client-id",
        "gaveurs",
    ];
    let server = TestServer::start_with(&flags).await;
    let account = Account {
        principal: "oidc:7f9c".to_owned(),
        name: "Anne Le Goff".to_owned(),
        grant: Grant::new(Role::Admin),
    };
    let term = Term {
        lifetime: Duration::from_secs(600),
        renew_after: None,
        tokens: None,
    };
    for (number, sid) in [(1, Some("one")), (2, Some("two")), (3, None)] {
        let key = Key::generate(&mut rand::rng());
        let requested = Requested {
            request: number,
            address: None,
        };
        let begun = logins::begin(server.app().pool(), &key, &account, sid, &term, requested);
        begun.await.unwrap();
    }
    let valid = async || {
        server
            .count("SELECT count(*) FROM auth_sessions WHERE ended_at IS NULL")
            .await
    };
    let token = |change: Value| {
        let mut claims =
            json!({"iat": Timestamp::now().as_second(), "jti": "a", "events": {EVENT: {}}});
        claims
            .as_object_mut()
            .unwrap()
            .extend(change.as_object().unwrap().clone());
        provider.token("admin", claims)
    };
    until("the provider is known", async || {
        tell(&server, "a.b.c").await.status() == 400
    })
    .await;
    for (change, part) in [
        (json!({"aud": "autre"}), "aud"),
        (json!({"iss": "http://evil.example"}), "iss"),
        (json!({"iat": 1}), "iat"),
        (json!({"jti": null}), "jti"),
        (json!({"events": {}}), "events"),
        (json!({"nonce": "n"}), "nonce"),
        (json!({"sub": null}), "sub"),
    ] {
        let answer = tell(&server, &token(change.clone())).await;
        assert_eq!(answer.status(), 400, "{change}");
        assert!(answer.body().contains(part), "{change}: {}", answer.body());
    }
    let of_other = token(json!({"sub": "another"}));
    assert_eq!(tell(&server, &of_other).await.status(), 200);
    assert_eq!(valid().await, 3);
    let of_one = token(json!({"jti": "b", "sid": "one"}));
    let answer = tell(&server, &of_one).await;
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["cache-control"]),
        (200, &"no-store".parse().unwrap())
    );
    // Of the login without a session the provider can only mean the person.
    assert_eq!(valid().await, 1);
    let replayed = tell(&server, &of_one).await;
    assert_eq!(replayed.status(), 400);
    assert!(replayed.body().contains("before"), "{}", replayed.body());
    assert_eq!(
        tell(&server, &token(json!({"jti": "c"}))).await.status(),
        200
    );
    assert_eq!(valid().await, 0);
    assert_eq!(
        http::post(&server.url("/auth/backchannel-logout"), Value::Null)
            .await
            .status(),
        400
    );
    server.stop().await;
    provider.stop().await;
}
