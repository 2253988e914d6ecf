//! The control panel: simulators inside a real server, started over HTTP, watched over its socket.

use crate::common::{
    client::Client,
    database::TestDatabase,
    http::{post, send},
    readings::{meal, with},
    server::{TestServer, until},
};
use gaveurs::domain::{access::Role, grant::Grant};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Error;
use ureq::http::{Request, Response};

const ALL: [&str; 4] = ["gavage", "monitor", "sqal", "consumer"];

async fn panel() -> TestServer {
    TestServer::start_with(&["--control"]).await
}

async fn ask(server: &TestServer, path: &str, body: Value) -> (u16, Value) {
    let answer = post(&server.url(path), body).await;
    let status = answer.status().as_u16();
    (status, serde_json::from_str(answer.body()).unwrap())
}

/// Sends a POST as the older panel does: without body and content type.
async fn press(server: &TestServer, path: &str) -> (u16, Value) {
    ask(server, path, Value::Null).await
}

/// The next frame in which the simulator is as expected.
async fn until_it_is(
    socket: &mut Client,
    simulator: &str,
    holds: impl Fn(&Value) -> bool,
) -> Value {
    loop {
        let frame = socket.next().await;
        if holds(&frame["simulators"][simulator]) {
            return frame["simulators"][simulator].clone();
        }
    }
}

/// Codes of all lots, and whether everything that is stored is simulated.
async fn stored(server: &TestServer) -> (Vec<String>, bool) {
    let lots = server
        .rows("SELECT code_lot FROM lots_gavage ORDER BY substr(code_lot, 7)")
        .await;
    let real = "SELECT (SELECT count(*) FROM gavage_data WHERE NOT simule)
        + (SELECT count(*) FROM sensor_samples WHERE NOT simule)";
    let codes = lots
        .iter()
        .map(|lot| lot["code_lot"].as_str().unwrap().to_owned());
    (codes.collect(), server.count(real).await == 0)
}

