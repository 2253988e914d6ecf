//! The faults that the control panel makes of the readings of lots: of each what must be seen.

use crate::{
    common::server::until,
    faults::{
        acked, end, feeding, gavage, in_order_of_arrival, is_gapless, make, meals, shown, told,
    },
};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::sleep;

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

/// Seconds by which the time of a meal, as REST tells it, was ahead of its arrival.
fn ahead(meal: &Value) -> i64 {
    let at = |field: &str| meal[field].as_str().unwrap().parse::<Timestamp>().unwrap();
    at("time").duration_since(at("recu_le")).as_secs()
}

#[actix_web::test]
async fn a_time_without_a_zone_is_read_in_the_servers_and_a_clock_more_than_two_hours_off_is_flagged()
 {
    let (server, lot) = feeding(&[], 1).await;
    for hours in [1, 3, -5] {
        let clock = json!({"heures": hours, "sans_zone": true});
        let id = make(&server, "horloge", Some(&lot), clock).await;
        let mut wrong = Value::Null;
        until("a meal is off", async || {
            let listed = server.get(&format!("/api/lots/{lot}/repas")).await;
            let mut meals = listed.as_array().unwrap().iter();
            let found = meals.find(|meal| (ahead(meal) - hours * 3_600).abs() < 60);
            wrong = found.cloned().unwrap_or_default();
            !wrong.is_null()
        })
        .await;
        let is_naive = !wrong["timestamp"].as_str().unwrap().ends_with('Z');
        assert!(is_naive && wrong["horloge_douteuse"] == false, "{wrong}");
        let mark = (hours.abs() > 2).then(|| ahead(&wrong));
        assert_eq!(wrong["horloge_ecart_s"], json!(mark), "{hours}");
        assert_eq!(end(&server, id).await, 200);
    }
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
        "SELECT count(*) FROM alertes WHERE code_lot = '{lot}' AND type = 'ecart_dose' AND severite = 'critical' AND mesure <= -30"
    );
    until("the episode follows", async || {
        server.count(&episode).await >= 1
    })
    .await;
    server.stop().await;
}
