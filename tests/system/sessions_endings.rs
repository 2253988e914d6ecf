//! Disconnections: the reasons they are counted under, and the list of users with the most of them.

use crate::{
    common::{
        raw::{self, TEXT},
        server::{TestServer, until},
    },
    sessions_support::{counter, keep_log, logged, reason, until_counter},
};
use serde_json::json;
use std::collections::BTreeSet;
use tokio::io::AsyncWriteExt;
use tokio_tungstenite::tungstenite::{
    Message,
    protocol::{CloseFrame, frame::coding::CloseCode},
};

const FAST: [&str; 2] = ["--grace", "10ms"];

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

#[actix_web::test]
async fn a_user_who_loses_the_connection_again_and_again_is_named_in_the_log_once_a_minute() {
    keep_log();
    let server = TestServer::start_with(&FAST).await;
    for _ in 0..20 {
        server.connect("/ws/realtime/?uid=flapper").await.vanish();
    }
    until_counter(&server, "closed_total", 20).await;
    let lines = logged("ws_metrics_frequent_disconnect uid=flapper ");
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].ends_with("total=6"), "{}", lines[0]);
    server.finish().await;
}
