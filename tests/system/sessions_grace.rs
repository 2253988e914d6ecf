use crate::{
    common::server::{TestServer, until},
    sessions_support::{counter, counters, keep_log, logged, store, until_counter},
};
use std::time::Duration;
use tokio::time::Instant;

const REGISTERED: &str = "SELECT count(*) FROM ws_registry WHERE user_id = ";

async fn registered(server: &TestServer, user: &str) -> i64 {
    server.count(&format!("{REGISTERED}'{user}'")).await
}

/// The first words of one user's log lines, in order.
fn words(uid: &str) -> Vec<String> {
    let lines = logged(&format!("uid={uid} "));
    let word = |line: &String| line.split(' ').next().unwrap().to_owned();
    lines.iter().map(word).collect()
}

#[actix_web::test]
async fn a_quick_return_cancels_the_clean_up() {
    keep_log();
    let server = TestServer::start_with(&["--grace", "5s"]).await;
    let screen = server.connect("/ws/realtime/?uid=quick").await;
    screen.vanish();
    until_counter(&server, "in_grace", 1).await;
    let screen = server.connect("/ws/realtime/?uid=quick").await;
    until_counter(&server, "detach_cancelled_total", 1).await;
    assert_eq!(counter(&server, "detach_executed_total").await, 0);
    screen.close().await;
    let lines = logged("uid=quick ");
    let started = lines
        .iter()
        .find(|line| line.starts_with("user_detach_delay_start"))
        .unwrap();
    assert!(started.ends_with("delay_ms=5000"), "{started}");
    server.stop().await;
}

#[actix_web::test]
async fn a_long_absence_ends_in_a_clean_up_and_a_return_after_it_begins_anew() {
    keep_log();
    let server = TestServer::start_with(&["--grace", "50ms"]).await;
    let screen = server.connect("/ws/realtime/?uid=long").await;
    until("a row", async || registered(&server, "long").await == 1).await;
    screen.vanish();
    until_counter(&server, "cleanup_ok_total", 1).await;
    assert_eq!(registered(&server, "long").await, 0);
    let expected = [
        "ws_connect",
        "ws_disconnect",
        "ws_cleanup_complete",
        "user_detach_delay_start",
        "user_detach_executing",
        "REGISTRY_CLEANUP_START",
        "REGISTRY_CLEANUP_SUCCESS",
    ];
    until("its last line", async || {
        words("long").len() >= expected.len()
    })
    .await;
    assert_eq!(words("long"), expected);
    let screen = server.connect("/ws/realtime/?uid=long").await;
    until("a row", async || registered(&server, "long").await == 1).await;
    screen.close().await;
    let database = server.finish().await;
    let rows = database
        .client()
        .await
        .query("SELECT FROM ws_registry", &[])
        .await
        .unwrap();
    assert!(rows.is_empty());
}

#[actix_web::test]
async fn after_fifty_flaps_one_reading_arrives_once() {
    let server = TestServer::start_with(&["--grace", "200ms"]).await;
    for _ in 0..50 {
        server.connect("/ws/gaveur/7").await.vanish();
    }
    let mut screen = server.connect("/ws/gaveur/7").await;
    until("the flaps are over", async || {
        server.census().await.sessions == 1
    })
    .await;
    let mut producer = server.connect("/ws/gavage").await;
    store(&mut producer, "LL2611001", 7, 0).await;
    assert_eq!(screen.next_of("gavage").await["seq"], 1);
    assert!(screen.so_far("gavage").await.is_empty());
    assert_eq!(server.count("SELECT count(*) FROM ws_registry").await, 1);
    screen.close().await;
    producer.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn one_of_two_tabs_closing_changes_nothing() {
    let server = TestServer::start_with(&["--grace", "50ms"]).await;
    let first = server.connect("/ws/gaveur/7?sid=first").await;
    let mut second = server.connect("/ws/gaveur/7?sid=second").await;
    first.close().await;
    until_counter(&server, "closed_total", 1).await;
    assert_eq!(counter(&server, "detach_started_total").await, 0);
    let mut producer = server.connect("/ws/gavage").await;
    store(&mut producer, "LL2611001", 7, 0).await;
    second.next_of("gavage").await;
    second.close().await;
    producer.close().await;
    until_counter(&server, "cleanup_ok_total", 1).await;
    server.finish().await;
}

#[actix_web::test]
async fn a_second_disconnect_has_a_grace_of_its_own() {
    keep_log();
    let grace = Duration::from_millis(400);
    let server = TestServer::start_with(&["--grace", "400ms"]).await;
    let path = "/ws/realtime/?uid=twice";
    server.connect(path).await.vanish();
    until_counter(&server, "detach_started_total", 1).await;
    let screen = server.connect(path).await;
    until_counter(&server, "open", 1).await;
    let counters = counters(&server).await;
    let left_again = Instant::now();
    screen.vanish();
    let executed = counters["detach_executed_total"].as_u64().unwrap() + 1;
    until_counter(&server, "detach_executed_total", executed).await;
    assert!(left_again.elapsed() >= grace);
    let generation = |line: &String| {
        line.split("gen=")
            .nth(1)
            .unwrap()
            .split(' ')
            .next()
            .unwrap()
            .to_owned()
    };
    let of = |word: &str| -> Vec<_> {
        let lines = logged(&format!("{word} uid=twice "));
        lines.iter().map(generation).collect()
    };
    let (started, mut ended) = (of("user_detach_delay_start"), of("user_detach_cancelled"));
    ended.extend(of("user_detach_executing"));
    assert_eq!(started, ended, "each grace has one end, in its order");
    server.finish().await;
}

#[actix_web::test]
async fn every_grace_ends_when_the_server_stops() {
    keep_log();
    let server = TestServer::start_with(&["--grace", "1h"]).await;
    for number in 0..20 {
        server
            .connect(&format!("/ws/realtime/?uid=leaving-{number}-"))
            .await
            .vanish();
    }
    let mut open = Vec::new();
    for number in 0..100 {
        open.push(
            server
                .connect(&format!("/ws/realtime/?uid=staying-{number}"))
                .await,
        );
    }
    until_counter(&server, "in_grace", 20).await;
    let farewells = async {
        for screen in &mut open {
            let goodbye = screen.ended().await.expect("a Close frame");
            assert_eq!(u16::from(goodbye.code), 1012);
        }
    };
    let (database, ()) = futures_util::future::join(server.stop(), farewells).await;
    for number in 0..20 {
        let uid = format!("uid=leaving-{number}- ");
        assert_eq!(logged(&format!("user_detach_delay_start {uid}")).len(), 1);
        assert_eq!(logged(&format!("user_detach_aborted {uid}")).len(), 1);
    }
    let rows = database
        .client()
        .await
        .query("SELECT FROM ws_registry", &[])
        .await
        .unwrap();
    assert!(rows.is_empty(), "the registry names nobody");
}
