//! What screens see does not depend on the process that they are connected to.

use crate::{
    checker,
    common::{
        client::Client,
        database::TestDatabase,
        readings::{meal, with},
        server::{DEADLINE, until},
    },
    fleet::Fleet,
    tab::{Tab, Turn},
};
use futures_util::future::join_all;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

const PROCESSES: usize = 3;
const MEALS: i32 = 20;
/// The type is not the first key of these, and so not seen.
const NOTIFICATION: &str = "";

/// Sends the meals of some lots to one process, each when the one before is acked.
async fn feed(mut producer: Client, lots: &[(String, i32)], meals: std::ops::Range<i32>) {
    for number in meals {
        for (lot, gaveur) in lots {
            producer.send(meal(lot, *gaveur, number)).await;
            producer.next_of("ack").await;
        }
    }
    producer.close().await;
}

/// Feeds lots of its own through each process at the same time. Returns the number of meals.
pub async fn feed_through_each(fleet: &Fleet, meals: std::ops::Range<i32>) -> usize {
    let processes = fleet.members.len();
    let lots = |number: usize| {
        let lot = |site: &str| format!("{site}26110{number:02}");
        [(lot("LL"), 7), (lot("LS"), 8)]
    };
    let producers = fleet.connect_each("/ws/gavage").await;
    let feeding = producers
        .into_iter()
        .enumerate()
        .map(async |(number, producer)| feed(producer, &lots(number), meals.clone()).await);
    join_all(feeding).await;
    processes * 2 * meals.len()
}

/// A tab on each process.
pub async fn tabs(fleet: &Fleet, path: &str) -> Vec<Tab> {
    let connecting = (0..fleet.members.len()).map(async |number| {
        Tab::open(&format!("{path}?sid=ecran{number}"), fleet.address(number)).await
    });
    join_all(connecting).await
}

/// What both have seen from the first position of the later one to the last of the earlier one.
pub fn assert_same(one: &Tab, other: &Tab) {
    let of_one: BTreeMap<_, _> = one.seen.iter().map(|seen| (seen.seq, seen)).collect();
    let both = other
        .seen
        .iter()
        .filter_map(|seen| of_one.get(&seen.seq).map(|same| (*same, seen)));
    let mut count = 0;
    for (one, other) in both {
        assert_eq!((&one.epoch, &one.text), (&other.epoch, &other.text));
        count += 1;
    }
    let shorter = one.seen.len().min(other.seen.len());
    assert!(
        count + 10 > shorter,
        "{count} frames of {shorter} are the same"
    );
}

/// All have seen so many meals, in frames of this type.
pub fn assert_each_once_in_one_order(tabs: &[Tab], kind: &str, meals: usize) {
    for tab in tabs {
        tab.assert_without_gap();
        assert_same(&tabs[0], tab);
        let shown = tab.seen.iter().filter(|seen| seen.is(kind));
        let keys: BTreeSet<_> = shown.map(|seen| key(&seen.value())).collect();
        assert_eq!(keys.len(), meals, "a meal was shown twice");
    }
}

/// A meal of `/ws/realtime/` or of `/ws/gaveur/`.
fn key(frame: &Value) -> String {
    let data = frame.get("data").filter(|data| data.is_object());
    checker::key(data.unwrap_or(frame))
}

#[actix_web::test]
async fn screens_of_every_process_see_all_readings_once_in_the_same_order_under_the_same_positions()
{
    let database = TestDatabase::create_bare().await;
    let fleet = Fleet::start(&database.url(), PROCESSES).await;
    for (path, kind) in [
        ("/ws/realtime/", "gavage_realtime"),
        ("/ws/gaveur/7", "gavage"),
    ] {
        let mut tabs = tabs(&fleet, path).await;
        let first = if kind == "gavage" { MEALS } else { 0 };
        let meals = feed_through_each(&fleet, first..first + MEALS).await;
        let expected = if kind == "gavage" { meals / 2 } else { meals };
        join_all(tabs.iter_mut().map(|tab| tab.until(kind, expected))).await;
        assert_each_once_in_one_order(&tabs, kind, expected);
        join_all(tabs.iter_mut().map(Tab::leave)).await;
    }
    fleet.finish().await;
}

