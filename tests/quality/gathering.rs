//! Samples of many stations share transactions, which stand before meals.

use super::support::{sample, station};
use crate::common::server::TestServer;
use futures_util::future::join_all;
use std::time::Duration;
use tokio::time::Instant;

/// The writer of matrices begins no further transaction so soon.
const GATHER: Duration = Duration::from_millis(20);

#[actix_web::test]
async fn a_station_that_awaits_every_ack_begins_a_transaction_every_twenty_milliseconds_at_most() {
    const SAMPLES: u32 = 20;
    let server = TestServer::start().await;
    let mut client = station(&server).await;
    let begun = Instant::now();
    for number in 0..SAMPLES {
        let ack = client.ask(sample(&format!("S-{number}"), "ESP32_LL_01"));
        assert_eq!(ack.await["type"], "ack");
    }
    assert!(begun.elapsed() >= GATHER * (SAMPLES - 1));
    client.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn scores_of_samples_whose_matrices_share_a_transaction_share_one_too() {
    const STATIONS: usize = 40;
    let server = TestServer::start().await;
    let run = async |number: usize| {
        let mut client = station(&server).await;
        for round in 0..5 {
            let frame = sample(
                &format!("S-{number}-{round}"),
                &format!("ESP32_LL_{number:02}"),
            );
            assert_eq!(client.ask(frame).await["type"], "ack");
        }
        client.close().await;
    };
    join_all((0..STATIONS).map(run)).await;
    let shared = "SELECT count(*) AS samples, count(DISTINCT score.xmin::text) AS transactions
        FROM sensor_matrices matrix JOIN sensor_samples score USING (sample_id, device_id, time)
        GROUP BY matrix.xmin::text";
    let shared = server.rows(shared).await;
    assert!(shared.iter().any(|row| row["samples"] != 1), "{shared:?}");
    let is_split = |row: &&serde_json::Value| row["transactions"] != 1;
    assert_eq!(shared.iter().find(is_split), None);
    server.finish().await;
}
