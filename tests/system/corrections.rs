//! A second reading of the same (lot, jour, moment) is a correction of that meal, regardless of how the messages are batched.

use crate::common::{
    client::Client,
    readings::{meal, with},
    server::{TestServer, until},
};
use serde_json::{Value, json};

const MEALS: &str =
    "SELECT id, time, dose_reelle, horodatage, corrected_at FROM gavage_data ORDER BY jour, moment";

async fn producer(server: &TestServer) -> Client {
    let mut producer = server.connect("/ws/gavage").await;
    producer.next().await;
    producer
}

fn dose(number: i32, grams: f64) -> Value {
    with(meal("LL2611001", 1, number), json!({"dose_reelle": grams}))
}

fn at(message: Value, time: &str) -> Value {
    with(message, json!({"timestamp": time}))
}

#[actix_web::test]
async fn the_same_meal_again_changes_its_row_and_keeps_its_id_and_time() {
    let server = TestServer::start().await;
    let mut producer = producer(&server).await;
    producer
        .ask(at(dose(0, 400.0), "2026-01-31T08:00:00Z"))
        .await;
    let before = server.rows(MEALS).await.remove(0);
    assert_eq!(before["corrected_at"], Value::Null);
    let ack = producer
        .ask(at(dose(0, 390.0), "2026-01-31T08:05:00Z"))
        .await;
    assert_eq!(ack["type"], "ack");
    let after = server.rows(MEALS).await;
    assert_eq!(after.len(), 1);
    assert_eq!(
        (&after[0]["id"], &after[0]["time"]),
        (&before["id"], &before["time"])
    );
    assert_eq!(after[0]["dose_reelle"], 390);
    assert_eq!(after[0]["horodatage"], "2026-01-31T08:05:00Z");
    assert!(after[0]["corrected_at"].is_string());
    assert_eq!(server.count("SELECT count(*) FROM repas").await, 1);
    producer.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn an_identical_repeat_is_acked_and_is_no_correction() {
    let server = TestServer::start().await;
    let mut producer = producer(&server).await;
    for _ in 0..3 {
        assert_eq!(producer.ask(dose(0, 400.0)).await["type"], "ack");
    }
    // Sent again with the time of the second attempt.
    producer
        .ask(at(dose(0, 400.0), "2026-11-22T05:30:00"))
        .await;
    let twice = json!([dose(1, 400.0), at(dose(1, 400.0), "2026-11-22T05:30:00")]);
    assert_eq!(producer.ask(twice).await["count"], 2);
    let rows = server.rows(MEALS).await;
    assert_eq!(rows.len(), 2);
    assert!(
        rows.iter().all(|row| row["corrected_at"].is_null()),
        "{rows:?}"
    );
    producer.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn a_meal_that_is_sent_again_is_shown_once() {
    let server = TestServer::start().await;
    let mut screen = server.connect("/ws/realtime/").await;
    screen.next_of("snapshot").await;
    let mut producer = producer(&server).await;
    for meal in [0, 0, 1, 0, 1] {
        assert_eq!(producer.ask(dose(meal, 400.0)).await["type"], "ack");
    }
    let shown = screen.published("gavage_realtime").await;
    let moments: Vec<_> = shown.iter().map(|one| &one["data"]["moment"]).collect();
    assert_eq!(moments, ["matin", "soir"]);
    screen.close().await;
    producer.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn a_measure_corrected_to_null_and_back_is_a_correction_each_time() {
    let server = TestServer::start().await;
    let mut producer = producer(&server).await;
    producer.ask(dose(0, 400.0)).await;
    let mut corrected_at = Value::Null;
    for weight in [Value::Null, json!(5000.5)] {
        producer
            .ask(with(dose(0, 400.0), json!({"poids_moyen": weight})))
            .await;
        let row = server
            .rows("SELECT poids_moyen, corrected_at FROM gavage_data")
            .await
            .remove(0);
        assert_eq!(row["poids_moyen"], weight);
        assert_ne!(row["corrected_at"], corrected_at);
        corrected_at = row["corrected_at"].clone();
    }
    producer.close().await;
    server.finish().await;
}

/// Several corrections of one meal in one array have the same result as in separate messages.
#[actix_web::test]
async fn corrections_in_one_batch_end_like_corrections_one_by_one() {
    let feed = [
        at(dose(0, 100.0), "2026-01-31T08:00:00Z"),
        at(dose(1, 400.0), "2026-01-31T18:00:00Z"),
        at(dose(0, 200.0), "2026-01-31T08:01:00Z"),
        at(dose(0, 300.0), "2026-01-31T08:02:00Z"),
        at(dose(1, 400.0), "2026-01-31T18:00:00Z"),
    ];
    const RESULT: &str = "SELECT jour, moment, dose_reelle, time, horodatage, corrected_at IS NOT NULL AS corrected FROM gavage_data ORDER BY jour, moment";
    const ALERTS: &str =
        "SELECT jour, moment, type, severite, mesure, levee_le, fermee_le FROM alertes ORDER BY id";
    const LOT: &str = "SELECT jour_actuel, moment_actuel, debut_lot, nb_canards_initial, dernier_releve FROM lots_gavage";
    let mut results = Vec::new();
    for whole in [false, true] {
        let server = TestServer::start().await;
        let mut producer = producer(&server).await;
        if whole {
            assert_eq!(producer.ask(json!(feed)).await["count"], 5);
        } else {
            for message in &feed {
                assert_eq!(producer.ask(message).await["type"], "ack");
            }
        }
        results.push([
            server.rows(RESULT).await,
            server.rows(ALERTS).await,
            server.rows(LOT).await,
        ]);
        producer.close().await;
        server.finish().await;
    }
    assert_eq!(results[0][0].len(), 2);
    assert_eq!(results[0][1].len(), 1, "the refusal of the first meal");
    assert_eq!(results[0], results[1]);
}

#[actix_web::test]
async fn corrections_that_gathered_while_the_writer_was_busy_are_each_acked_and_the_last_one_stands()
 {
    let server = TestServer::start().await;
    let mut holder = server.database.client().await;
    let held = holder.transaction().await.unwrap();
    held.batch_execute("LOCK TABLE gavage_data IN EXCLUSIVE MODE")
        .await
        .unwrap();
    let mut busy = producer(&server).await;
    busy.send(meal("MT2611001", 3, 0)).await;
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    until("the writer is busy", async || {
        server.count(waiting).await == 1
    })
    .await;
    let mut producer = producer(&server).await;
    for grams in 0..10 {
        producer.send(dose(0, f64::from(300 + grams))).await;
    }
    producer.settled().await;
    held.commit().await.unwrap();
    for _ in 0..10 {
        assert_eq!(producer.next().await["type"], "ack");
    }
    assert_eq!(busy.next().await["type"], "ack");
    let rows = server.rows("SELECT dose_reelle, corrected_at IS NOT NULL AS corrected FROM gavage_data WHERE code_lot = 'LL2611001'").await;
    assert_eq!(rows, [json!({"dose_reelle": 309, "corrected": true})]);
    for client in [busy, producer] {
        client.close().await;
    }
    server.finish().await;
}
