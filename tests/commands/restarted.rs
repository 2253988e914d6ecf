//! A server with a journal that is killed again and again while readings flow.

use crate::{
    common::{client::Client, database::TestDatabase, readings::meal},
    process::Process,
};
use serde_json::Value;
use std::collections::BTreeSet;

/// Rounds end with a kill; more with `GAVEURS_KILL_ROUNDS`.
fn rounds() -> i32 {
    let given = std::env::var("GAVEURS_KILL_ROUNDS");
    given.map_or(4, |number| number.parse().unwrap())
}

/// Adds the numbered frames to what the tab has seen, until it has this many readings more or the connection ends.
async fn watch(screen: &mut Client, readings: usize, seen: &mut Vec<Value>) {
    let mut count = 0;
    while count < readings {
        let Some(message) = screen.next_message().await else {
            return;
        };
        let frame: Value = serde_json::from_str(message.to_text().unwrap()).unwrap_or_default();
        if frame["seq"].is_u64() && frame["type"] != "snapshot" {
            count += usize::from(frame["type"] == "gavage_realtime");
            seen.push(frame);
        }
    }
}

#[actix_web::test]
async fn a_tab_sees_every_committed_meal_once_however_often_the_server_is_killed_under_load() {
    let database = TestDatabase::create_bare().await;
    let url = database.url();
    let serve = [
        "serve",
        "--bind",
        "127.0.0.1:0",
        "--database-url",
        &url,
        "--journal",
        "--doubtful-clock-days",
        "36500",
    ];
    let mut seen: Vec<Value> = Vec::new();
    let mut epoch = String::new();
    for round in 0..=rounds() {
        let mut process = Process::start(&serve);
        let address = process.address().await;
        let position = seen
            .last()
            .map_or(0, |frame| frame["seq"].as_u64().unwrap());
        let path = format!("/ws/realtime/?sid=tab&epoch={epoch}&last_seq={position}");
        let mut screen = Client::connect(address, &path).await;
        let resume = screen.next().await;
        assert_eq!(resume["recovered"], round > 0, "{resume}");
        epoch = resume["epoch"].as_str().unwrap().to_owned();
        let replayed = resume["replayed"].as_u64().unwrap();
        for _ in 0..replayed {
            let frame = loop {
                let frame = screen.next().await;
                if frame["seq"].is_u64() {
                    break frame;
                }
            };
            seen.push(frame);
        }
        if round == rounds() {
            screen.close().await;
            process.terminate();
            process.ended().await;
            break;
        }
        let mut producer = Client::connect(address, "/ws/gavage").await;
        for number in 0..40 {
            producer
                .send(meal(&format!("LL26{round:05}"), 7, number))
                .await;
        }
        watch(
            &mut screen,
            5 + 7 * round.unsigned_abs() as usize % 30,
            &mut seen,
        )
        .await;
        process.kill();
        process.ended().await;
        watch(&mut screen, usize::MAX, &mut seen).await;
    }
    let positions: Vec<_> = seen
        .iter()
        .map(|frame| frame["seq"].as_u64().unwrap())
        .collect();
    assert_eq!(positions, (1..=positions.len() as u64).collect::<Vec<_>>());
    let shown = seen
        .iter()
        .filter(|frame| frame["type"] == "gavage_realtime");
    let shown: Vec<_> = shown
        .map(|frame| {
            let data = &frame["data"];
            format!("{} {} {}", data["code_lot"], data["jour"], data["moment"])
        })
        .collect();
    let stored = database
        .rows("SELECT code_lot, jour, moment FROM gavage_data")
        .await;
    let stored: BTreeSet<_> = stored
        .iter()
        .map(|row| format!("{} {} {}", row["code_lot"], row["jour"], row["moment"]))
        .collect();
    assert_eq!(shown.len(), stored.len(), "a meal was shown twice or never");
    assert_eq!(shown.into_iter().collect::<BTreeSet<_>>(), stored);
}
