//! Producers, screens and requests for these tests.

use crate::common::{client::Client, http, server::TestServer};
use serde_json::{Value, json};

/// A socket whose welcome has been read.
pub async fn welcomed(server: &TestServer, path: &str) -> Client {
    let mut client = server.connect(path).await;
    client.next().await;
    client
}

/// A supervision screen that has its snapshot.
pub async fn supervision(server: &TestServer) -> Client {
    let mut screen = server.connect("/ws/realtime/").await;
    screen.next_of("site_stats").await;
    screen
}

/// Status and JSON body of a POST.
pub async fn post(server: &TestServer, path: &str, body: Value) -> (u16, Value) {
    let answer = http::post(&server.url(path), body).await;
    let body = serde_json::from_str(answer.body()).unwrap_or_default();
    (answer.status().as_u16(), body)
}

/// A golden frame of ours.
pub fn golden(name: &str) -> Value {
    let path = format!("{}/tests/frames/{name}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// A recorded frame of a real client; `None`, with a message, where they are not available.
pub fn recorded(name: &str) -> Option<Value> {
    let path = format!("{}/../shared/fixtures/{name}", env!("CARGO_MANIFEST_DIR"));
    match std::fs::read_to_string(&path) {
        Ok(text) => Some(serde_json::from_str(&text).unwrap()),
        Err(_) if std::env::var_os("GAVEURS_REQUIRE_SHARED").is_none() => {
            eprintln!("skipped: {path} is not there");
            None
        }
        Err(error) => panic!("{path}: {error}"),
    }
}

/// A sample of a good foie.
pub fn sample(sample_id: &str, device_id: &str) -> Value {
    let mut frame = golden("sensor_data.json");
    frame["sample_id"] = json!(sample_id);
    frame["device_id"] = json!(device_id);
    frame
}

/// A sample to which our rule gives this score.
pub fn scored(sample_id: &str, device_id: &str, score: f64) -> Value {
    let mut frame = sample(sample_id, device_id);
    for name in ["final_score", "tof_score", "spectral_score"] {
        frame["fusion"][name] = json!(score);
    }
    frame["fusion"]["final_grade"] = Value::Null;
    frame
}

/// A station that has been welcomed.
pub async fn station(server: &TestServer) -> Client {
    welcomed(server, "/ws/sensors/").await
}

/// Checks that `frame` contains every value of `expected`; it may have more keys. Numbers are compared as numbers.
pub fn assert_holds(frame: &Value, expected: &Value, path: &str) {
    match (frame, expected) {
        (Value::Object(frame), Value::Object(expected)) => {
            for (key, value) in expected {
                let held = frame
                    .get(key)
                    .unwrap_or_else(|| panic!("{path}.{key} is missing"));
                assert_holds(held, value, &format!("{path}.{key}"));
            }
        }
        (Value::Array(frame), Value::Array(expected)) => {
            assert_eq!(frame.len(), expected.len(), "{path}");
            for (index, (held, value)) in frame.iter().zip(expected).enumerate() {
                assert_holds(held, value, &format!("{path}[{index}]"));
            }
        }
        (Value::Number(held), Value::Number(expected)) => {
            assert_eq!(held.as_f64(), expected.as_f64(), "{path}");
        }
        _ => assert_eq!(frame, expected, "{path}"),
    }
}
