//! More at once than any queue holds: a screen that reads loses nothing.

use crate::common::{client::Client, readings::meal, server::TestServer};
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

#[actix_web::test]
async fn a_screen_that_reads_gets_every_frame_of_a_burst_of_large_arrays() {
    let server = TestServer::start().await;
    let mut screen = screen(&server).await;
    let array = |lot: i32| -> Value {
        let code = format!("LL26{lot:05}");
        (0..500).map(|number| meal(&code, 1, number)).collect()
    };
    send_arrays(&server, (0..12).map(array).collect()).await;
    let shown = screen.take("gavage_realtime", 6_000).await;
    assert!(shown.is_sorted_by_key(|frame| frame["seq"].as_u64()));
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
