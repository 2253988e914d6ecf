//! Several servers on one database with `--cluster`.

use crate::{
    common::{
        client::Client,
        database::TestDatabase,
        readings::meal,
        server::{TestServer, settings},
    },
    sessions_support::store,
};
use gaveurs::app::Application;
use serde_json::Value;
use std::time::Duration;
use tokio::time::Instant;

const CLUSTER: &[&str] = &["--cluster"];

/// A further server on the same database.
async fn beside(database: &TestDatabase) -> Application {
    Application::build(&settings(&database.url(), CLUSTER))
        .await
        .unwrap()
}

/// The numbered frames up to and with this many readings.
async fn readings(screen: &mut Client, count: usize) -> Vec<Value> {
    let mut frames: Vec<Value> = Vec::new();
    let mut seen = 0;
    while seen < count {
        let frame = screen.next().await;
        if frame["seq"].is_u64() && frame["type"] != "snapshot" {
            seen += usize::from(frame["type"] == "gavage_realtime");
            frames.push(frame);
        }
    }
    frames
}

#[actix_web::test]
async fn a_screen_sees_what_another_server_stores_without_waiting_for_the_next_look() {
    let server = TestServer::start_with(CLUSTER).await;
    let other = beside(&server.database).await;
    let mut screen = Client::connect(other.address(), "/ws/realtime/?sid=there").await;
    screen.next_of("snapshot").await;
    let mut producer = server.connect("/ws/gavage").await;
    let begun = Instant::now();
    for number in 0..20 {
        store(&mut producer, "LL2611001", 7, number).await;
        readings(&mut screen, 1).await;
    }
    // The journal is looked into once a second anyway.
    assert!(
        begun.elapsed() < Duration::from_secs(10),
        "{:?}",
        begun.elapsed()
    );
    for client in [screen, producer] {
        client.close().await;
    }
    other.stop().await.unwrap();
    server.finish().await;
}

#[actix_web::test]
async fn screens_of_all_servers_see_the_same_frames_under_the_same_positions_whoever_stores() {
    const MEALS: i32 = 24;
    let server = TestServer::start_with(CLUSTER).await;
    let others = [
        beside(&server.database).await,
        beside(&server.database).await,
    ];
    let addresses = [server.address(), others[0].address(), others[1].address()];
    let mut screens = Vec::new();
    let mut producers = Vec::new();
    for (number, address) in addresses.into_iter().enumerate() {
        let path = format!("/ws/realtime/?sid=a{number}");
        screens.push(Client::connect(address, &path).await);
        producers.push(Client::connect(address, "/ws/gavage").await);
    }
    for screen in &mut screens {
        screen.next_of("snapshot").await;
    }
    for number in 0..MEALS {
        // Not answered yet: the servers commit at the same time.
        for (producer, lot) in producers
            .iter_mut()
            .zip(["LL2611001", "LS2611002", "MT2611003"])
        {
            producer.send(meal(lot, 7, number)).await;
        }
    }
    for producer in &mut producers {
        for _ in 0..MEALS {
            producer.next_of("ack").await;
        }
    }
    let mut seen = Vec::new();
    for screen in &mut screens {
        seen.push(readings(screen, 3 * MEALS as usize).await);
    }
    let positions: Vec<_> = seen[0]
        .iter()
        .map(|frame| frame["seq"].as_u64().unwrap())
        .collect();
    let first = positions[0];
    assert_eq!(
        positions,
        (first..first + positions.len() as u64).collect::<Vec<_>>()
    );
    assert_eq!(seen[1], seen[0]);
    assert_eq!(seen[2], seen[0]);
    for client in screens.into_iter().chain(producers) {
        client.close().await;
    }
    for other in others {
        other.stop().await.unwrap();
    }
    server.finish().await;
}

/// The next figures of sites, from this position on.
async fn figures(screen: &mut Client, from: u64) -> (u64, Value) {
    loop {
        let frame = screen.next_of("site_stats").await;
        // Those behind a snapshot have no position.
        if let Some(seq) = frame["seq"].as_u64().filter(|seq| *seq >= from) {
            return (seq, frame);
        }
    }
}

#[actix_web::test]
async fn the_figures_of_sites_are_told_by_one_server_and_by_another_when_it_has_gone() {
    let first = TestServer::start_with(CLUSTER).await;
    let second = beside(&first.database).await;
    let third = beside(&first.database).await;
    let mut here = Client::connect(second.address(), "/ws/realtime/?sid=a").await;
    let mut there = Client::connect(third.address(), "/ws/realtime/?sid=b").await;
    let mut producer = Client::connect(second.address(), "/ws/gavage").await;
    let mut seen = 0;
    let mut first = Some(first);
    let mut database = None;
    for number in 0..4 {
        store(&mut producer, "LL2611001", 7, number).await;
        let (seq, told) = figures(&mut here, seen + 1).await;
        assert_eq!(figures(&mut there, seq).await, (seq, told));
        seen = seq;
        // It was there first, so it tells them until now.
        if let Some(first) = first.take_if(|_| number == 1) {
            database = Some(first.stop().await);
        }
    }
    // One frame for each change, whoever has told it.
    let frames = "SELECT count(*)::int AS n FROM journal WHERE corps LIKE '%site_stats%'";
    let entries = database.as_ref().unwrap().rows(frames).await;
    assert!(entries[0]["n"].as_u64() <= Some(6), "{entries:?}");
    for client in [here, there, producer] {
        client.close().await;
    }
    second.stop().await.unwrap();
    third.stop().await.unwrap();
}
