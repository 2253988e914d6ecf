//! Logging in at a real identity provider, as a browser does it.

use crate::{
    common::{client::Client, http::send, server::TestServer},
    login_support::{Browser, Provider, begin},
};
use jiff::Timestamp;
use serde_json::{Value, json};
use ureq::http::Request;

#[actix_web::test]
async fn a_person_logs_in_at_the_provider_returns_to_his_page_and_is_logged_out_in_all_tabs() {
    let Some(provider) = Provider::start().await else {
        return;
    };
    let server = provider.server().await;
    begin(&server).await;
    let mut browser = Browser::default();
    let page = browser
        .request("GET", &server.url("/auth/login?to=%2Falertes"))
        .await;
    assert!(
        page.body().contains("/auth/oidc/login"),
        "the page offers to log in"
    );
    let from = server.url("/auth/oidc/login?to=%2Falertes%3Fsite%3DLL");
    browser.follow_to(&server, &from, "/alertes?site=LL").await;
    let names: Vec<_> = browser
        .cookies
        .keys()
        .filter(|name| name.starts_with("__Host-"))
        .collect();
    assert_eq!(
        names,
        ["__Host-gaveurs"],
        "the cookie of the beginning is gone"
    );
    let (status, mut me) = browser.me(&server).await;
    let expires_at: Timestamp = me["expires_at"].as_str().unwrap().parse().unwrap();
    let hours = expires_at.duration_since(Timestamp::now()).as_hours();
    assert_eq!(hours, 9, "ten hours less a moment");
    me["expires_at"] = Value::Null;
    let expected = json!({"nom": "Anne Le Goff", "role": "superviseur", "sites": ["LL"], "gaveur_id": null, "accueil": "/", "expires_at": null});
    assert_eq!((status, me), (200, expected));
    let rows = server
        .rows("SELECT principal, name, role, site_codes FROM auth_sessions")
        .await;
    let row = json!({"principal": "oidc:anne", "name": "Anne Le Goff", "role": "superviseur", "site_codes": ["LL"]});
    assert_eq!(rows, [row]);
    let held = format!("__Host-gaveurs={}", browser.cookies["__Host-gaveurs"]);
    let mut tab =
        Client::with_header(server.address(), "/ws/realtime/?sid=a", ("cookie", &held)).await;
    tab.next_of("snapshot").await;
    let out = browser.request("POST", &server.url("/auth/logout")).await;
    assert_eq!(out.status(), 200, "{}", out.body());
    let goodbye = tab.ended().await.expect("a Close frame comes");
    assert_eq!(u16::from(goodbye.code), 4403);
    // The cookie is of no use to whoever has kept it.
    let request = Request::get(server.url("/auth/me")).header("cookie", held);
    assert_eq!(send(request.body(()).unwrap()).await.unwrap().status(), 401);
    let recorded = server
        .rows("SELECT action, principal FROM audit WHERE action LIKE 'log_%' ORDER BY id")
        .await;
    let expected =
        ["log_in", "log_out"].map(|action| json!({"action": action, "principal": "oidc:anne"}));
    assert_eq!(recorded, expected);
    server.stop().await;
}

#[actix_web::test]
async fn a_gaveur_sees_his_own_and_one_without_a_number_is_not_logged_in() {
    let Some(provider) = Provider::start().await else {
        return;
    };
    let server = provider.server().await;
    begin(&server).await;
    let login = server.url("/auth/oidc/login");
    provider.next_person("yves").await;
    let mut yves = Browser::default();
    let answer = yves.follow_to(&server, &login, "/auth/callback").await;
    yves.follow_to(&server, &answer, "/").await;
    let (_, me) = yves.me(&server).await;
    assert_eq!(
        (&me["role"], &me["gaveur_id"]),
        (&json!("gaveur"), &json!(1))
    );
    provider.next_person("sans_numero").await;
    let mut nobody = Browser::default();
    let ends = nobody.follow_to(&server, &login, "/auth/login").await;
    assert_eq!(ends, server.url("/auth/login?problem=account"));
    assert_eq!(nobody.me(&server).await.0, 401);
    assert_eq!(server.count("SELECT count(*) FROM auth_sessions").await, 1);
    server.stop().await;
}

#[actix_web::test]
async fn a_login_is_finished_once_and_only_in_the_browser_that_began_it() {
    let Some(provider) = Provider::start().await else {
        return;
    };
    let server = provider.server().await;
    begin(&server).await;
    let mut victim = Browser::default();
    let mut attacker = Browser::default();
    let login = server.url("/auth/oidc/login");
    let answer = attacker.follow_to(&server, &login, "/auth/callback").await;
    let expired = server.url("/auth/login?problem=expired");
    assert_eq!(
        victim.follow_to(&server, &answer, "/auth/login").await,
        expired
    );
    let other_state = answer.replace("state=", "state=x");
    assert_eq!(
        attacker
            .follow_to(&server, &other_state, "/auth/login")
            .await,
        expired
    );
    let mut attacker = Browser::default();
    let answer = attacker.follow_to(&server, &login, "/auth/callback").await;
    let begun = attacker.cookies.clone();
    let elsewhere = answer.replace("iss=", "iss=http%3A%2F%2Fevil.example%2F");
    let refused = server.url("/auth/login?problem=refused");
    assert_eq!(
        attacker.follow_to(&server, &elsewhere, "/auth/login").await,
        refused
    );
    attacker.cookies = begun.clone();
    let entered = attacker.request("GET", &answer).await;
    assert_eq!(entered.headers()["location"], "/");
    attacker.cookies = begun;
    assert_eq!(
        attacker.follow_to(&server, &answer, "/auth/login").await,
        refused,
        "a code is used once"
    );
    server.stop().await;
}

#[actix_web::test]
async fn a_server_without_a_provider_offers_no_login_at_one() {
    let server = TestServer::start_with(&["--auth", "on"]).await;
    assert_eq!(server.status("/auth/oidc/login").await, 404);
    assert_eq!(server.status("/auth/callback?code=a&state=b").await, 404);
    let mut browser = Browser::default();
    let page = browser.request("GET", &server.url("/auth/login")).await;
    assert!(!page.body().contains("/auth/oidc/login"));
    server.stop().await;
}
