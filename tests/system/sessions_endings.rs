//! Every way a connection can end, the word it is counted under, and its one line in the log.

use crate::{
    common::{
        raw::{self, CLOSE, TEXT},
        server::{TestServer, until},
    },
    sessions_support::{counter, counters, keep_log, logged, reason, until_counter},
};
use gaveurs::websocket::close::{Origin, TABLE};
use serde_json::json;
use std::collections::BTreeSet;
use tokio::io::AsyncWriteExt;
use tokio_tungstenite::tungstenite::{
    Message,
    protocol::{CloseFrame, frame::coding::CloseCode},
};

const FAST: [&str; 2] = ["--grace", "10ms"];

#[actix_web::test]
async fn every_close_of_a_peer_is_echoed_and_counted_under_its_word() {
    keep_log();
    let server = TestServer::start_with(&FAST).await;
    for (code, word) in [
        (1000, "normal_closure"),
        (1001, "going_away"),
        (1002, "protocol_error"),
        (1003, "unsupported_data"),
        (1007, "invalid_payload"),
        (1008, "policy_violation"),
        (1009, "message_too_big"),
        (1010, "code_1010"),
        (1011, "server_error"),
        (1012, "code_1012"),
        (1013, "code_1013"),
        (1014, "code_1014"),
        (3999, "code_3xxx"),
        (4409, "code_4xxx"),
    ] {
        let before = reason(&server, word).await;
        let mut stream = raw::connect(
            server.address(),
            &format!("/ws/realtime/?uid=close-{code}-"),
        )
        .await;
        let goodbye = raw::frame(CLOSE, &u16::to_be_bytes(code));
        stream.write_all(&goodbye).await.unwrap();
        until(word, async || reason(&server, word).await == before + 1).await;
        let lines = logged(&format!("ws_disconnect uid=close-{code}- "));
        assert_eq!(lines.len(), 1, "{lines:?}");
        let said = format!("code={code} reason={word} type=realtime total=1 dur_ms=");
        assert!(lines[0].contains(&said), "{}", lines[0]);
    }
    server.finish().await;
}

#[actix_web::test]
async fn a_close_without_a_code_and_an_end_without_a_close_have_words_of_their_own() {
    let server = TestServer::start_with(&FAST).await;
    let mut quiet = server.connect("/ws/gaveur/7").await;
    quiet.send_message(Message::Close(None)).await;
    assert!(quiet.ended().await.is_none());
    let sudden = server.connect("/ws/gaveur/7").await;
    sudden.vanish();
    until_counter(&server, "closed_total", 2).await;
    assert_eq!(reason(&server, "no_status").await, 1);
    assert_eq!(reason(&server, "abnormal_closure").await, 1);
    server.finish().await;
}

#[actix_web::test]
async fn a_connection_cut_inside_a_frame_is_an_abnormal_closure_and_leaves_nothing() {
    let server = TestServer::start_with(&FAST).await;
    let mut stream = raw::connect(server.address(), "/ws/gavage").await;
    let frame = raw::frame(TEXT, &[b'x'; 5_000]);
    stream.write_all(&frame[..100]).await.unwrap();
    drop(stream);
    until_counter(&server, "closed_total", 1).await;
    assert_eq!(reason(&server, "abnormal_closure").await, 1);
    server.finish().await;
}

#[actix_web::test]
async fn violations_are_answered_with_their_code() {
    let server = TestServer::start_with(&FAST).await;
    let unmasked = vec![TEXT, 1, b'x'];
    let invalid_text = raw::frame(TEXT, &[0xff]);
    let too_big = raw::header(TEXT, 1 << 30);
    for (bytes, code, word) in [
        (unmasked, 1002, "protocol_error"),
        (invalid_text, 1007, "invalid_payload"),
        (too_big, 1009, "message_too_big"),
    ] {
        let mut stream = raw::connect(server.address(), "/ws/gaveur/7").await;
        stream.write_all(&bytes).await.unwrap();
        assert_eq!(raw::close_code(&mut stream).await, Some(code));
        until(word, async || reason(&server, word).await == 1).await;
    }
    server.finish().await;
}

