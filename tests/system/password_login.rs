//! Older frontends log in with a password, which is relayed to the identity provider.

use crate::common::{
    http,
    identity_provider::{IdentityProvider, PASSWORD},
    server::{TestServer, until},
};
use serde_json::{Value, json};
use ureq::http::{Request, Response};

async fn server(issuer: &str, more: &[&str]) -> TestServer {
    let flags = [
        "--auth",
        "on",
        "--oidc-issuer",
        issuer,
        "--oidc-client-id",
        "gaveurs",
    ];
    TestServer::start_with(&[&flags, more].concat()).await
}

async fn post(server: &TestServer, path: &str, body: Value) -> (u16, Value) {
    let answer = http::post(&server.url(&format!("/api/auth/{path}")), body).await;
    let status = answer.status().as_u16();
    (status, serde_json::from_str(answer.body()).unwrap())
}

async fn log_in(server: &TestServer, email: &str, password: &str) -> (u16, Value) {
    post(
        server,
        "login",
        json!({"email": email, "password": password}),
    )
    .await
}

/// Waits until the server has read the provider's keys.
async fn known(server: &TestServer) {
    until("the provider is known", async || {
        log_in(server, "superviseur", PASSWORD).await.0 == 200
    })
    .await;
}

async fn with_token(server: &TestServer, path: &str, token: &Value) -> Response<String> {
    let bearer = format!("Bearer {}", token.as_str().unwrap());
    let request = Request::get(server.url(path)).header("authorization", bearer);
    http::send(request.body(()).unwrap()).await.unwrap()
}

#[actix_web::test]
async fn an_older_frontend_logs_in_refreshes_and_logs_out_with_the_shapes_that_it_knows() {
    let provider = IdentityProvider::start();
    let server = server(&provider.issuer(), &["--auth-legacy-login"]).await;
    known(&server).await;
    let (status, mut first) = log_in(&server, "superviseur", PASSWORD).await;
    let access = first["access_token"].take();
    let refresh = first["refresh_token"].take();
    let user = json!({"sub": "7f9c", "name": "Anne Le Goff", "roles": ["superviseur"], "gaveur_id": null, "sites": ["LL"]});
    let expected = json!({
        "access_token": null, "refresh_token": null, "expires_in": 300, "refresh_expires_in": 1_800, "token_type": "Bearer", "user_info": user,
    });
    assert_eq!((status, first), (200, expected));
    let me = with_token(&server, "/api/auth/me", &access).await;
    assert_eq!(serde_json::from_str::<Value>(me.body()).unwrap(), user);
    let path = format!("/ws/realtime/?token={}", access.as_str().unwrap());
    let mut screen = server.connect(&path).await;
    screen.next_of("snapshot").await;

    let (status, second) = post(&server, "refresh", json!({"refresh_token": refresh})).await;
    assert_eq!((status, &second["user_info"]), (200, &user));
    // The provider has given another one instead.
    assert_eq!(
        post(&server, "refresh", json!({"refresh_token": refresh}))
            .await
            .0,
        401
    );
    let newest = json!({"refresh_token": second["refresh_token"]});
    assert_eq!(post(&server, "logout", newest.clone()).await.0, 200);
    assert_eq!(post(&server, "refresh", newest).await.0, 401);
    server.stop().await;
    provider.stop().await;
}

#[actix_web::test]
async fn a_wrong_password_an_account_without_a_role_and_a_provider_that_is_away_are_told_apart() {
    let provider = IdentityProvider::start();
    let server = server(&provider.issuer(), &["--auth-legacy-login"]).await;
    known(&server).await;
    let wrong = "un secret que personne ne doit lire";
    for (email, password, expected) in [
        ("superviseur", wrong, 401),
        ("consommateur", PASSWORD, 403),
        ("", PASSWORD, 422),
        ("superviseur", "", 422),
    ] {
        let (status, answer) = log_in(&server, email, password).await;
        assert_eq!(status, expected, "{answer}");
        assert!(!answer.to_string().contains(wrong), "{answer}");
    }
    // Addresses are logged by proxies.
    let path = format!("/api/auth/login?email=superviseur&password={}", "x");
    assert_eq!(
        http::post(&server.url(&path), Value::Null).await.status(),
        422
    );
    provider.stop().await;
    assert_eq!(log_in(&server, "superviseur", PASSWORD).await.0, 503);
    server.stop().await;
}

#[actix_web::test]
async fn passwords_cannot_be_guessed_through_the_server() {
    let provider = IdentityProvider::start();
    let more = ["--auth-legacy-login", "--trusted-proxies", "127.0.0.1"];
    let server = server(&provider.issuer(), &more).await;
    known(&server).await;
    let try_from = async |address: &str, password: &str| {
        let request = Request::post(server.url("/api/auth/login"))
            .header("content-type", "application/json")
            .header("x-forwarded-for", address);
        let body = json!({"email": "superviseur", "password": password}).to_string();
        http::send(request.body(body).unwrap())
            .await
            .unwrap()
            .status()
            .as_u16()
    };
    for _ in 0..10 {
        assert_eq!(try_from("203.0.113.7", "faux").await, 401);
    }
    assert_eq!(try_from("203.0.113.7", PASSWORD).await, 429);
    assert_eq!(try_from("203.0.113.8", PASSWORD).await, 200);
    server.stop().await;
    provider.stop().await;
}

#[actix_web::test]
async fn a_server_takes_no_passwords_unless_it_is_told_to() {
    let provider = IdentityProvider::start();
    let server = server(&provider.issuer(), &[]).await;
    for path in ["login", "refresh", "logout"] {
        let given = json!({"email": "superviseur", "password": PASSWORD, "refresh_token": "first"});
        let (status, answer) = post(&server, path, given).await;
        assert_eq!(status, 404, "{answer}");
        assert!(
            answer["detail"]
                .as_str()
                .unwrap()
                .contains("--auth-legacy-login")
        );
    }
    server.stop().await;
    provider.stop().await;
}
