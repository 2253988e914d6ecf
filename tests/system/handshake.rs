//! Which handshakes are accepted, and that no connection stays registered after it has ended.

use crate::common::{
    client::Client,
    raw::{CLOSE, TEXT, frame},
    readings::meal,
    server::{DEADLINE, TestServer, until},
};
use gaveurs::messages::app_to_supervisor::Census;
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};
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
        assert_eq!(response.status(), 400, "{path}");
        let body: Value = serde_json::from_slice(response.body().as_ref().unwrap()).unwrap();
        assert!(
            body["detail"].as_str().unwrap().contains("whole number"),
            "{body}"
        );
    }
    server.finish().await;
}

#[actix_web::test]
async fn query_strings_tokens_and_the_origin_of_a_station_never_refuse_a_socket() {
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
            .insert("origin", "file://".parse().unwrap());
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

/// The response to a request; fails unless the connection ends after it.
async fn answer(server: &TestServer, request: &str) -> String {
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    let all = stream.read_to_string(&mut answer);
    timeout(DEADLINE, all).await.expect("an end").unwrap();
    answer
}

#[actix_web::test]
async fn an_upgrade_where_there_is_no_socket_is_answered_like_any_request_and_the_connection_ends()
{
    let server = TestServer::start().await;
    let upgrade = "Host: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                   Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    for (path, status, holds) in [
        ("/health/live", "200 OK", "{"),
        ("/ws/nowhere", "404 Not Found", "nothing is served at"),
        ("/ws/gaveur/jean", "400 Bad Request", "whole number"),
    ] {
        let answer = answer(&server, &format!("GET {path} HTTP/1.1\r\n{upgrade}")).await;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(
            head.starts_with(&format!("HTTP/1.1 {status}\r\n")),
            "{head}"
        );
        assert!(head.to_lowercase().contains("connection: close"), "{head}");
        assert!(body.contains(holds), "{body}");
        assert!(
            head.to_lowercase()
                .contains(&format!("content-length: {}", body.len()))
        );
    }
    server.finish().await;
}

#[actix_web::test]
async fn a_handshake_that_is_half_one_is_refused_with_a_sentence() {
    let server = TestServer::start().await;
    let key =
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nHost: a\r\n";
    let no_body = "0\r\n\r\n";
    for (lines, body) in [
        ("Connection: close\r\nUpgrade: websocket\r\n", ""),
        (
            "Connection: close, Upgrade\r\nUpgrade: websocket\r\nTransfer-Encoding: chunked\r\n",
            no_body,
        ),
        (
            "Connection: close, Upgrade\r\nUpgrade: h2c, websocket\r\n",
            "",
        ),
    ] {
        let request = format!("GET /ws/realtime HTTP/1.1\r\n{key}{lines}\r\n{body}");
        let answer = answer(&server, &request).await;
        assert!(
            answer.starts_with("HTTP/1.1 400 Bad Request\r\n"),
            "{answer}"
        );
        assert!(answer.contains("handshake cannot be answered"), "{answer}");
    }
    server.finish().await;
}

/// Sends its request, its first frame and its Close in one write.
#[actix_web::test]
async fn a_message_that_comes_together_with_the_handshake_is_stored() {
    let server = TestServer::start().await;
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    let request = "GET /ws/gavage HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                   Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    let meal = meal("LL2611001", 1, 0).to_string();
    let all = [
        request.as_bytes(),
        &frame(TEXT, meal.as_bytes()),
        &frame(CLOSE, &1000_u16.to_be_bytes()),
    ];
    stream.write_all(&all.concat()).await.unwrap();
    let mut answer = Vec::new();
    timeout(DEADLINE, stream.read_to_end(&mut answer))
        .await
        .unwrap()
        .unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 101 "));
    until("it is stored", async || {
        server.count("SELECT count(*) FROM gavage_data").await == 1
    })
    .await;
    server.finish().await;
}