/// The lots of the snapshot that a new screen of this process gets, and its text without the instant at which it was made.
pub async fn snapshot(fleet: &Fleet, number: usize) -> (usize, String) {
    let mut screen = fleet.connect(number, "/ws/realtime/").await;
    let text = screen.next_text_of("snapshot").await;
    screen.close().await;
    let snapshot: Value = serde_json::from_str(&text).unwrap();
    let instant = format!("\"timestamp\":{}", snapshot["timestamp"]);
    let lots = snapshot["lots"].as_array().unwrap().len();
    (lots, text.replacen(&instant, "", 1))
}

#[actix_web::test]
async fn the_walls_of_all_processes_are_equal_byte_for_byte_and_hold_every_lot() {
    let database = TestDatabase::create_bare().await;
    let mut fleet = Fleet::start(&database.url(), PROCESSES).await;
    feed_through_each(&fleet, 0..MEALS).await;
    // One that reads the lots from the database shows them as those that have heard of each meal.
    fleet.begin(PROCESSES).await;
    // Figures of sites are told once a second.
    until(
        "every wall has every lot and the same figures",
        async || {
            let walls = join_all((0..=PROCESSES).map(|number| snapshot(&fleet, number))).await;
            walls[0].0 == 2 * PROCESSES && walls.iter().all(|wall| *wall == walls[0])
        },
    )
    .await;
    fleet.finish().await;
}

#[actix_web::test]
async fn an_alert_is_raised_acknowledged_and_closed_once_whichever_process_it_is_done_on() {
    let database = TestDatabase::create_bare().await;
    let fleet = Fleet::start(&database.url(), PROCESSES).await;
    let mut screens = tabs(&fleet, "/ws/realtime/").await;
    let mut phones = tabs(&fleet, "/ws/notifications/").await;
    let mut producers = fleet.connect_each("/ws/gavage").await;
    let lot = "LL2611001";
    let send = async |producer: &mut Client, meal: Value| {
        producer.send(meal).await;
        producer.next_of("ack").await;
    };
    let low = |number| with(meal(lot, 7, number), json!({"dose_reelle": 100.0}));
    send(&mut producers[0], meal(lot, 7, 0)).await;
    send(&mut producers[1], low(1)).await;
    join_all(screens.iter_mut().map(|tab| tab.until("alert", 1))).await;
    let raised = screens[0].seen.iter().find(|seen| seen.is("alert"));
    let id = raised.unwrap().value()["data"]["id"].clone();

    let address = fleet.address(2);
    let path = format!("http://{address}/api/alertes/{id}/acquitter");
    let answer = crate::common::http::post(&path, json!({"par": "Sophie"})).await;
    assert_eq!(answer.status(), 200);
    join_all(screens.iter_mut().map(|tab| tab.until("alert", 2))).await;
    // Two meals as planned end it.
    for number in 2..6 {
        send(
            &mut producers[number as usize % PROCESSES],
            meal(lot, 7, number),
        )
        .await;
    }
    join_all(
        screens
            .iter_mut()
            .map(|tab| tab.until("gavage_realtime", 6)),
    )
    .await;
    for tab in &screens {
        tab.assert_without_gap();
        assert_same(&screens[0], tab);
        let alerts = tab.seen.iter().filter(|seen| seen.is("alert"));
        let told = alerts.map(|seen| {
            let alert = &seen.value()["data"];
            ["id", "ouverte", "acquittee"].map(|key| alert[key].clone())
        });
        let raised = [id.clone(), json!(true), json!(false)];
        let acknowledged = [id.clone(), json!(true), json!(true)];
        let closed = [id.clone(), json!(false), json!(true)];
        let told: Vec<_> = told.collect();
        assert_eq!(told, [raised, acknowledged, closed]);
    }
    for tab in &mut phones {
        tab.until(NOTIFICATION, 1).await;
    }
    // Nothing comes behind it.
    fleet.finish().await;
    for tab in screens.iter_mut().chain(&mut phones) {
        while tab.hear(DEADLINE).await == Turn::Heard {}
    }
    for tab in &phones {
        tab.assert_without_gap();
        assert_same(&phones[0], tab);
        assert_eq!(tab.count(NOTIFICATION), phones[0].count(NOTIFICATION));
    }
    assert_eq!(
        screens
            .iter()
            .map(|tab| tab.count("alert"))
            .collect::<Vec<_>>(),
        [3; PROCESSES]
    );
}
