//! Bursts larger than any queue: a screen that reads loses nothing.

use crate::common::{client::Client, readings::meal, server::TestServer};
use futures_util::future::join;
use serde_json::{Value, json};

async fn send_arrays(server: &TestServer, arrays: Vec<Value>) {
    let mut producer = server.connect("/ws/gavage").await;
    producer.next().await;
    for array in &arrays {
        producer.send(array).await;
    }
    assert_eq!(producer.take("ack", arrays.len()).await.len(), arrays.len());
    producer.close().await;
}

async fn screen(server: &TestServer) -> Client {
    let mut screen = server.connect("/ws/realtime").await;
    screen.next_of("snapshot").await;
    screen
}

/// Twelve arrays of 500 meals, each of different lots.
fn burst() -> Vec<Value> {
    let array = |lot: i32| -> Value {
        let code = format!("LL26{lot:05}");
        (0..500).map(|number| meal(&code, 1, number)).collect()
    };
    (0..LOTS).map(array).collect()
}

const LOTS: i32 = 12;

#[actix_web::test]
async fn a_farmer_s_screen_that_reads_gets_every_frame_of_a_burst_of_large_arrays() {
    let server = TestServer::start().await;
    let mut screen = server.connect("/ws/gaveur/1").await;
    screen.settled().await;
    let ((), seqs) = join(send_arrays(&server, burst()), screen.positions(6_000)).await;
    assert!(seqs.iter().copied().eq(1..=seqs.len() as u64), "{seqs:?}");
    screen.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn a_supervision_screen_that_reads_is_not_cut_by_a_burst_and_ends_with_every_lot_s_newest_meal()
 {
    let server = TestServer::start().await;
    let mut screen = screen(&server).await;
    let read = async {
        let mut last_meals = 0;
        while last_meals < LOTS {
            let data = screen.next_of("gavage_realtime").await["data"].take();
            let is_of_last_lot = data["code_lot"].as_str().unwrap().ends_with("-8");
            let is_last = is_of_last_lot && data["jour"] == 9 && data["moment"] == "soir";
            last_meals += i32::from(is_last);
        }
    };
    join(send_arrays(&server, burst()), read).await;
    let counters = server.get("/ws-metrics").await;
    assert_eq!(counters["server"]["dropped_slow_total"], 0);
    screen.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn a_wall_of_thousands_of_lots_is_shown_whole_to_a_screen_that_arrives() {
    let server = TestServer::start().await;
    let array = |part: i32| -> Value {
        (0..500)
            .map(|lot| meal(&format!("MT26{:05}", part * 500 + lot), 3, 0))
            .collect()
    };
    send_arrays(&server, (0..6).map(array).collect()).await;
    let mut screen = server.connect("/ws/realtime").await;
    let mut lots = 0;
    while lots < 3_000 {
        let part = screen.next_of("snapshot").await;
        lots += part["lots"].as_array().unwrap().len();
    }
    let sites = screen.next_of("site_stats").await;
    assert_eq!(sites["sites"][2]["lots"], json!(3_000));
    screen.close().await;
    server.finish().await;
}
