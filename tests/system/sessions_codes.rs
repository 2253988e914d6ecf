//! Every row of the published table of close codes, observed over a socket.

use crate::{
    common::{
        raw::{self, BINARY, CLOSE, FIRST, TEXT},
        readings::meal,
        server::{TestServer, operator, until},
    },
    sessions_support::{keep_log, logged, reason},
};
use gaveurs::{
    domain::{access::Role, grant::Grant, site::Site},
    store::keys,
    websocket::close::{ACCESS_EXPIRED, ACCESS_REVOKED, Origin, Row, TABLE},
};
use serde_json::Value;
use std::time::Duration;
use tokio::io::AsyncWriteExt;

/// The `uid` that identifies this ending in the log.
fn uid(row: &Row, side: &str) -> String {
    format!("row-{}-{side}", row.name)
}

fn path(row: &Row, side: &str) -> String {
    format!("/ws/realtime/?uid={}", uid(row, side))
}

/// Checks that exactly one line logs this ending.
async fn is_logged(row: &Row, uid: &str, code: u16) {
    let uid = format!("ws_disconnect uid={uid} ");
    let said = format!("code={code} reason={} ", row.name);
    let lines = || {
        logged(&uid)
            .into_iter()
            .filter(|line| line.contains(&said))
            .count()
    };
    until(&format!("{uid}… {said}"), async || lines() > 0).await;
    assert_eq!(lines(), 1, "{uid}");
}

async fn the_peer_ends(server: &TestServer, row: &Row) {
    for (side, code) in [("first", row.first), ("last", row.last)] {
        let before = reason(server, row.name).await;
        let mut stream = raw::connect(server.address(), &path(row, side)).await;
        match row.name {
            "abnormal_closure" => drop(stream),
            "no_status" => stream.write_all(&raw::frame(CLOSE, b"")).await.unwrap(),
            _ => {
                let goodbye = raw::frame(CLOSE, &code.to_be_bytes());
                stream.write_all(&goodbye).await.unwrap();
                assert_eq!(raw::close_code(&mut stream).await, Some(code), "an echo");
            }
        }
        is_logged(row, &uid(row, side), code).await;
        assert_eq!(reason(server, row.name).await, before + 1);
    }
}

async fn the_server_ends(row: &Row) {
    let heartbeat = [
        "--heartbeat-interval",
        "50ms",
        "--heartbeat-timeout",
        "300ms",
    ];
    let limits = [
        "--max-bad-messages",
        "3",
        "--outbox-frames",
        "16",
        "--stall-timeout",
        "1h",
    ];
    let bytes = [
        "--max-gavage-message",
        "1024",
        "--max-sensor-message",
        "1024",
        "--unfinished-messages",
        "16384",
    ];
    let flags: &[_] = match row.name {
        "ping_timeout" => &heartbeat,
        "overloaded" => &bytes,
        _ => &limits,
    };
    let server = TestServer::start_with(flags).await;
    let path = path(row, "server");
    let mut stream = raw::connect_narrow(server.address(), &path).await;
    let wire = match row.name {
        "protocol_error" => vec![TEXT, 1, b'x'],
        "invalid_payload" => raw::frame(TEXT, &[0xff]),
        "message_too_big" => raw::header(TEXT, 1 << 30),
        "policy_violation" => raw::frame(BINARY, b"x").repeat(3),
        // An incomplete message of the maximum length: with its header it exceeds the budget.
        "overloaded" => raw::frame(FIRST, &[b'x'; 16 * 1024]),
        _ => Vec::new(),
    };
    stream.write_all(&wire).await.unwrap();
    match row.name {
        "superseded" => {
            let tab = format!("{path}&sid=a");
            stream = raw::connect(server.address(), &tab).await;
            drop(raw::connect(server.address(), &tab).await);
        }
        "slow_consumer" => flood(&server).await,
        "server_shutdown" => drop(server.stop().await),
        _ => {}
    }
    let read = raw::close_code(&mut stream).await;
    match row.name {
        // A peer that does not answer pings does not read a Close frame either.
        "ping_timeout" => assert_eq!(read, None),
        _ => assert_eq!(read, Some(row.first), "{}", row.name),
    }
    is_logged(row, &uid(row, "server"), row.first).await;
}

/// Only a server that asks for keys ends a connection because of one.
async fn the_key_ends(row: &Row) {
    let server = TestServer::start_with(&["--auth", "on"]).await;
    let grant = Grant {
        sites: [Site::Ll].into(),
        ..Grant::new(Role::Superviseur)
    };
    let lifetime = (row.first == ACCESS_EXPIRED).then_some(Duration::from_secs(3));
    let key = server.key(&grant, lifetime).await;
    let path = format!("{}&key={}", path(row, "server"), key.reveal());
    let mut stream = raw::connect(server.address(), &path).await;
    if row.first == ACCESS_REVOKED {
        let revoked = keys::revoke(server.app().pool(), key.id(), &operator()).await;
        assert!(revoked.unwrap());
    }
    let read = raw::close_code(&mut stream).await;
    assert_eq!(read, Some(row.first), "{}", row.name);
    let uid = format!("{}/{}", key.id(), uid(row, "server"));
    is_logged(row, &uid, row.first).await;
    server.stop().await;
}

#[actix_web::test]
async fn every_row_of_the_published_table_that_a_peer_ends_in_is_reached_over_a_socket() {
    keep_log();
    let server = TestServer::start().await;
    for row in TABLE.iter().filter(|row| row.origin != Origin::Server) {
        the_peer_ends(&server, row).await;
    }
    server.finish().await;
}

#[actix_web::test]
async fn every_row_of_the_published_table_that_the_server_ends_in_is_reached_over_a_socket() {
    keep_log();
    for row in TABLE.iter().filter(|row| row.origin != Origin::Peer) {
        match row.first {
            ACCESS_EXPIRED | ACCESS_REVOKED => the_key_ends(row).await,
            _ => the_server_ends(row).await,
        }
    }
}

/// Publishes until the slow screen is cut: for each of many lots a value waits for it.
async fn flood(server: &TestServer) {
    until_cut(server, |batch, number| {
        format!("LL26{:05}", 100 * batch + number)
    })
    .await;
}

async fn until_cut(server: &TestServer, lot: impl Fn(i32, i32) -> String) {
    let mut producer = server.connect("/ws/gavage").await;
    let mut batch = 0;
    while reason(server, "slow_consumer").await == 0 {
        let meals = (0..100).map(|number| meal(&lot(batch, number), 7, number));
        producer.send(Value::from_iter(meals)).await;
        producer.next_of("ack").await;
        batch += 1;
    }
    producer.close().await;
}

#[actix_web::test]
async fn a_client_that_reads_nothing_is_reset_without_4408_as_the_table_says() {
    let flags = ["--outbox-frames", "16", "--stall-timeout", "200ms"];
    let server = TestServer::start_with(&flags).await;
    let mut deaf = raw::connect_narrow(server.address(), "/ws/realtime/?uid=deaf").await;
    // With few lots little waits, so the screen is cut because it reads nothing.
    until_cut(&server, |batch, _| format!("LL26{:05}", batch % 10)).await;
    assert_eq!(raw::close_code(&mut deaf).await, None);
}
