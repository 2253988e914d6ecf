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
use std::time::{Duration, Instant};

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
    for address in addresses {
        screens.push(Client::connect(address, "/ws/realtime/?sid=a").await);
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
