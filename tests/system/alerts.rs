//! The alerts, history and weekly report of a random feed, compared with a naive replay.

use crate::{
    common::{
        client::Client,
        readings::{meal, with},
        server::TestServer,
    },
    feed,
    naive::{self, Alert},
};
use serde_json::{Value, json};

async fn producer(server: &TestServer) -> Client {
    let mut producer = server.connect("/ws/gavage").await;
    producer.next().await;
    producer
}

/// Sends the feed in one of the ways that clients use: message by message, without waiting for acks, or in arrays.
async fn send(server: &TestServer, feed: &[Value], way: u64) {
    let mut producer = producer(server).await;
    match way % 3 {
        0 => {
            for message in feed {
                assert_eq!(producer.ask(message).await["type"], "ack");
            }
        }
        1 => {
            for message in feed {
                producer.send(message).await;
            }
            producer.take("ack", feed.len()).await;
        }
        _ => {
            for part in feed.chunks(17) {
                assert_eq!(producer.ask(json!(part)).await["count"], part.len());
            }
        }
    }
    producer.close().await;
}

async fn stored_alerts(server: &TestServer) -> Vec<Alert> {
    let query =
        "SELECT code_lot, type, levee_le, severite, mesure, fermee_le, gaveur_id FROM alertes";
    let at = |value: &Value| value.as_str().map(|text| text.parse().unwrap());
    let alert = |row: &Value| Alert {
        code_lot: row["code_lot"].as_str().unwrap().to_owned(),
        kind: row["type"].as_str().unwrap().to_owned(),
        levee_le: at(&row["levee_le"]).unwrap(),
        severite: row["severite"].as_str().unwrap().to_owned(),
        mesure: row["mesure"].as_f64().unwrap(),
        fermee_le: at(&row["fermee_le"]),
        gaveur_id: row["gaveur_id"].as_i64().unwrap(),
    };
    let mut alerts: Vec<_> = server.rows(query).await.iter().map(alert).collect();
    alerts.sort_by(|a, b| a.partial_cmp(b).unwrap());
    alerts
}

/// Rounds to the precision of a quotient of doubles.
fn rounded(mut alert: Alert) -> Alert {
    alert.mesure = (alert.mesure * 1e6).round() / 1e6;
    alert
}

#[actix_web::test]
async fn the_alerts_of_a_random_feed_are_those_of_a_naive_replay_however_it_is_sent() {
    for seed in 0..6 {
        let server = TestServer::start().await;
        let feed = feed::feed(seed);
        send(&server, &feed, seed).await;
        let stored: Vec<_> = stored_alerts(&server)
            .await
            .into_iter()
            .map(rounded)
            .collect();
        let expected: Vec<_> = naive::alerts(&feed).into_iter().map(rounded).collect();
        assert!(
            expected.len() > 60,
            "the feed is eventful: {}",
            expected.len()
        );
        for (stored, expected) in stored.iter().zip(&expected) {
            assert_eq!(stored, expected, "seed {seed}");
        }
        assert_eq!(stored.len(), expected.len(), "seed {seed}");
        server.finish().await;
    }
}

#[actix_web::test]
async fn history_and_weekly_report_of_a_random_feed_are_those_of_a_naive_computation() {
    for seed in 10..14 {
        let server = TestServer::start().await;
        let feed = feed::feed(seed);
        send(&server, &feed, seed).await;
        for gaveur in [1, 2, 3, 4] {
            let days = server
                .get(&format!("/api/gavage/gaveur/{gaveur}?limit=500"))
                .await;
            let expected = naive::history(&feed, gaveur);
            let of_feed: Vec<Value> = days
                .as_array()
                .unwrap()
                .iter()
                .zip(expected.iter().chain(std::iter::repeat(&Value::Null)))
                .map(|(day, expected)| {
                    let fields = expected.as_object().unwrap().keys();
                    fields
                        .map(|field| (field.clone(), day[field].clone()))
                        .collect()
                })
                .collect();
            assert_eq!(of_feed, expected, "seed {seed}, gaveur {gaveur}");
            let mut report = server
                .get(&format!("/api/analytics/weekly-report/{gaveur}"))
                .await;
            let now = report["date_generation"].as_str().unwrap().parse().unwrap();
            let told = json!({"statistiques": report["statistiques"].take(), "top_performers": report["top_performers"].take()});
            assert_eq!(
                numbers(told),
                numbers(naive::weekly(&feed, gaveur, now)),
                "seed {seed}, gaveur {gaveur}"
            );
        }
        server.finish().await;
    }
}

/// Makes 3 and 3.0 equal.
fn numbers(value: Value) -> Value {
    match value {
        Value::Number(number) => json!(number.as_f64()),
        Value::Array(values) => values.into_iter().map(numbers).collect(),
        Value::Object(fields) => fields
            .into_iter()
            .map(|(key, value)| (key, numbers(value)))
            .collect(),
        other => other,
    }
}

#[actix_web::test]
async fn an_alert_is_raised_once_gets_worse_in_place_and_closes_when_its_condition_ends() {
    let server = TestServer::start().await;
    let mut producer = producer(&server).await;
    let celsius = |number: i32, celsius: Value| {
        let timestamp = format!("2026-11-{:02}T08:00:00Z", number + 1);
        with(
            meal("LL2611001", 1, number),
            json!({"temperature_stabule": celsius, "timestamp": timestamp}),
        )
    };
    let query = "SELECT severite, mesure, seuil, jour, moment, levee_le, fermee_le FROM alertes ORDER BY id";
    for (number, degrees) in (0..).zip([json!(25), json!(29), json!(26), Value::Null]) {
        producer.ask(celsius(number, degrees)).await;
    }
    let open = json!({"severite": "critical", "mesure": 29, "seuil": 28, "jour": 0, "moment": "matin",
        "levee_le": "2026-11-01T08:00:00+00:00", "fermee_le": null});
    assert_eq!(json!(server.rows(query).await), json!([open]));
    producer.ask(celsius(4, json!(21))).await;
    let closed = with(open, json!({"fermee_le": "2026-11-05T08:00:00+00:00"}));
    assert_eq!(json!(server.rows(query).await), json!([closed]));
    producer.ask(celsius(5, json!(14))).await;
    let rows = server.rows(query).await;
    assert_eq!(
        (rows.len(), &rows[0], &rows[1]["seuil"]),
        (2, &closed, &json!(15))
    );
    producer.close().await;
    server.finish().await;
}
