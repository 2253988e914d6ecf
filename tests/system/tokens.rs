//! Authentication by the tokens of an identity provider, beside keys.

use crate::common::{
    address::Reserved,
    client::Client,
    http,
    identity_provider::IdentityProvider,
    readings::meal,
    server::{TestServer, until},
};
use gaveurs::domain::{access::Role, grant::Grant};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Error;
use ureq::http::{Request, Response};

async fn server(issuer: &str) -> TestServer {
    let flags = [
        "--auth",
        "on",
        "--oidc-issuer",
        issuer,
        "--oidc-audience",
        "gaveurs",
    ];
    TestServer::start_with(&flags).await
}

async fn get(server: &TestServer, path: &str, token: &str) -> Response<String> {
    let request = Request::get(server.url(path)).header("authorization", format!("Bearer {token}"));
    http::send(request.body(()).unwrap()).await.unwrap()
}

async fn status(server: &TestServer, path: &str, token: &str) -> u16 {
    get(server, path, token).await.status().as_u16()
}

async fn fed(issuer: &str) -> TestServer {
    let server = server(issuer).await;
    let grant = Grant::new(Role::Simulateur);
    let key = server.key(&grant, None).await;
    let path = format!("/ws/gavage?key={}", key.reveal());
    let mut producer = server.connect(&path).await;
    producer.next().await;
    for (lot, gaveur_id) in [("LL2611001", 1), ("MT2611001", 3)] {
        assert_eq!(producer.ask(meal(lot, gaveur_id, 0)).await["type"], "ack");
    }
    server
}

fn codes(lots: &Value) -> Vec<&str> {
    let lots = lots.as_array().unwrap().iter();
    lots.map(|lot| lot["code_lot"].as_str().unwrap()).collect()
}

#[actix_web::test]
async fn the_bearer_of_a_token_sees_what_its_claims_say_while_keys_go_on_working() {
    let provider = IdentityProvider::start();
    let server = fed(&provider.issuer()).await;
    let superviseur = provider.token("superviseur", json!({"sites": ["MT"]}));
    let me = get(&server, "/auth/me", &superviseur).await;
    let me: Value = serde_json::from_str(me.body()).unwrap();
    let expected = json!({"nom": "Anne Le Goff", "role": "superviseur", "sites": ["MT"], "gaveur_id": null, "accueil": "/", "expires_at": me["expires_at"]});
    assert_eq!(me, expected);
    assert!(me["expires_at"].is_string(), "that of the token");
    for (token, lots) in [
        (superviseur, vec!["MT2611001"]),
        (provider.token("superviseur", json!({})), vec![]),
        (
            provider.token("gaveur", json!({"gaveur_id": "1"})),
            vec!["LL2611001"],
        ),
    ] {
        let answer = get(&server, "/api/lots", &token).await;
        let listed: Value = serde_json::from_str(answer.body()).unwrap();
        assert_eq!(codes(&listed), lots);
    }
    let gaveur = provider.token("gaveur", json!({"gaveur_id": 1}));
    assert_eq!(status(&server, "/api/gavage/gaveur/1", &gaveur).await, 200);
    assert_eq!(status(&server, "/api/gavage/gaveur/3", &gaveur).await, 403);
    server.stop().await;
    provider.stop().await;
}

#[actix_web::test]
async fn a_token_that_is_not_accepted_is_a_401_and_an_account_without_rights_a_403_with_a_sentence()
{
    let provider = IdentityProvider::start();
    let server = server(&provider.issuer()).await;
    let second = Timestamp::now().as_second();
    for (token, code, part) in [
        (
            provider.token("admin", json!({"exp": second - 60})),
            401,
            "expired",
        ),
        (provider.token("admin", json!({"aud": "autre"})), 401, "aud"),
        (
            provider.token("admin", json!({"iss": "http://evil.example"})),
            401,
            "iss",
        ),
        ("a.b.c".to_owned(), 401, "gvk_"),
        (provider.token("gaveur", json!({})), 403, "gaveur_id"),
        (provider.token("consommateur", json!({})), 403, "role"),
    ] {
        let answer = get(&server, "/api/lots", &token).await;
        assert_eq!(answer.status(), code, "{}", answer.body());
        assert!(answer.body().contains(part), "{}", answer.body());
        // What is open to all stays open.
        assert_eq!(status(&server, "/health", &token).await, 200);
    }
    server.stop().await;
    provider.stop().await;
}