#[actix_web::test]
async fn lots_are_fed_and_inspected_from_the_panel_and_every_row_is_simulated_and_recorded() {
    let server = panel().await;
    let mut socket = server.connect("/api/control/ws").await;
    let first = socket.next().await;
    assert_eq!(first.as_object().unwrap().len(), 2, "{first}");
    for simulator in ALL {
        let one = &first["simulators"][simulator];
        assert_eq!(
            (&one["status"], &one["running"]),
            (&json!("stopped"), &json!(false))
        );
    }
    let body = json!({"nb_lots": 3, "acceleration": 86_400, "par": "Anne"});
    let (status, answer) = ask(&server, "/api/control/gavage/start", body).await;
    assert_eq!(
        (status, &answer["success"]),
        (200, &json!(true)),
        "{answer}"
    );
    until_it_is(&mut socket, "gavage", |one| one["running"] == true).await;
    let body = json!({"polling_interval": 1, "samples_per_lot": 3});
    assert_eq!(
        ask(&server, "/api/control/monitor/start", body).await.0,
        200
    );

    let refused = press(&server, "/api/control/gavage/start").await;
    assert_eq!(refused.0, 409);
    assert!(
        refused.1["detail"]
            .as_str()
            .unwrap()
            .contains("stop it first")
    );

    let acked = until_it_is(&mut socket, "gavage", |one| {
        one["stats"]["messages_sent"] != 0
    })
    .await;
    assert_eq!(acked["stats"]["errors"], 0);
    until_it_is(&mut socket, "monitor", |one| {
        one["stats"]["messages_sent"] != 0
    })
    .await;
    let (status, answer) = press(&server, "/api/control/stop-all").await;
    assert_eq!(
        (status, answer),
        (
            200,
            json!({"success": true, "stopped": ["gavage", "monitor"], "errors": []})
        )
    );
    let last = until_it_is(&mut socket, "gavage", |one| one["running"] == false).await;
    let stored_meals = server.count("SELECT count(*) FROM gavage_data").await;
    assert_eq!(last["stats"]["messages_sent"], stored_meals, "{last}");

    let (codes, all_simulated) = stored(&server).await;
    assert!(codes.len() >= 3 && all_simulated, "{codes:?}");
    let latest = server.get("/api/control/gavage/latest-lot").await;
    assert!(codes.contains(&latest["code_lot"].as_str().unwrap().to_owned()));
    let known = json!({"code_lot": codes[0]});
    assert_eq!(
        ask(&server, "/api/control/sqal/ensure-lot", known).await.0,
        200
    );
    let unknown = json!({"code_lot": "LL2611999"});
    assert_eq!(
        ask(&server, "/api/control/sqal/ensure-lot", unknown)
            .await
            .0,
        404
    );

    // The next run does not touch these lots.
    let (status, _) = press(&server, "/api/control/gavage/start").await;
    assert_eq!(status, 200);
    until("new lots follow", async || {
        stored(&server).await.0.len() > codes.len()
    })
    .await;
    let next = &stored(&server).await.0[codes.len()];
    let sequence = |code: &str| code[6..].parse::<u32>().unwrap();
    assert_eq!(sequence(next), sequence(codes.last().unwrap()) + 1);
    assert_eq!(press(&server, "/api/control/gavage/stop").await.0, 200);

    let journal = server
        .rows(
            "SELECT par, action, parametres->>'simulateur' AS of FROM control_journal ORDER BY id",
        )
        .await;
    assert_eq!(
        Value::from(journal),
        json!([
            {"par": "Anne", "action": "start", "of": "gavage"},
            {"par": "anyone", "action": "start", "of": "monitor"},
            {"par": "anyone", "action": "stop-all", "of": null},
            {"par": "anyone", "action": "start", "of": "gavage"},
            {"par": "anyone", "action": "stop", "of": "gavage"},
        ])
    );
    let change = server.database.client().await;
    assert!(
        change
            .execute("DELETE FROM control_journal", &[])
            .await
            .is_err()
    );
    socket.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn the_station_of_the_older_chain_inspects_one_lot_and_ends() {
    let server = panel().await;
    let mut producer = server.connect("/ws/gavage").await;
    producer.next().await;
    for number in 0..2 {
        let last = json!({"pret_abattage": number == 1, "simule": true});
        producer.ask(with(meal("MT2611001", 3, number), last)).await;
    }
    let mut socket = server.connect("/api/control/ws").await;
    let mut log = server.connect("/api/control-panel/ws/logs/sqal").await;
    let body = json!({"device_id": "ESP32_DEMO_01", "interval": 1, "nb_samples": 2, "lot_id": 1, "force": true});
    let (status, answer) = ask(&server, "/api/control-panel/simulators/start", body).await;
    assert!(
        status == 200 && answer["message"].as_str().unwrap().contains("no effect"),
        "{answer}"
    );
    let of_device = server
        .get("/api/control-panel/simulators/status/ESP32_DEMO_01")
        .await;
    assert_eq!(of_device["container_name"], "interne:ESP32_DEMO_01");
    let ended = until_it_is(&mut socket, "sqal", |one| {
        one["running"] == false && one["stats"]["messages_sent"] == 2
    })
    .await;
    assert_eq!(
        (&ended["status"], &ended["last_error"]),
        (&json!("stopped"), &json!(null))
    );
    let graded = "SELECT statut FROM sqal_pending_lots WHERE terminee_le IS NOT NULL";
    assert_eq!(server.rows(graded).await.len(), 1);
    let mut lines = Vec::new();
    while !lines
        .last()
        .is_some_and(|line: &String| line.starts_with("ended"))
    {
        let line = log.next().await;
        assert_eq!(line["device_id"], "sqal", "{line}");
        lines.push(line["message"].as_str().unwrap().to_owned());
    }
    assert!(
        lines.contains(&"ESP32_DEMO_01 inspects MT2611001".to_owned()),
        "{lines:?}"
    );
    let logs = server
        .get("/api/control-panel/simulators/logs/ESP32_DEMO_01?tail=2")
        .await;
    assert_eq!(logs["logs"].as_array().unwrap().len(), 2, "{logs}");
    assert_eq!(
        server
            .status("/api/control-panel/simulators/logs/sqal?tail=501")
            .await,
        400
    );
    let whole = server.get("/api/control/sqal/logs").await;
    assert_eq!(whole["logs"].as_array().unwrap().len(), lines.len());
    for client in [producer, socket, log] {
        client.close().await;
    }
    server.finish().await;
}

#[actix_web::test]
async fn what_is_not_offered_is_said_and_not_pretended() {
    let server = panel().await;
    let health = server.get("/api/control-panel/health").await;
    assert_eq!(health["docker_available"], false, "{health}");
    let (status, answer) = press(&server, "/api/control/sqal/stop").await;
    assert_eq!(
        (status, &answer["detail"]),
        (404, &json!("sqal is not running"))
    );
    assert_eq!(press(&server, "/api/control/canards/start").await.0, 404);
    let (status, answer) = ask(&server, "/api/control/gavage/start", json!({"nb_lots": 21})).await;
    assert!(
        status == 422 && answer["detail"].as_str().unwrap().contains("nb_lots"),
        "{answer}"
    );
    let (status, answer) = press(&server, "/api/control-panel/orchestrate/start").await;
    assert_eq!(
        (status, &answer["started"]),
        (200, &json!(["gavage", "monitor", "consumer"])),
        "{answer}"
    );
    assert_eq!(
        server.get("/api/control-panel/stats").await["running_simulators"],
        3
    );
    // Nothing that runs keeps the server from stopping.
    server.stop().await;
}

#[actix_web::test]
async fn beside_real_data_nothing_is_simulated_unless_the_server_was_told_so() {
    let server = panel().await;
    let mut producer = server.connect("/ws/gavage").await;
    producer.next().await;
    let now = json!({"timestamp": jiff::Timestamp::now().to_string()});
    producer.ask(with(meal("LL2611001", 1, 0), now)).await;
    producer.close().await;
    let (status, answer) = press(&server, "/api/control/gavage/start").await;
    assert_eq!(status, 409);
    assert!(
        answer["detail"]
            .as_str()
            .unwrap()
            .contains("--control-beside-real-data")
    );
    let database = server.finish().await;
    let server = TestServer::start_on(database, &["--control", "--control-beside-real-data"]).await;
    assert_eq!(press(&server, "/api/control/gavage/start").await.0, 200);
    server.stop().await;
}

#[actix_web::test]
async fn a_server_that_was_not_asked_for_it_has_no_panel() {
    let server = TestServer::start().await;
    for path in [
        "/api/control/status",
        "/api/control-panel/health",
        "/controle",
    ] {
        assert_eq!(server.status(path).await, 404, "{path}");
    }
    assert_eq!(press(&server, "/api/control/gavage/start").await.0, 404);
    let refused = Client::try_connect(server.address(), "/api/control/ws").await;
    assert!(matches!(refused, Err(Error::Http(answer)) if answer.status() == 404));
    server.finish().await;
}

#[actix_web::test]
async fn with_authentication_the_panel_is_an_admins_and_its_simulators_have_a_key_of_their_own() {
    let server = TestServer::start_with(&["--control", "--auth", "on"]).await;
    let admin = server.key(&Grant::new(Role::Admin), None).await;
    let station = server.key(&Grant::new(Role::Simulateur), None).await;
    let as_holder = async |key: &str, path: &str| -> Response<String> {
        let request = Request::post(server.url(path));
        let request = request.header("authorization", format!("Bearer {key}"));
        send(request.body(()).unwrap()).await.unwrap()
    };
    let start = "/api/control/gavage/start";
    assert_eq!(as_holder(station.reveal(), start).await.status(), 403);
    assert_eq!(press(&server, start).await.0, 401);
    assert_eq!(as_holder(admin.reveal(), start).await.status(), 200);
    let monitor = "/api/control/monitor/start";
    assert_eq!(as_holder(admin.reveal(), monitor).await.status(), 200);
    until("meals are stored", async || {
        server
            .count("SELECT count(*) FROM gavage_data WHERE simule")
            .await
            > 0
    })
    .await;
    let recorded = server.rows("SELECT par FROM control_journal").await;
    assert!(
        recorded.iter().all(|row| row["par"] == "essai"),
        "{recorded:?}"
    );
    server.stop().await;
}

/// What a browser asks before a page that was opened from a file may post.
async fn preflight(server: &TestServer, method: &str) -> Response<String> {
    let request = Request::options(server.url("/api/control/gavage/start"))
        .header("origin", "null")
        .header("access-control-request-method", method)
        .header("access-control-request-headers", "content-type");
    send(request.body(()).unwrap()).await.unwrap()
}

#[actix_web::test]
async fn a_page_from_a_file_may_use_the_panel_if_the_server_names_its_origin() {
    let server = panel().await;
    assert_eq!(preflight(&server, "POST").await.status(), 400);
    server.finish().await;
    let server = TestServer::start_on(
        TestDatabase::create_bare().await,
        &["--control", "--cors-origins", "null"],
    )
    .await;
    for method in ["POST", "DELETE"] {
        let allowed = preflight(&server, method).await;
        assert_eq!(allowed.status(), 200, "{method}");
        assert_eq!(allowed.headers()["access-control-allow-origin"], "null");
    }
    let origin = ("origin", "null");
    let mut socket = Client::with_header(server.address(), "/api/control/ws", origin).await;
    let frame = socket.next().await;
    assert_eq!(frame["simulators"]["gavage"]["status"], "stopped");
    // Every two seconds, also while nothing happens.
    let next = socket.next().await;
    assert_ne!(frame["timestamp"], next["timestamp"]);
    socket.close().await;
    server.finish().await;
}
