//! The faults of the control panel that concern screens, stations and the database, and which faults are refused and when they end.

use crate::{
    common::{
        client::Client,
        http::{post, send},
        readings::{meal, with},
        server::{TestServer, ask, settings, until},
    },
    faults::{DAY_A_SECOND, FAULTS, acked, end, feeding, is_gapless, make, meals, shown, told},
    process::{data_dir, reachable_directory},
};
use gaveurs::app::Application;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::{Instant, sleep};
use ureq::http::Request;

#[actix_web::test]
async fn under_a_burst_acks_go_on_and_a_slow_screen_gets_the_newest_and_a_gap() {
    let (server, lot) = feeding(&["--outbox-frames", "8", "--stall-timeout", "30s"], 1).await;
    let mut slow = Client::with_small_buffers(server.address(), "/ws/realtime/").await;
    slow.next_of("snapshot").await;
    make(&server, "rafale", Some(&lot), json!({"par_seconde": 100})).await;
    let before = acked(&server).await;
    until("acks go on", async || acked(&server).await >= before + 600).await;
    let gap = slow.next_of("gap").await;
    assert!(gap.to_string().contains("skipped"), "{gap}");
    server.stop().await;
}

#[actix_web::test]
async fn a_screen_that_does_not_read_is_cut_as_slow_and_the_others_miss_nothing() {
    let flags = ["--outbox-bytes", "65536", "--stall-timeout", "300ms"];
    let (server, lot) = feeding(&flags, 1).await;
    let mut screen = server.connect("/ws/realtime/").await;
    screen.next_of("snapshot").await;
    let (status, answer) = told(
        &server,
        FAULTS,
        json!({"type": "ecran_lent", "duree_s": 60}),
    )
    .await;
    assert_eq!(status, 200, "{answer}");
    until("it is cut", async || {
        let metrics = server.get("/ws-metrics").await;
        metrics["server"]["reasons_total"]["slow_consumer"] == 1
    })
    .await;
    let stored = meals(&server, &lot).await as usize;
    let shown = shown(&mut screen, &lot, stored.saturating_sub(2).max(2)).await;
    assert!(is_gapless(&shown), "{shown:?}");
    server.stop().await;
}

#[actix_web::test]
async fn a_station_that_repeats_and_damages_and_is_cut_inspects_its_lot_whole_and_once() {
    let server = TestServer::start_with(&["--control"]).await;
    let body = json!({"stations": 1, "polling_interval": 1, "samples_per_lot": 12});
    assert_eq!(
        told(&server, "/api/control/monitor/start", body).await.0,
        200
    );
    let station = json!({"simulateur": "monitor", "device_id": "ESP32_LL_01"});
    let make = async |kind: &str| {
        let body = json!({"type": kind, "cible": station, "duree_s": 60});
        let (status, answer) = told(&server, FAULTS, body).await;
        assert_eq!(status, 200, "{answer}");
        answer["id"].as_u64().unwrap()
    };
    make("doublon").await;
    make("invalide").await;
    let mut producer = server.connect("/ws/gavage").await;
    producer.next().await;
    for number in 0..2 {
        let last = json!({"pret_abattage": number == 1, "simule": true});
        producer.ask(with(meal("LL2611001", 1, number), last)).await;
    }
    let foies = "SELECT count(*) FROM sensor_samples";
    until("some foies are scanned", async || {
        server.count(foies).await >= 3
    })
    .await;
    let cut = make("coupure").await;
    until("the server sees it", async || {
        let reasons = server.get("/ws-metrics").await["server"]["reasons_total"].clone();
        reasons["abnormal_closure"] == 1
    })
    .await;
    let before = server.count(foies).await;
    sleep(Duration::from_millis(1_000)).await;
    assert_eq!(server.count(foies).await, before);
    assert_eq!(end(&server, cut).await, 200);
    until("the lot is inspected", async || {
        let inspected = "SELECT count(*) FROM sqal_pending_lots WHERE terminee_le IS NOT NULL";
        server.count(inspected).await == 1
    })
    .await;
    assert_eq!(server.count(foies).await, 12);
    let status = server.get("/api/control/status").await["simulators"]["monitor"].clone();
    assert!(status["stats"]["errors"].as_u64() >= Some(12), "{status}");
    assert!(
        status["last_error"].as_str().unwrap().contains("device_id"),
        "{status}"
    );
    let silent = make("silence").await;
    let held = |one: Value| one["pannes"].as_array().unwrap().len();
    assert_eq!(held(server.get(FAULTS).await), 3);
    assert_eq!(end(&server, silent).await, 200);
    producer.close().await;
    server.stop().await;
}

