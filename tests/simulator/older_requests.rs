//! Every request that the two older control panels send, as they send it, and the fields that they read of its answer.

use crate::common::{
    http::send,
    server::{TestServer, until},
};
use serde_json::{Value, json};
use ureq::http::Request;

/// Sends it with a JSON body, or without body and content type if there is none.
async fn asked(server: &TestServer, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
    let request = Request::builder().method(method).uri(server.url(path));
    let answer = match body {
        None => send(request.body(()).unwrap()).await,
        Some(body) => {
            let request = request.header("content-type", "application/json");
            send(request.body(body.to_string()).unwrap()).await
        }
    };
    let answer = answer.unwrap();
    let told = serde_json::from_str(answer.body()).unwrap();
    (answer.status().as_u16(), told)
}

/// Asserts that it is answered with these fields, which are separated by commas, and returns the answer.
async fn answers(
    server: &TestServer,
    (method, path): (&str, &str),
    body: Option<Value>,
    fields: &str,
) -> Value {
    let (status, told) = asked(server, method, path, body).await;
    assert_eq!(status, 200, "{method} {path}: {told}");
    let one = told.get(0).unwrap_or(&told);
    for field in fields.split(", ") {
        assert!(one.get(field).is_some(), "{method} {path}: {field}: {told}");
    }
    told
}

const DONE: &str = "success, message";

#[actix_web::test]
async fn every_request_of_the_panel_is_answered_with_what_it_reads() {
    let server = TestServer::start_with(&["--control"]).await;
    let starts = [
        ("gavage", json!({"nb_lots": 1, "acceleration": 86_400})),
        (
            "monitor",
            json!({"polling_interval": 60, "samples_per_lot": 5}),
        ),
        (
            "sqal",
            json!({"device_id": "ESP32_LL_01", "interval": 30, "nb_samples": 50, "lot_id": null}),
        ),
        (
            "consumer",
            json!({"interval": 10, "num_feedbacks": null, "code_lot": "", "profile": "negative"}),
        ),
    ];
    let control = |name: &str, verb: &str| format!("/api/control/{name}/{verb}");
    for (name, body) in starts {
        for body in [Some(body), None] {
            let (start, stop) = (control(name, "start"), control(name, "stop"));
            let done = answers(&server, ("POST", &start), body, DONE).await;
            assert_eq!(done["success"], true);
            let (status, refused) = asked(&server, "POST", &start, None).await;
            assert_eq!(status, 409, "{refused}");
            assert!(refused["detail"].is_string(), "{refused}");
            answers(&server, ("POST", &stop), None, DONE).await;
            let (status, refused) = asked(&server, "POST", &stop, None).await;
            assert_eq!(status, 404, "{refused}");
            assert!(refused["detail"].is_string(), "{refused}");
        }
    }
    let status = ("GET", "/api/control/status");
    let told = answers(&server, status, None, "timestamp, simulators").await;
    for name in ["gavage", "monitor", "sqal", "consumer"] {
        let one = &told["simulators"][name];
        for field in ["status", "running", "uptime", "stats", "last_error"] {
            assert!(one.get(field).is_some(), "{name}: {field}: {one}");
        }
        for field in ["messages_sent", "errors", "uptime_seconds"] {
            assert!(one["stats"][field].is_u64(), "{name}: {field}: {one}");
        }
    }
    answers(&server, ("GET", "/api/control/sqal/logs"), None, "logs").await;
    let start = control("gavage", "start");
    answers(&server, ("POST", &start), None, DONE).await;
    let latest = ("GET", "/api/control/gavage/latest-lot");
    until("a lot is fed", async || {
        server.status(latest.1).await == 200
    })
    .await;
    let latest = answers(&server, latest, None, "code_lot, lot_id").await;
    let ensure = ("POST", "/api/control/sqal/ensure-lot");
    let body = json!({"code_lot": latest["code_lot"]});
    let ensured = answers(&server, ensure, Some(body), "code_lot, lot_id").await;
    assert_eq!(ensured["lot_id"], latest["lot_id"]);
    let all = ("POST", "/api/control/stop-all");
    answers(&server, all, None, "success, stopped, errors").await;
    server.stop().await;
}

const STATUS: &str =
    "device_id, container_name, status, created_at, started_at, uptime_seconds, location, interval";

#[actix_web::test]
async fn every_request_of_the_panel_for_containers_is_answered_with_what_it_reads() {
    let server = TestServer::start_with(&["--control"]).await;
    let at = |path: &str| format!("/api/control-panel/{path}");
    for (path, fields) in [
        ("health", "docker_available, backend_healthy"),
        (
            "stats",
            "total_simulators, running_simulators, stopped_simulators, error_simulators, docker_available, backend_healthy",
        ),
        ("simulators/list", STATUS),
        ("simulators/status/gavage", STATUS),
        ("simulators/logs/gavage?tail=100", "logs"),
        ("gavage/status", "status"),
        ("consumer/status", "status"),
        ("orchestrate/status", "running, simulators"),
    ] {
        answers(&server, ("GET", &at(path)), None, fields).await;
    }
    let device = json!({
        "device_id": "ESP32_MT_01", "location": "Maubourguet", "interval": 30, "nb_samples": 50,
        "backend_url": "ws://backend:8000", "config_profile": "foiegras_standard_barquette", "force": true,
    });
    let path = at("simulators/start");
    let started = answers(&server, ("POST", &path), Some(device), DONE).await;
    let said = started["message"].as_str().unwrap();
    assert!(
        said.contains("backend_url") && said.contains("config_profile"),
        "what has no effect is said: {said}"
    );
    let path = at("simulators/status/ESP32_MT_01");
    let running = answers(&server, ("GET", &path), None, STATUS).await;
    assert_eq!(
        (&running["status"], &running["container_name"]),
        (&json!("running"), &json!("interne:ESP32_MT_01"))
    );
    let path = at("simulators/stop");
    let body = json!({"device_id": "ESP32_MT_01"});
    answers(&server, ("POST", &path), Some(body), DONE).await;
    for name in ["gavage", "consumer"] {
        for verb in ["start", "stop"] {
            let path = at(&format!("{name}/{verb}"));
            answers(&server, ("POST", &path), None, DONE).await;
        }
    }
    let path = at("orchestrate/start");
    answers(&server, ("POST", &path), None, "success, started, errors").await;
    for path in ["orchestrate/stop-all", "simulators/stop-all"] {
        answers(
            &server,
            ("POST", &at(path)),
            None,
            "success, stopped, errors",
        )
        .await;
    }
    let path = at("scenarios/start");
    let scenario = json!({"scenario": "charge"});
    answers(&server, ("POST", &path), Some(scenario), DONE).await;
    server.stop().await;
}
