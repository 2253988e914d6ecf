//! The scenarios of the control panel, to their ends.

use crate::{
    common::server::TestServer,
    faults::{DAY_A_SECOND, told},
};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::{Instant, sleep};

const START: &str = "/api/control-panel/scenarios/start";
/// Longer than the livers of twenty lots take at one a second.
const PATIENCE: Duration = Duration::from_secs(180);

/// What the panel says when it first says so.
async fn panel_when(server: &TestServer, what: &str, holds: impl Fn(&Value) -> bool) -> Value {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let status = server.get("/api/control/status").await;
        if holds(&status) {
            return status;
        }
        assert!(
            Instant::now() < deadline,
            "waited in vain: {what}: {status}"
        );
        sleep(Duration::from_millis(200)).await;
    }
}

/// The steps that were ticked.
fn ticked(status: &Value) -> Vec<&str> {
    let steps = status["scenario"]["etapes"].as_array().unwrap().iter();
    let ticked = steps.filter(|step| step["le"].is_string());
    ticked.map(|step| step["etape"].as_str().unwrap()).collect()
}

fn is_running(status: &Value, simulator: &str) -> bool {
    status["simulators"][simulator]["running"] == true
}

const UP_TO_THE_LABEL: [&str; 5] = ["commence", "nourri", "controle", "classe", "etiquete"];

#[actix_web::test]
async fn six_lots_of_three_sites_are_fed_inspected_and_labelled_and_then_everything_has_ended() {
    let server = TestServer::start_with(&["--control"]).await;
    let body = json!({"scenario": "multi_site", "acceleration": DAY_A_SECOND, "par": "Anne"});
    let (status, answer) = told(&server, START, body).await;
    assert_eq!(status, 200, "{answer}");
    let begun = panel_when(&server, "it runs", |now| {
        is_running(now, "gavage") && is_running(now, "monitor")
    })
    .await;
    let offered = begun["scenario"]["etapes"].as_array().unwrap();
    assert_eq!(offered.len(), UP_TO_THE_LABEL.len(), "nobody rates");
    let ended = panel_when(&server, "it ends by itself", |now| {
        !is_running(now, "gavage") && !is_running(now, "monitor")
    })
    .await;
    for simulator in ["gavage", "monitor"] {
        let one = &ended["simulators"][simulator];
        assert_eq!(
            (&one["status"], &one["stats"]["errors"]),
            (&json!("stopped"), &json!(0)),
            "{ended}"
        );
    }
    let last = panel_when(&server, "its steps are ticked", |now| {
        ticked(now) == UP_TO_THE_LABEL
    })
    .await;
    assert_eq!(last["scenario"]["nom"], "multi_site");
    let graded = "SELECT count(DISTINCT lot.id) AS lots, count(DISTINCT lot.site_code) AS sites, count(*) AS foies, bool_and(lot.simule) AS simule
        FROM sqal_pending_lots queue JOIN lots_gavage lot ON lot.id = queue.lot_id JOIN sensor_samples foie ON foie.lot_id = lot.id
        WHERE queue.terminee_le IS NOT NULL";
    let all = json!({"lots": 6, "sites": 3, "foies": 6 * 24, "simule": true});
    assert_eq!(server.rows(graded).await, [all]);
    let labelled = "SELECT count(DISTINCT lot_id) FROM consumer_products";
    assert_eq!(server.count(labelled).await, 6);
    server.stop().await;
}

#[actix_web::test]
async fn a_full_load_ticks_the_steps_of_its_first_lot_and_goes_on_until_it_is_stopped() {
    let server = TestServer::start_with(&["--control"]).await;
    let (status, answer) = told(&server, START, json!({"scenario": "charge"})).await;
    assert_eq!(status, 200, "{answer}");
    let (status, refused) = told(&server, START, json!({"scenario": "multi_site"})).await;
    assert_eq!(status, 409, "{refused}");
    let all = panel_when(&server, "its steps are ticked", |now| {
        ticked(now) == UP_TO_THE_LABEL
    })
    .await;
    assert!(
        is_running(&all, "gavage") && is_running(&all, "monitor"),
        "{all}"
    );
    let lots = server.count("SELECT count(*) FROM lots_gavage").await;
    assert!(lots > 20, "each lot is followed by another: {lots}");
    let (status, stopped) = told(&server, "/api/control/stop-all", Value::Null).await;
    assert_eq!(
        (status, &stopped["stopped"]),
        (200, &json!(["gavage", "monitor"]))
    );
    let ended = server.get("/api/control/status").await;
    assert!(!is_running(&ended, "gavage") && !is_running(&ended, "monitor"));
    server.stop().await;
}

#[actix_web::test]
async fn a_scenario_that_does_not_exist_or_is_too_fast_is_refused_with_the_field() {
    let server = TestServer::start_with(&["--control"]).await;
    for (body, field) in [
        (json!({"scenario": "fete"}), "scenario"),
        (
            json!({"scenario": "multi_site", "acceleration": 0}),
            "acceleration",
        ),
    ] {
        let (status, refused) = told(&server, START, body).await;
        let detail = refused["detail"].as_str().unwrap();
        assert!(status == 422 && detail.contains(field), "{refused}");
    }
    server.stop().await;
}
