//! Large frames are parsed on another thread; the station sees no difference.

use super::support::{sample, station};
use crate::common::server::TestServer;
use serde_json::json;

#[actix_web::test]
async fn large_and_small_frames_of_a_station_are_answered_in_their_order() {
    let server = TestServer::start().await;
    let mut client = station(&server).await;
    // Neither of the large ones reaches the database, so every answer comes from the parser.
    let bad = format!(
        "{{\"type\":\"sensor_data\",\"ballast\":\"{}\",",
        "x".repeat(140_000)
    );
    let mut expected = Vec::new();
    for _ in 0..20 {
        client.send(&bad).await;
        client.send(json!({"type": "ping"})).await;
        expected.extend(["error", "pong"]);
    }
    for kind in expected {
        assert_eq!(client.next().await["type"], kind);
    }
    client.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn a_large_frame_that_is_sent_and_left_behind_is_stored() {
    let server = TestServer::start().await;
    for number in 0..10 {
        let mut client = station(&server).await;
        let mut large = sample(&format!("S-{number}"), "ESP32_LL_01");
        large["vl53l8ch"]["bins_analysis"] = json!({"histograms": vec![0.125; 20_000]});
        client.send(large).await;
        client.close().await;
    }
    crate::common::server::until("all ten are stored", async || {
        server.count("SELECT count(*) FROM sensor_samples").await == 10
    })
    .await;
    server.finish().await;
}