#[actix_web::test]
async fn so_many_bad_messages_in_a_row_are_abuse_and_a_good_one_begins_a_new_row() {
    let server = TestServer::start_with(&["--max-bad-messages", "20"]).await;
    let mut producer = server.connect("/ws/gavage").await;
    for _ in 0..19 {
        producer.send("{}").await;
    }
    producer.take("error", 19).await;
    producer
        .send(crate::common::readings::meal("LL2611001", 7, 0))
        .await;
    producer.next_of("ack").await;
    for number in 0..20 {
        match number % 2 {
            0 => producer.send("NaN").await,
            _ => producer.send_message(Message::binary(vec![0])).await,
        }
    }
    let goodbye = producer.ended().await.unwrap();
    assert_eq!(u16::from(goodbye.code), 1008);
    until("it is counted", async || {
        reason(&server, "policy_violation").await == 1
    })
    .await;
    server.finish().await;
}

#[actix_web::test]
async fn the_users_with_the_most_disconnects_are_listed_in_the_shape_that_older_tools_read() {
    let server = TestServer::start_with(&FAST).await;
    for (user, times) in (1..=12).zip((1..=12).rev()) {
        for _ in 0..times {
            let mut screen = server.connect(&format!("/ws/gaveur/{user}")).await;
            let code = CloseCode::from(1001);
            let reason = "".into();
            screen
                .send_message(Message::Close(Some(CloseFrame { code, reason })))
                .await;
            screen.ended().await;
        }
    }
    until_counter(&server, "closed_total", 78).await;
    let answer = server.get("/ws-metrics").await;
    assert_eq!(answer["status"], "ok");
    let metrics = &answer["metrics"];
    assert_eq!(metrics["total_users_tracked"], 12);
    let expected: Vec<_> = (1..=10)
        .map(|user| json!([user.to_string(), 13 - user]))
        .collect();
    assert_eq!(metrics["top_disconnects"], json!(expected));
    let reasons = metrics["all_reasons"].as_object().unwrap();
    let listed: BTreeSet<_> = reasons.keys().cloned().collect();
    assert_eq!(listed, (1..=10).map(|user| user.to_string()).collect());
    assert_eq!(reasons["1"], json!({"going_away": 12}));
    assert_eq!(counter(&server, "evicted_users_total").await, 0);
    server.finish().await;
}

/// What the tests of this directory reach, against the published table.
#[actix_web::test]
async fn every_row_of_the_table_is_reached_by_a_test() {
    let by_peers = [
        1000, 1001, 1002, 1003, 1005, 1006, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000,
        4000,
    ];
    // 1002, 1007, 1008, 1009 above; 1006 (ping_timeout) and 4409 in sessions_identity; 1012 in sessions_grace; 4408 in
    // sessions_stalls.
    let by_us = [1002, 1006, 1007, 1008, 1009, 1012, 4408, 4409];
    for row in TABLE {
        let reached = match row.origin {
            Origin::Either => by_peers.contains(&row.first),
            Origin::Peer => by_peers.contains(&row.first),
            Origin::Server => by_us.contains(&row.first),
        };
        assert!(reached, "no test reaches {} {}", row.first, row.name);
    }
}

#[actix_web::test]
async fn the_counters_balance_while_connections_come_and_go() {
    let server = TestServer::start_with(&["--grace", "5ms"]).await;
    let come_and_go = async {
        for number in 0..60 {
            let mut screen = server
                .connect(&format!("/ws/gaveur/{}?sid={}", number % 5, number % 7))
                .await;
            if number % 3 == 0 {
                screen.send(r#"{"type":"heartbeat"}"#).await;
                screen.vanish();
            } else {
                screen.close().await;
            }
        }
    };
    let watch = async {
        for _ in 0..60 {
            counters(&server).await;
        }
    };
    futures_util::future::join(come_and_go, watch).await;
    server.finish().await;
}
