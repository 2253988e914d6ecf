//! The faults of the control panel: of each what must be seen.

use crate::{
    common::{
        client::Client,
        http::{post, send},
        readings::{meal, with},
        server::{TestServer, ask, settings, until},
    },
    process::{data_dir, reachable_directory},
};
use gaveurs::app::Application;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::{Instant, sleep};
use ureq::http::Request;

const FAULTS: &str = "/api/control/pannes";
/// A meal of each lot every half second.
const DAY_A_SECOND: u32 = 86_400;

async fn told(server: &TestServer, path: &str, body: Value) -> (u16, Value) {
    let answer = post(&server.url(path), body).await;
    let status = answer.status().as_u16();
    (status, serde_json::from_str(answer.body()).unwrap())
}

/// A server whose panel feeds lots; returns the code of the first one that is fed.
async fn feeding(flags: &[&str], lots: u32) -> (TestServer, String) {
    let server = TestServer::start_with(&[&["--control"], flags].concat()).await;
    let body = json!({"nb_lots": lots, "acceleration": DAY_A_SECOND});
    let (status, answer) = told(&server, "/api/control/gavage/start", body).await;
    assert_eq!(status, 200, "{answer}");
    let mut codes = Vec::new();
    until("lots are fed", async || {
        let listed = server.get(FAULTS).await["cibles"]["gavage"].clone();
        codes = listed.as_array().cloned().unwrap_or_default();
        codes.len() == lots as usize
    })
    .await;
    let first = codes[0].as_str().unwrap().to_owned();
    (server, first)
}

/// Makes a fault of one lot, and returns its number.
async fn make(server: &TestServer, kind: &str, lot: Option<&str>, parameters: Value) -> u64 {
    let mut target = json!({"simulateur": "gavage"});
    if let Some(lot) = lot {
        target["code_lot"] = json!(lot);
    }
    let body = json!({"type": kind, "cible": target, "duree_s": 60, "parametres": parameters});
    let (status, answer) = told(server, FAULTS, body).await;
    assert_eq!(status, 200, "{answer}");
    answer["id"].as_u64().unwrap()
}

async fn end(server: &TestServer, id: u64) -> u16 {
    let request = Request::delete(server.url(&format!("{FAULTS}/{id}")));
    send(request.body(()).unwrap())
        .await
        .unwrap()
        .status()
        .as_u16()
}

/// What the panel says of the lots that are fed.
async fn gavage(server: &TestServer) -> Value {
    server.get("/api/control/status").await["simulators"]["gavage"].clone()
}

async fn acked(server: &TestServer) -> u64 {
    let stats = &gavage(server).await["stats"];
    stats["messages_sent"].as_u64().unwrap()
}

async fn meals(server: &TestServer, lot: &str) -> i64 {
    let count = format!("SELECT count(*) FROM gavage_data WHERE code_lot = '{lot}'");
    server.count(&count).await
}

/// The meals of a lot in the order in which they came, each as its number in the life of the lot.
async fn in_order_of_arrival(server: &TestServer, lot: &str) -> Vec<i64> {
    let query = format!(
        "SELECT jour * 2 + (moment = 'soir')::int AS meal FROM gavage_data WHERE code_lot = '{lot}' ORDER BY id"
    );
    let rows = server.rows(&query).await;
    rows.iter()
        .map(|row| row["meal"].as_i64().unwrap())
        .collect()
}

/// The numbers of the meals of a lot that a screen is shown, as long as `goes_on`.
async fn shown(screen: &mut Client, lot: &str, count: usize) -> Vec<i64> {
    let mut shown = Vec::new();
    while shown.len() < count {
        let data = screen.next_of("gavage_realtime").await["data"].clone();
        if data["code_lot"] == lot {
            let evening = i64::from(data["moment"] == "soir");
            shown.push(data["jour"].as_i64().unwrap() * 2 + evening);
        }
    }
    shown
}

fn is_gapless(numbers: &[i64]) -> bool {
    numbers.windows(2).all(|two| two[1] == two[0] + 1)
}

#[actix_web::test]
async fn a_cut_is_seen_as_an_abnormal_closure_and_afterwards_every_meal_came_once_in_order() {
    let (server, lot) = feeding(&[], 2).await;
    let mut screen = server.connect("/ws/realtime/").await;
    screen.next_of("snapshot").await;
    let id = make(&server, "coupure", None, json!({})).await;
    until("the server sees it", async || {
        let reasons = server.get("/ws-metrics").await["server"]["reasons_total"].clone();
        reasons["abnormal_closure"] == 1
    })
    .await;
    let before = acked(&server).await;
    sleep(Duration::from_millis(1_200)).await;
    assert_eq!(
        acked(&server).await,
        before,
        "nothing is sent while it is cut"
    );
    assert_eq!(end(&server, id).await, 200);
    let shown = shown(&mut screen, &lot, 6).await;
    assert!(is_gapless(&shown), "{shown:?}");
    let stored = in_order_of_arrival(&server, &lot).await;
    assert!(
        stored.len() >= 6 && stored[0] == 0 && is_gapless(&stored),
        "{stored:?}"
    );
    assert_eq!(server.count("SELECT count(*) FROM repas_versions").await, 0);
    server.stop().await;
}