#[actix_web::test]
async fn a_socket_takes_its_token_from_the_address_or_from_the_cookie_of_an_older_screen() {
    let provider = IdentityProvider::start();
    let server = fed(&provider.issuer()).await;
    let token = provider.token("superviseur", json!({"sites": ["LL"]}));
    let path = format!("/ws/realtime/?token={token}");
    let mut by_address = server.connect(&path).await;
    let cookie = format!("access_token={token}");
    let mut by_cookie =
        Client::with_header(server.address(), "/ws/realtime/", ("cookie", &cookie)).await;
    for screen in [&mut by_address, &mut by_cookie] {
        let snapshot = screen.next_of("snapshot").await;
        assert_eq!(codes(&snapshot["lots"]), ["LL2611001"]);
    }
    let gaveur = provider.token("gaveur", json!({"gaveur_id": 1}));
    let refused =
        Client::try_connect(server.address(), &format!("/ws/realtime/?token={gaveur}")).await;
    assert!(matches!(refused, Err(Error::Http(answer)) if answer.status() == 403));
    server.stop().await;
    provider.stop().await;
}

#[actix_web::test]
async fn a_socket_whose_token_expires_is_warned_if_it_has_a_tab_and_closed_with_4401() {
    let provider = IdentityProvider::start();
    let server = server(&provider.issuer()).await;
    // Within the leeway for clocks, of which three seconds are left.
    let exp = Timestamp::now().as_second() - 27;
    let token = provider.token("superviseur", json!({"sites": ["LL"], "exp": exp}));
    let path = format!("/ws/realtime/?token={token}");
    let mut tab = server.connect(&format!("{path}&sid=a")).await;
    let mut older = server.connect(&path).await;
    let warning = tab.next_of("auth_expiring").await;
    let expires_at: Timestamp = warning["expires_at"].as_str().unwrap().parse().unwrap();
    assert_eq!(expires_at.as_second(), exp);
    for screen in [&mut tab, &mut older] {
        let goodbye = screen.ended().await.expect("a Close frame comes");
        assert_eq!(u16::from(goodbye.code), 4401);
    }
    let late = Timestamp::now().as_second() - (exp + 30);
    assert!((0..=2).contains(&late), "closed {late} s after the leeway");
    server.stop().await;
    provider.stop().await;
}

/// The frames of meals until one of this type, and that one.
async fn meals_until(screen: &mut Client, kind: &str) -> (Vec<Value>, Value) {
    let mut meals = Vec::new();
    loop {
        let frame = screen.next().await;
        if frame["type"] == kind {
            return (meals, frame);
        }
        if frame["type"] == "gavage_realtime" {
            meals.push(frame);
        }
    }
}

#[actix_web::test]
async fn a_new_token_replaces_scope_and_end_of_an_open_socket_in_one_turn() {
    let provider = IdentityProvider::start();
    let server = server(&provider.issuer()).await;
    let key = server.key(&Grant::new(Role::Simulateur), None).await;
    let path = format!("/ws/gavage?key={}", key.reveal());
    let mut producer = server.connect(&path).await;
    producer.next().await;
    let exp = Timestamp::now().as_second() + 200;
    let of_sites =
        |sites: Value, exp| provider.token("superviseur", json!({"sites": sites, "exp": exp}));
    let old = of_sites(json!(["LL"]), exp);
    let mut screen = server
        .connect(&format!("/ws/realtime/?sid=a&token={old}"))
        .await;
    let admin = provider.token("admin", json!({}));
    let mut all = server
        .connect(&format!("/ws/realtime/?token={admin}"))
        .await;
    for screen in [&mut screen, &mut all] {
        screen.next_of("site_stats").await;
    }
    // Meals of both sites are published while the token is replaced.
    let new = of_sites(json!(["MT"]), exp + 100);
    let auth = json!({"type": "auth", "token": new});
    for (lot, gaveur_id) in [("LL2611001", 1), ("MT2611001", 3)] {
        assert_eq!(producer.ask(meal(lot, gaveur_id, 0)).await["type"], "ack");
    }
    for number in 1..20 {
        for (lot, gaveur_id) in [("LL2611001", 1), ("MT2611001", 3)] {
            producer.send(meal(lot, gaveur_id, number)).await;
        }
        if number == 10 {
            screen.send(&auth).await;
        }
    }
    let (before, snapshot) = meals_until(&mut screen, "snapshot").await;
    assert_eq!(codes(&snapshot["lots"]), ["MT2611001"]);
    let (between, ack) = meals_until(&mut screen, "auth_ack").await;
    assert!(between.is_empty(), "{between:?}");
    let expires_at: Timestamp = ack["expires_at"].as_str().unwrap().parse().unwrap();
    assert_eq!(expires_at.as_second(), exp + 100);
    let everything = all.take("gavage_realtime", 40).await;
    let own = screen.published("gavage_realtime").await;
    let position = snapshot["seq"].as_u64().unwrap();
    let seen: Vec<_> = before
        .iter()
        .chain(&own)
        .map(|frame| frame["seq"].as_u64().unwrap())
        .collect();
    let expected = everything.iter().filter(|frame| {
        let site = if frame["seq"].as_u64().unwrap() <= position {
            "LL"
        } else {
            "MT"
        };
        frame["data"]["site"] == site
    });
    let expected: Vec<_> = expected
        .map(|frame| frame["seq"].as_u64().unwrap())
        .collect();
    assert_eq!(
        seen, expected,
        "without gap or repeat, before and after {position}"
    );
    server.stop().await;
    provider.stop().await;
}

