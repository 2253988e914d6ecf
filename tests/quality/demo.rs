//! `gaveurs demo`: a lot is fed, finished, inspected and graded.

use crate::{
    common::{
        database::TestDatabase,
        server::{ask, until},
    },
    process::Process,
};
use serde_json::{Value, json};
use std::net::SocketAddr;

/// Ten times the demo's default, at which a lot takes two minutes at most.
const ACCELERATION: &str = "86400";
const FOIES: u64 = 24;

async fn lots(address: SocketAddr) -> Vec<Value> {
    let path = "/api/sqal/lots?limit=100";
    serde_json::from_value(ask(address, path).await.1).unwrap()
}

/// Lots of earlier weeks, with which new ones are compared, have the last numbers of their months.
fn is_fed_now(lot: &Value) -> bool {
    &lot["code_lot"].as_str().unwrap()[6..] < "900"
}

fn is_done(lot: &Value) -> bool {
    is_fed_now(lot) && ["inspected", "rejected"].contains(&lot["statut"].as_str().unwrap())
}

fn expect_plausible(lot: &Value) {
    let mean = lot["masse_moyenne_g"].as_f64();
    let mean = mean.unwrap_or_else(|| panic!("no livers were weighed: {lot}"));
    assert!((330.0..700.0).contains(&mean), "{lot}");
    let itm = lot["itm"].as_f64().unwrap();
    assert!((8.0..26.0).contains(&itm), "{lot}");
    let grades = lot["grades"].as_object().unwrap().values();
    assert_eq!(
        grades.filter_map(Value::as_u64).sum::<u64>(),
        FOIES,
        "{lot}"
    );
    assert_eq!(
        (&lot["echantillons"], &lot["simule"]),
        (&json!(FOIES), &json!(true)),
        "{lot}"
    );
    assert!(
        lot["prise_par"].as_str().unwrap().starts_with("ESP32_"),
        "{lot}"
    );
}

#[actix_web::test]
async fn a_lot_of_a_demo_is_fed_finished_inspected_and_graded() {
    let database = TestDatabase::create().await;
    let url = database.url();
    let mut demo = Process::start(&[
        "demo",
        "--bind",
        "127.0.0.1:0",
        "--acceleration",
        ACCELERATION,
        "--database-url",
        &url,
    ]);
    let page = demo.says("Open http://").await;
    let address = page.split(' ').next().unwrap().parse().unwrap();
    until("a lot is handed over", async || {
        lots(address).await.iter().any(is_fed_now)
    })
    .await;
    until("a lot is graded", async || {
        lots(address).await.iter().any(is_done)
    })
    .await;
    let done: Vec<_> = lots(address).await.into_iter().filter(is_done).collect();
    done.iter().for_each(expect_plausible);
    let code = done[0]["code_lot"].as_str().unwrap();
    let history = ask(address, &format!("/api/lots/{code}/repas")).await.1;
    assert!(
        (18..=22).contains(&history.as_array().unwrap().len()),
        "{code}"
    );
    demo.terminate();
    let ended = demo.ended().await;
    assert_eq!(ended.code, Some(0), "{:#?}", ended.said);
    let stations = ended
        .said
        .iter()
        .find(|line| line.contains("quality stations ended"));
    let stations = stations.expect("the demo says what became of its samples");
    assert!(
        stations.contains(" 0 refused, 0 without an answer"),
        "{stations}"
    );
}