#[actix_web::test]
async fn a_silent_lot_raises_an_alert_that_its_next_meal_closes_while_the_others_are_fed() {
    let (server, lot) = feeding(&[], 2).await;
    until("the lot has a rhythm", async || {
        meals(&server, &lot).await >= 5
    })
    .await;
    let id = make(&server, "silence", Some(&lot), json!({})).await;
    let alerts = |open: &str| {
        format!(
            "SELECT count(*) FROM alertes WHERE type = 'flux_muet' AND code_lot = '{lot}' AND fermee_le IS {open}"
        )
    };
    let silent = meals(&server, &lot).await;
    until("the alert is raised", async || {
        server.count(&alerts("NULL")).await == 1
    })
    .await;
    assert!(meals(&server, &lot).await <= silent + 1);
    assert!(
        acked(&server).await as i64 > silent * 2 + 10,
        "the other lot is fed"
    );
    assert_eq!(
        gavage(&server).await["stats"]["errors"],
        0,
        "the connection is open"
    );
    assert_eq!(end(&server, id).await, 200);
    until("the alert is closed", async || {
        server.count(&alerts("NOT NULL")).await == 1
    })
    .await;
    let stored = in_order_of_arrival(&server, &lot).await;
    assert!(is_gapless(&stored), "{stored:?}");
    server.stop().await;
}

#[actix_web::test]
async fn a_lot_out_of_range_raises_one_critical_alert_of_each_kind() {
    let (server, lot) = feeding(&[], 1).await;
    make(&server, "hors_plage", Some(&lot), json!({})).await;
    let before = meals(&server, &lot).await;
    until("some meals are out of range", async || {
        meals(&server, &lot).await >= before + 5
    })
    .await;
    let query = format!(
        "SELECT type, count(*) AS n FROM alertes WHERE code_lot = '{lot}' AND severite = 'critical' AND type IN ('ecart_dose', 'temperature', 'poids_repas') GROUP BY type ORDER BY type"
    );
    let expected = ["ecart_dose", "poids_repas", "temperature"];
    let expected = expected.map(|kind| json!({"type": kind, "n": 1}));
    assert_eq!(server.rows(&query).await, expected);
    server.stop().await;
}

#[actix_web::test]
async fn an_invalid_message_is_answered_with_its_field_and_the_connection_stays_open() {
    let (server, lot) = feeding(&[], 1).await;
    let mut log = server.connect("/api/control-panel/ws/logs/gavage").await;
    make(&server, "invalide", Some(&lot), json!({})).await;
    let mut refusals = Vec::new();
    while refusals.len() < 4 {
        let line = log.next().await;
        if line["code"] == "damage_refused" {
            refusals.push(line["valeurs"]["reason"].as_str().unwrap().to_owned());
        }
    }
    let says = |what: &str| {
        let of_dose = refusals.iter().filter(|one| one.contains("`dose_reelle`"));
        of_dose.filter(|one| one.contains(what)).count()
    };
    assert_eq!(
        (says("not NaN"), says("is missing")),
        (2, 2),
        "{refusals:?}"
    );
    let stored = in_order_of_arrival(&server, &lot).await;
    assert!(
        is_gapless(&stored),
        "every whole meal is stored: {stored:?}"
    );
    let closed = server.get("/ws-metrics").await["server"]["closed_total"].clone();
    assert_eq!(closed, 0, "nobody was closed");
    server.stop().await;
}

#[actix_web::test]
async fn a_meal_that_comes_three_times_is_one_row_one_frame_and_three_acks() {
    let (server, lot) = feeding(&[], 1).await;
    let mut screen = server.connect("/ws/realtime/").await;
    screen.next_of("snapshot").await;
    let id = make(&server, "doublon", Some(&lot), json!({"fois": 3})).await;
    let shown = shown(&mut screen, &lot, 5).await;
    assert!(is_gapless(&shown), "each is shown once: {shown:?}");
    assert_eq!(end(&server, id).await, 200);
    assert_eq!(
        told(&server, "/api/control/gavage/stop", json!({})).await.0,
        200
    );
    let (acks, rows) = (acked(&server).await as i64, meals(&server, &lot).await);
    assert!(
        acks - rows >= 2 * 4 && (acks - rows) % 2 == 0,
        "{acks} acks of {rows} meals"
    );
    assert_eq!(server.count("SELECT count(*) FROM repas_versions").await, 0);
    server.stop().await;
}

