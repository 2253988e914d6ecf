//! Who is let in, and who is still listed once he has left.

use crate::common::{
    client::Client,
    server::{DEADLINE, TestServer, until},
};
use gaveurs::messages::app_to_supervisor::Census;
use serde_json::Value;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::{Error, client::IntoClientRequest};

#[actix_web::test]
async fn a_gaveur_that_is_no_whole_number_is_refused_at_the_handshake() {
    let server = TestServer::start().await;
    for path in [
        "/ws/gaveur/jean",
        "/ws/gaveur/1.5/",
        "/ws/gaveur/99999999999",
        "/ws/gaveur/1%20",
    ] {
        let Err(Error::Http(response)) = Client::try_connect(server.address(), path).await else {
            panic!("{path} was not refused");
        };
        assert_eq!(response.status(), 422, "{path}");
        let body: Value = serde_json::from_slice(response.body().as_ref().unwrap()).unwrap();
        assert!(
            body["detail"].as_str().unwrap().contains("whole number"),
            "{body}"
        );
    }
    server.finish().await;
}

#[actix_web::test]
async fn query_strings_tokens_and_origins_never_refuse_a_socket() {
    let server = TestServer::start().await;
    for path in [
        "/ws/gavage?token=abc",
        "/ws/gavage/?token=",
        "/ws/realtime?uid=7&token=a.b.c&x[]=%zz",
        "/ws/realtime/?&&=",
        "/ws/gaveur/3?a=1",
        "/ws/gaveur/3/?token=abc",
    ] {
        let url = format!("ws://{}{path}", server.address());
        let mut request = url.into_client_request().unwrap();
        request
            .headers_mut()
            .insert("origin", "https://ailleurs.example".parse().unwrap());
        request
            .headers_mut()
            .insert("authorization", "Bearer abc".parse().unwrap());
        let (mut socket, _) = timeout(DEADLINE, tokio_tungstenite::connect_async(request))
            .await
            .unwrap()
            .unwrap();
        socket.close(None).await.unwrap();
    }
    assert_eq!(
        server.status("/ws/realtime").await,
        400,
        "a plain GET is no handshake"
    );
    server.finish().await;
}

#[actix_web::test]
async fn a_session_that_ends_in_any_way_disappears_from_every_table() {
    let server = TestServer::start().await;
    let mut clients = Vec::new();
    for path in [
        "/ws/gavage",
        "/ws/realtime",
        "/ws/realtime",
        "/ws/gaveur/1",
        "/ws/gaveur/1",
        "/ws/gaveur/2",
    ] {
        let mut client = server.connect(path).await;
        client.settled().await;
        clients.push(client);
    }
    let full = Census {
        sessions: 6,
        listeners: 5,
        topics: 3,
        in_grace: 0,
        cleaning: 0,
    };
    until("everybody is listed", async || {
        server.census().await == full
    })
    .await;
    for (number, client) in clients.into_iter().enumerate() {
        if number % 2 == 0 {
            client.vanish()
        } else {
            client.close().await
        }
    }
    server.finish().await;
}
