//! Sends readings to the screens as real producers do: through `/ws/gavage`.

use crate::common::{http, readings::reading, server::TestServer};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// The `number`-th of `of` meals of a lot, the last one an hour ago; doses and weights differ from meal to meal.
pub fn meal(code_lot: &str, gaveur_id: i32, number: i32, of: i32) -> Value {
    let moment = if number % 2 == 0 { "matin" } else { "soir" };
    let planned = 300.0 + 10.0 * f64::from(number);
    let time = Timestamp::now() - SignedDuration::from_hours(i64::from(1 + 12 * (of - 1 - number)));
    let fields = json!({
        "dose_theorique": planned, "dose_reelle": planned + 2.4, "poids_moyen": 4800.0 + 60.0 * f64::from(number),
        "timestamp": format!("{time:.0}"),
    });
    with(reading(code_lot, gaveur_id, number / 2, moment), &fields)
}

/// The first `count` meals of a lot.
pub fn meals(code_lot: &str, gaveur_id: i32, count: i32) -> Vec<Value> {
    (0..count)
        .map(|number| meal(code_lot, gaveur_id, number, count))
        .collect()
}

/// A reading with other values in some fields.
pub fn with(mut reading: Value, fields: &Value) -> Value {
    for (name, value) in fields.as_object().unwrap() {
        reading[name] = value.clone();
    }
    reading
}

/// Sends readings as one batch and waits until they are stored.
pub async fn feed(server: &TestServer, readings: &[Value]) {
    let mut producer = server.connect("/ws/gavage").await;
    producer.send(json!(readings)).await;
    let ack = producer.next_of("ack").await;
    assert_eq!(ack["count"], readings.len(), "{ack}");
    producer.close().await;
}

/// Posts a command over REST.
pub async fn post(server: &TestServer, path: &str, body: Value) {
    let answer = http::post(&server.url(path), body).await;
    let (status, said) = (answer.status(), answer.body());
    assert!(status.is_success(), "{path}: {status}: {said}");
}