#[actix_web::test]
async fn a_token_of_another_account_or_none_is_answered_with_an_error_that_does_not_quote_it() {
    let provider = IdentityProvider::start();
    let server = server(&provider.issuer()).await;
    let second = Timestamp::now().as_second();
    // Three seconds of the leeway are left.
    let old = provider.token("superviseur", json!({"sites": ["LL"], "exp": second - 27}));
    let mut screen = server.connect(&format!("/ws/realtime/?token={old}")).await;
    screen.next_of("site_stats").await;
    let key = server.key(&Grant::new(Role::Admin), None).await;
    let mut keyed = server
        .connect(&format!("/ws/realtime/?key={}", key.reveal()))
        .await;
    keyed.next_of("site_stats").await;
    for (token, part) in [
        (
            json!(provider.token("superviseur", json!({"sub": "another"}))),
            "account",
        ),
        (
            json!(provider.token("superviseur", json!({"exp": second - 60}))),
            "expired",
        ),
        (json!(provider.token("gaveur", json!({}))), "gaveur_id"),
        (json!(7), "token"),
    ] {
        screen.send(json!({"type": "auth", "token": token})).await;
        let error = screen.next_of("error").await;
        assert!(error["error"].as_str().unwrap().contains(part), "{error}");
        assert_eq!(error["data"], "", "{error}");
    }
    let own = json!({"type": "auth", "token": provider.token("admin", json!({}))});
    keyed.send(&own).await;
    let error = keyed.next_of("error").await;
    assert!(
        error["error"].as_str().unwrap().contains("account"),
        "{error}"
    );
    // The socket still has its old end, unless the right token comes.
    let goodbye = screen.ended().await.expect("a Close frame comes");
    assert_eq!(u16::from(goodbye.code), 4401);
    // With a role that may not have such a socket it ends.
    let fresh = provider.token("superviseur", json!({"sites": ["LL"]}));
    let mut screen = server
        .connect(&format!("/ws/realtime/?token={fresh}"))
        .await;
    let gaveur = provider.token("gaveur", json!({"gaveur_id": 1}));
    screen.send(json!({"type": "auth", "token": gaveur})).await;
    let goodbye = screen.ended().await.expect("a Close frame comes");
    assert_eq!(u16::from(goodbye.code), 4403);
    server.stop().await;
    provider.stop().await;
}

#[actix_web::test]
async fn the_server_starts_without_the_provider_and_accepts_tokens_when_it_has_come() {
    let reserved = Reserved::new();
    let address = reserved.address();
    let issuer = format!("http://{address}");
    let server = fed(&issuer).await;
    let elsewhere = IdentityProvider::start();
    let token = elsewhere.token("admin", json!({"iss": issuer}));
    let answer = get(&server, "/api/lots", &token).await;
    assert_eq!(answer.status(), 503, "{}", answer.body());
    assert!(answer.headers().contains_key("retry-after"));
    let provider = IdentityProvider::start_at(address);
    let token = provider.token("admin", json!({}));
    until("the keys are read", async || {
        status(&server, "/api/lots", &token).await == 200
    })
    .await;
    server.stop().await;
    provider.stop().await;
    elsewhere.stop().await;
}

#[actix_web::test]
async fn a_new_key_of_the_provider_is_read_when_a_token_names_it_but_not_for_each_name_that_is_made_up()
 {
    let provider = IdentityProvider::start();
    let server = server(&provider.issuer()).await;
    let old = provider.token("admin", json!({}));
    assert_eq!(status(&server, "/api/lots", &old).await, 200);
    assert_eq!(provider.asked(), 1);
    provider.rotate("second");
    let new = provider.token("admin", json!({}));
    until("the new key is read", async || {
        status(&server, "/api/lots", &new).await == 200
    })
    .await;
    assert_eq!(provider.asked(), 2, "however often the key was named");
    // The key has left the set.
    assert_eq!(status(&server, "/api/lots", &old).await, 401);
    server.stop().await;
    provider.stop().await;
}
