//! A reading that the database refuses does not affect others.

use crate::common::{
    readings::{meal, with},
    server::{TestServer, until},
};
use futures_util::future::join_all;
use serde_json::{Value, json};

/// Our schema refuses nothing that the protocol accepts, so the test adds a constraint.
const WHIM: &str = "ALTER TABLE gavage_data ADD CONSTRAINT whim CHECK (dose_reelle <> 333)";

fn odd(number: i32) -> Value {
    with(meal("LL2611001", 1, number), json!({"dose_reelle": 333}))
}

#[actix_web::test]
async fn a_refused_reading_gets_an_error_that_says_why_and_its_sender_goes_on() {
    let server = TestServer::start().await;
    server
        .database
        .client()
        .await
        .batch_execute(WHIM)
        .await
        .unwrap();
    let mut producer = server.connect("/ws/gavage").await;
    producer.next().await;
    let error = producer.ask(odd(0)).await;
    assert_eq!(error["type"], "error");
    let sentence = error["error"].as_str().unwrap();
    assert!(sentence.contains("whim"), "{sentence}");
    assert_eq!(error["data"]["dose_reelle"].as_f64(), Some(333.0));
    assert_eq!(producer.ask(meal("LL2611001", 1, 1)).await["type"], "ack");
    assert_eq!(server.count("SELECT count(*) FROM gavage_data").await, 1);
    assert_eq!(server.count("SELECT count(*) FROM repas").await, 1);
    assert_eq!(
        server
            .metric("gaveurs_errors_total{reason=\"database\"}")
            .await,
        1.0
    );
    producer.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn the_neighbours_of_a_refused_reading_in_the_same_batch_are_stored() {
    let server = TestServer::start().await;
    server
        .database
        .client()
        .await
        .batch_execute(WHIM)
        .await
        .unwrap();
    let mut holder = server.database.client().await;
    let held = holder.transaction().await.unwrap();
    held.batch_execute("LOCK TABLE gavage_data IN EXCLUSIVE MODE")
        .await
        .unwrap();
    let mut busy = server.connect("/ws/gavage").await;
    busy.next().await;
    busy.send(meal("MT2611001", 3, 0)).await;
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    until("the writer is busy", async || {
        server.count(waiting).await == 1
    })
    .await;
    let mut producers = Vec::new();
    for number in 0..12 {
        let mut producer = server.connect("/ws/gavage").await;
        producer.next().await;
        let message = if number % 5 == 2 {
            odd(number)
        } else {
            meal("LL2611001", 1, number)
        };
        producer.send(message).await;
        producer.settled().await;
        producers.push(producer);
    }
    held.commit().await.unwrap();
    let answers = join_all(producers.iter_mut().map(|producer| producer.next())).await;
    let refused: Vec<_> = (0..12)
        .filter(|number| answers[*number]["type"] == "error")
        .collect();
    assert_eq!(refused, [2, 7]);
    assert_eq!(busy.next().await["type"], "ack");
    assert_eq!(server.count("SELECT count(*) FROM gavage_data").await, 11);
    producers.push(busy);
    for producer in producers {
        producer.close().await;
    }
    server.finish().await;
}

#[actix_web::test]
async fn an_array_with_a_refused_reading_is_stored_not_at_all_and_answered_once() {
    let server = TestServer::start().await;
    server
        .database
        .client()
        .await
        .batch_execute(WHIM)
        .await
        .unwrap();
    let mut screen = server.connect("/ws/realtime").await;
    screen.next_of("snapshot").await;
    let mut producer = server.connect("/ws/gavage").await;
    producer.next().await;
    let array = json!([meal("LL2611001", 1, 0), odd(1), meal("LL2611001", 1, 2)]);
    assert_eq!(producer.ask(array).await["type"], "error");
    assert_eq!(
        server
            .count("SELECT (SELECT count(*) FROM gavage_data) + (SELECT count(*) FROM lots_gavage)")
            .await,
        0
    );
    producer.ask(meal("MT2611001", 3, 0)).await;
    let shown = screen.next_of("gavage_realtime").await;
    assert_eq!(
        (&shown["seq"], &shown["data"]["code_lot"]),
        (&json!(1), &json!("MT2611001"))
    );
    producer.close().await;
    screen.close().await;
    server.finish().await;
}
