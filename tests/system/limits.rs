//! Limits of connections and of messages: in all, for an address, for a user.

use crate::{
    common::{
        client::Client,
        server::{TestServer, until},
    },
    sessions_support::{counter, reason},
};
use serde_json::json;
use tokio_tungstenite::tungstenite::Error;

/// Lets the tests be proxies that name their clients.
const PROXY: [&str; 2] = ["--trusted-proxies", "127.0.0.1"];
const HOME: &str = "192.0.2.1";
const BARN: &str = "192.0.2.2";

async fn start(flags: &[&str]) -> TestServer {
    TestServer::start_with(&[&PROXY, &["--grace", "50ms"], flags].concat()).await
}

async fn connect(server: &TestServer, client: &str, path: &str) -> Client {
    let connected = Client::try_connect_for(client, server.address(), path).await;
    connected.unwrap_or_else(|error| panic!("{client} {path}: {error}"))
}

/// Status and body of the refusal of a handshake; it says when to come back.
async fn refusal(server: &TestServer, client: &str, path: &str) -> (u16, String) {
    let refused = Client::try_connect_for(client, server.address(), path).await;
    let Err(Error::Http(response)) = refused else {
        panic!("{client} was let in");
    };
    assert_eq!(response.headers()["retry-after"], "5");
    let body = response.body().clone().unwrap();
    let body = String::from_utf8(body).unwrap();
    (response.status().as_u16(), body)
}

async fn all_close(clients: Vec<Client>) {
    for client in clients {
        client.close().await;
    }
}

#[actix_web::test]
async fn beyond_all_connections_that_are_allowed_whoever_comes_is_told_when_to_come_back() {
    let server = start(&["--max-connections", "1"]).await;
    let first = connect(&server, HOME, "/ws/gavage").await;
    let (status, body) = refusal(&server, BARN, "/ws/realtime").await;
    assert!(
        status == 503 && body.contains("too many connections are open"),
        "{body}"
    );
    assert_eq!(counter(&server, "rejected_total").await, 1);
    first.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn a_user_and_an_address_have_so_many_connections_and_no_more() {
    let flags = [
        "--max-connections-per-user",
        "1",
        "--max-connections-per-address",
        "2",
    ];
    let server = start(&flags).await;
    let mut open = vec![connect(&server, HOME, "/ws/gaveur/7").await];
    let (_, body) = refusal(&server, HOME, "/ws/gaveur/7").await;
    assert!(body.contains("for this user"), "{body}");
    open.push(connect(&server, HOME, "/ws/gaveur/8").await);
    let (_, body) = refusal(&server, HOME, "/ws/gaveur/9").await;
    assert!(body.contains("from this address"), "{body}");
    assert_eq!(counter(&server, "rejected_total").await, 2);
    // Nobody at home can keep the gaveur out who is in his barn.
    open.push(connect(&server, BARN, "/ws/gaveur/7").await);
    all_close(open).await;
    until("places are free", async || {
        Client::try_connect_for(HOME, server.address(), "/ws/gaveur/7")
            .await
            .is_ok()
    })
    .await;
    server.finish().await;
}

#[actix_web::test]
async fn one_client_cannot_take_every_place_and_this_machine_is_not_limited() {
    let server = start(&["--max-connections", "8"]).await;
    let mut open = Vec::new();
    for _ in 0..2 {
        open.push(connect(&server, HOME, "/ws/realtime").await);
    }
    let (status, body) = refusal(&server, HOME, "/ws/realtime").await;
    assert!(
        status == 503 && body.contains("from this address"),
        "{body}"
    );
    open.push(connect(&server, BARN, "/ws/realtime").await);
    for _ in 0..5 {
        open.push(server.connect("/ws/realtime").await);
    }
    all_close(open).await;
    server.finish().await;
}

#[actix_web::test]
async fn screens_that_call_themselves_1_take_no_place_of_gaveur_1_and_are_not_he() {
    let server = start(&["--max-connections-per-user", "2"]).await;
    let screen = "/ws/realtime/?uid=1";
    let mut open = Vec::new();
    for _ in 0..2 {
        open.push(connect(&server, HOME, screen).await);
    }
    refusal(&server, HOME, screen).await;
    open.push(connect(&server, HOME, "/ws/gaveur/1").await);
    let users = json!([{"user_id": "1"}, {"user_id": "supervision:1"}]);
    until("both are registered", async || {
        let rows = server.rows("SELECT user_id FROM ws_registry ORDER BY user_id");
        json!(rows.await) == users
    })
    .await;
    all_close(open).await;
    server.finish().await;
}

#[actix_web::test]
async fn whoever_connects_too_often_is_told_to_wait_and_this_machine_never_is() {
    let server = start(&["--handshake-rate", "1"]).await;
    let came_and_went = async |client| connect(&server, client, "/ws/gavage").await.close().await;
    for _ in 0..10 {
        came_and_went(HOME).await;
    }
    // Further places may have become free meanwhile, one a second.
    let mut refused = None;
    for _ in 0..10 {
        match Client::try_connect_for(HOME, server.address(), "/ws/gavage").await {
            Ok(client) => client.close().await,
            Err(error) => refused = Some(error),
        }
    }
    let Some(Error::Http(response)) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(response.status(), 429);
    came_and_went(BARN).await;
    for _ in 0..30 {
        server.connect("/ws/gavage").await.close().await;
    }
    server.finish().await;
}

#[actix_web::test]
async fn a_screen_that_sends_too_much_is_closed_and_one_on_this_machine_is_not() {
    let server = start(&["--screen-rate", "1"]).await;
    let heartbeat = r#"{"type":"heartbeat"}"#;
    let mut here = server.connect("/ws/realtime").await;
    for _ in 0..50 {
        here.send(heartbeat).await;
    }
    here.take("heartbeat_ack", 50).await;
    let mut flood = connect(&server, HOME, "/ws/realtime").await;
    let mut producer = connect(&server, HOME, "/ws/gavage").await;
    for _ in 0..12 {
        flood.send(heartbeat).await;
        producer.send("{").await;
    }
    let end = flood.ended().await.expect("a Close frame comes");
    assert_eq!(u16::from(end.code), 1008);
    assert_eq!(reason(&server, "policy_violation").await, 1);
    producer.take("error", 12).await;
    here.close().await;
    producer.close().await;
    server.finish().await;
}