#[actix_web::test]
async fn without_its_database_the_server_says_stale_and_503_and_what_was_acked_is_there_afterwards()
{
    let directory = reachable_directory();
    let data_dir = data_dir(&directory);
    let mut of_demo = settings("", &["--control", "--data-dir", &data_dir]);
    of_demo.database.database_url = None;
    of_demo.database.may_be_paused = true;
    let app = Application::build(&of_demo).await.unwrap();
    let address = app.address();
    let url = |path: &str| format!("http://{address}{path}");
    let body = json!({"nb_lots": 2, "acceleration": DAY_A_SECOND});
    assert_eq!(
        post(&url("/api/control/gavage/start"), body).await.status(),
        200
    );
    let mut screen = Client::connect(address, "/ws/realtime/").await;
    screen.next_of("gavage_realtime").await;
    let fault = json!({"type": "base_absente", "duree_s": 30});
    let made = post(&url(FAULTS), fault).await;
    assert_eq!(made.status(), 200, "{made:?}");
    let id: Value = serde_json::from_str(made.body()).unwrap();
    screen.next_of("stale").await;
    assert_eq!(ask(address, "/api/euralis/sites").await.0, 503);
    let request = Request::delete(url(&format!("{FAULTS}/{}", id["id"])));
    assert_eq!(send(request.body(()).unwrap()).await.unwrap().status(), 200);
    screen.next_of("gavage_realtime").await;
    // Stopped again, and stopped with the server: nothing stays behind.
    assert_eq!(
        post(&url("/api/control/gavage/stop"), json!({}))
            .await
            .status(),
        200
    );
    let status = ask(address, "/api/control/status").await.1;
    let acked = status["simulators"]["gavage"]["stats"]["messages_sent"].as_i64();
    let database = app.pool().get().await.unwrap();
    let count = database.query_one("SELECT count(*) FROM gavage_data", &[]);
    let rows: i64 = count.await.unwrap().get(0);
    assert!(Some(rows) >= acked && acked > Some(0), "{rows}, {acked:?}");
    drop(database);
    let fault = json!({"type": "base_absente", "duree_s": 30});
    assert_eq!(post(&url(FAULTS), fault).await.status(), 200);
    let begun = Instant::now();
    app.stop().await.unwrap();
    assert!(
        begun.elapsed() < Duration::from_secs(30),
        "{:?}",
        begun.elapsed()
    );
}

#[actix_web::test]
async fn what_cannot_be_made_is_refused_and_a_fault_ends_by_itself_or_with_its_simulator() {
    let (server, lot) = feeding(&[], 1).await;
    let of_lot = |lot: &str| json!({"simulateur": "gavage", "code_lot": lot});
    for (body, status, code) in [
        (
            json!({"type": "inondation", "duree_s": 5, "cible": of_lot(&lot)}),
            400,
            "bad_parameter",
        ),
        (
            json!({"type": "silence", "duree_s": 5_000, "cible": of_lot(&lot)}),
            400,
            "bad_parameter",
        ),
        (
            json!({"type": "silence", "duree_s": 5, "cible": {"simulateur": "monitor"}}),
            404,
            "simulator_stopped",
        ),
        (
            json!({"type": "silence", "duree_s": 5, "cible": of_lot("LL2611999")}),
            404,
            "no_target",
        ),
        (
            json!({"type": "base_absente", "duree_s": 5}),
            409,
            "database_not_ours",
        ),
    ] {
        let (answered, answer) = told(&server, FAULTS, body.clone()).await;
        assert_eq!(
            (answered, &answer["code"]),
            (status, &json!(code)),
            "{body}: {answer}"
        );
    }
    assert_eq!(end(&server, 99).await, 404);
    let silence = json!({"type": "silence", "duree_s": 1, "cible": of_lot(&lot), "par": "Anne"});
    let (first, second) = tokio::join!(
        told(&server, FAULTS, silence.clone()),
        told(&server, FAULTS, silence.clone())
    );
    let mut both = [first.0, second.0];
    both.sort_unstable();
    assert_eq!(both, [200, 409], "{first:?} {second:?}");
    let listed = server.get(FAULTS).await["pannes"].clone();
    assert_eq!(
        (&listed[0]["type"], &listed[0]["cible"]["code_lot"]),
        (&json!("silence"), &json!(lot)),
        "{listed}"
    );
    let none = async |server: &TestServer| server.get(FAULTS).await["pannes"] == json!([]);
    until("it ends by itself", async || none(&server).await).await;
    let id = make(&server, "retard", None, json!({})).await;
    assert_eq!(end(&server, id).await, 200);
    make(&server, "doublon", None, json!({})).await;
    assert_eq!(
        told(&server, "/api/control/gavage/stop", json!({})).await.0,
        200
    );
    until("it ends with its simulator", async || none(&server).await).await;
    let journal =
        "SELECT par, action, parametres->>'type' AS type FROM control_journal ORDER BY id";
    assert_eq!(
        Value::from(server.rows(journal).await),
        json!([
            {"par": "anyone", "action": "start", "type": null},
            {"par": "Anne", "action": "panne", "type": "silence"},
            {"par": "anyone", "action": "panne", "type": "retard"},
            {"par": "anyone", "action": "panne-arret", "type": null},
            {"par": "anyone", "action": "panne", "type": "doublon"},
            {"par": "anyone", "action": "stop", "type": null},
        ])
    );
    server.stop().await;
}
