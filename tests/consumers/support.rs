//! Lots with products.

use crate::{
    common::{
        readings::{meal, with},
        server::{DEADLINE, TestServer},
    },
    quality::{post, scored, station, welcomed},
};
use serde_json::{Value, json};
use ureq::{
    Agent,
    http::{Request, Response},
};

/// Feeds a lot to its end and lets a station claim it.
pub async fn claimed(server: &TestServer, lot: &str, simule: bool) {
    let mut producer = welcomed(server, "/ws/gavage").await;
    for number in 0..4 {
        let fields = json!({"pret_abattage": number == 3, "simule": simule});
        let answer = producer.ask(with(meal(lot, 1, number), fields)).await;
        assert_eq!(answer["type"], "ack");
    }
    producer.close().await;
    let path = format!("/api/sqal/pending-lots/{lot}/claim");
    let (status, _) = post(server, &path, json!({"station": "ESP32_LL_01"})).await;
    assert_eq!(status, 200);
}

/// Sends one sample for each score.
pub async fn scan(server: &TestServer, lot: &str, scores: &[f64], simule: bool) {
    let mut client = station(server).await;
    for (number, score) in scores.iter().enumerate() {
        let mut sample = scored(&format!("{lot}-{number}"), "ESP32_LL_01", *score);
        sample["simule"] = json!(simule);
        assert_eq!(client.ask(sample).await["type"], "ack");
    }
    client.close().await;
}

pub async fn finish(server: &TestServer, lot: &str) {
    let path = format!("/api/sqal/pending-lots/{lot}/finish");
    let (status, _) = post(server, &path, json!({"par": "Jean"})).await;
    assert_eq!(status, 200);
}

/// A lot that was controlled, with one product for each score that allows one.
pub async fn inspected(server: &TestServer, lot: &str, scores: &[f64], simule: bool) {
    claimed(server, lot, simule).await;
    scan(server, lot, scores, simule).await;
    finish(server, lot).await;
}

/// The products of a lot, newest first.
pub async fn products(server: &TestServer, lot: &str) -> Vec<Value> {
    let path = format!("/api/consumer/products?code_lot={lot}");
    serde_json::from_value(server.get(&path).await).unwrap()
}

/// The code of the newest product of a lot.
pub async fn code(server: &TestServer, lot: &str) -> String {
    products(server, lot).await[0]["qr_code"]
        .as_str()
        .unwrap()
        .to_owned()
}

/// Sends a request that may have any headers, and follows no redirection.
pub async fn send(request: Request<String>) -> Response<String> {
    let config = Agent::config_builder()
        .timeout_global(Some(DEADLINE))
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .proxy(None);
    let client = Agent::from(config.build());
    let asking = tokio::task::spawn_blocking(move || {
        let (head, body) = client.run(request).unwrap().into_parts();
        let body = body.into_with_config().read_to_string().unwrap();
        Response::from_parts(head, body)
    });
    asking.await.unwrap()
}

/// Sends a rating of a code as older clients do, from an address that a trusted proxy names.
pub async fn rate(server: &TestServer, code: &str, from: &str, fields: Value) -> (u16, Value) {
    let mut body = json!({"qr_code": code, "overall_rating": 4});
    for (name, value) in fields.as_object().unwrap() {
        body[name] = value.clone();
    }
    let request = Request::post(server.url("/api/consumer/feedback"))
        .header("content-type", "application/json")
        .header("x-forwarded-for", from);
    let answer = send(request.body(body.to_string()).unwrap()).await;
    let body = serde_json::from_str(answer.body()).unwrap_or_default();
    (answer.status().as_u16(), body)
}

/// A GET, with its whole answer.
pub async fn page(server: &TestServer, path: &str) -> Response<String> {
    send(Request::get(server.url(path)).body(String::new()).unwrap()).await
}