/// Whether the state of the lot went back meanwhile, until a fault that lasted for some meals is over and all held back has come.
async fn state_goes_on_under(kind: &str, parameters: Value) {
    let (server, lot) = feeding(&[], 1).await;
    let id = make(&server, kind, Some(&lot), parameters).await;
    let state = format!(
        "SELECT (jour_actuel * 2 + (moment_actuel = 'soir')::int)::bigint FROM lots_gavage WHERE code_lot = '{lot}'"
    );
    let (mut latest, mut has_ended) = (0, false);
    until("the history is whole", async || {
        let now = server.count(&state).await;
        assert!(now >= latest, "{latest} became {now}");
        latest = now;
        if now >= 8 && !has_ended {
            has_ended = end(&server, id).await == 200;
        }
        let stored = in_order_of_arrival(&server, &lot).await;
        let mut sorted = stored.clone();
        sorted.sort_unstable();
        has_ended && sorted.len() >= 12 && is_gapless(&sorted) && sorted != stored
    })
    .await;
    server.stop().await;
}

#[actix_web::test]
async fn meals_that_come_late_are_overtaken_and_the_state_of_the_lot_never_goes_back() {
    state_goes_on_under("retard", json!({"retard_s": 2})).await;
}

#[actix_web::test]
async fn shuffled_meals_are_all_stored_and_the_state_of_the_lot_never_goes_back() {
    state_goes_on_under("desordre", json!({"parmi": 5})).await;
}

#[actix_web::test]
async fn a_time_without_a_zone_is_read_in_the_servers_and_one_of_another_season_is_flagged() {
    let (server, lot) = feeding(&["--doubtful-clock-days", "60"], 1).await;
    let clock = |hours: i32| json!({"heures": hours, "sans_zone": true});
    let id = make(&server, "horloge", Some(&lot), clock(3)).await;
    let last = format!("FROM gavage_data WHERE code_lot = '{lot}' AND horodatage NOT LIKE '%Z'");
    let ahead = format!(
        "SELECT extract(epoch FROM time - recu_le)::bigint AS s, horloge_douteuse, horodatage {last}"
    );
    let mut rows = Vec::new();
    until("a meal is ahead", async || {
        rows = server.rows(&ahead).await;
        !rows.is_empty()
    })
    .await;
    let seconds = rows[0]["s"].as_i64().unwrap();
    assert!(
        (3 * 3_600 - 10..=3 * 3_600 + 1).contains(&seconds),
        "{rows:?}"
    );
    assert_eq!(rows[0]["horloge_douteuse"], false);
    assert_eq!(end(&server, id).await, 200);
    make(&server, "horloge", Some(&lot), clock(-1_500)).await;
    let flagged = format!("SELECT count(*) {last} AND horloge_douteuse");
    until("an old one is flagged", async || {
        server.count(&flagged).await > 0
    })
    .await;
    server.stop().await;
}

#[actix_web::test]
async fn a_correction_keeps_the_first_version_and_opens_an_episode() {
    let (server, lot) = feeding(&[], 1).await;
    make(&server, "correction", Some(&lot), json!({"facteur": 0.6})).await;
    let kept = format!(
        "SELECT count(*) FROM repas_versions v JOIN gavage_data g USING (lot_id, jour, moment)
         WHERE g.code_lot = '{lot}' AND g.dose_reelle < 0.61 * v.dose_reelle AND v.dose_reelle > 0.8 * v.dose_theorique"
    );
    until("first versions are kept", async || {
        server.count(&kept).await >= 2
    })
    .await;
    let episode = format!(
        "SELECT count(*) FROM alertes WHERE code_lot = '{lot}' AND type = 'ecart_dose' AND severite = 'critical' AND mesure <= -39"
    );
    until("the episode follows", async || {
        server.count(&episode).await >= 1
    })
    .await;
    server.stop().await;
}

#[actix_web::test]
async fn under_a_burst_acks_go_on_and_a_slow_screen_gets_the_newest_and_a_gap() {
    let (server, lot) = feeding(&["--outbox-frames", "8", "--stall-timeout", "30s"], 1).await;
    let mut slow = Client::with_small_buffers(server.address(), "/ws/realtime/").await;
    slow.next_of("snapshot").await;
    let begun = Instant::now();
    make(&server, "rafale", Some(&lot), json!({"par_seconde": 100})).await;
    let before = acked(&server).await;
    until("acks go on", async || acked(&server).await >= before + 600).await;
    assert!(
        begun.elapsed() < Duration::from_secs(10),
        "{:?}",
        begun.elapsed()
    );
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
        begun.elapsed() < Duration::from_secs(14),
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
