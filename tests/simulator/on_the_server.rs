//! The producers against the real server: every reading sent is acked, stored and shown, once.

use crate::{
    commands::{export, gaveurs, text},
    common::{client::Client, server::TestServer},
    independent::{Meal, usable_meals},
    replay::{TRAPS, real_export},
};
use futures_util::stream;
use gaveurs::simulator::{
    feeder::{Feeder, Summary},
    replay::{
        export::Export,
        schedule::{self, Conventions},
    },
};
use jiff::tz::TimeZone;
use serde_json::Value;
use std::{collections::BTreeSet, future::pending, time::Duration};
use tokio::time::timeout;

/// Time limit for a whole file in a debug build on a slow machine.
const WHOLE_FILE: Duration = Duration::from_secs(120);

fn gavage(server: &TestServer) -> String {
    format!("ws://{}/ws/gavage", server.address())
}

async fn stored(server: &TestServer) -> Vec<Meal> {
    let select = "SELECT *, num_nonnulls(poids_moyen, taux_mortalite, temperature_stabule, humidite_stabule) = 0 AS only_doses \
                  FROM gavage_data ORDER BY code_lot, jour, moment";
    let client = server.database.client().await;
    let rows = client.query(select, &[]).await.unwrap();
    let meal = |row: &tokio_postgres::Row| Meal {
        code_lot: row.get("code_lot"),
        jour: row.get("jour"),
        moment: row.get("moment"),
        time: row.get("time"),
        site: row.get("site_code"),
        gaveur_id: row.get("gaveur_id"),
        dose_theorique: row.get("dose_theorique"),
        dose_reelle: row.get("dose_reelle"),
        nb_canards_vivants: row.get("nb_canards_vivants"),
        only_doses: row.get("only_doses"),
        pret_abattage: row.get("pret_abattage"),
        simule: row.get("simule"),
    };
    rows.iter().map(meal).collect()
}

/// Row counts of all tables, and every reading with all its columns.
async fn contents(server: &TestServer) -> String {
    const TABLES: [&str; 6] = [
        "sites_euralis",
        "gaveurs_euralis",
        "lots_gavage",
        "repas",
        "gavage_data",
        "alertes",
    ];
    let mut contents = String::new();
    for table in TABLES {
        let count = server.count(&format!("SELECT count(*) FROM {table}")).await;
        contents += &format!("{table} {count}\n");
    }
    let client = server.database.client().await;
    let dump = "SELECT coalesce(string_agg(g::text, E'\\n' ORDER BY id), '') FROM gavage_data g";
    contents + client.query_one(dump, &[]).await.unwrap().get(0)
}

/// Sends every usable meal of an export as fast as the server takes them.
async fn replay(server: &TestServer, export: &[u8]) -> Summary {
    let conventions = Conventions {
        zone: TimeZone::get("Europe/Paris").unwrap(),
        starting: None,
        gaveur_offset: 1_000,
    };
    let lots = Export::read(export).unwrap().lots;
    let readings = schedule::readings(&lots, &conventions).unwrap();
    let run = Feeder::new(gavage(server), 32).run(stream::iter(readings), pending(), |_, _| {});
    timeout(WHOLE_FILE, run).await.expect("the replay ends")
}

async fn a_replay_stores_every_usable_meal_once(export: &[u8], lots: usize) {
    let server = TestServer::start().await;
    let expected = usable_meals(std::str::from_utf8(export).unwrap());
    let everything_acked = Summary {
        sent: expected.len() as u64,
        acked: expected.len() as u64,
        ..Summary::default()
    };
    assert_eq!(replay(&server, export).await, everything_acked);
    assert_eq!(stored(&server).await, expected);
    let finished = "SELECT count(*) FROM lots_gavage WHERE pret_abattage AND NOT simule";
    assert_eq!(server.count(finished).await, lots as i64);

    let before = contents(&server).await;
    assert_eq!(replay(&server, export).await, everything_acked);
    assert_eq!(contents(&server).await, before);
    server.finish().await;
}

#[actix_web::test]
async fn a_replay_stores_every_usable_meal_of_an_export_once_also_the_second_time() {
    a_replay_stores_every_usable_meal_once(TRAPS, 11).await;
}

#[actix_web::test]
async fn a_replay_of_the_real_export_stores_every_usable_meal_of_its_75_lots_once() {
    let Some(export) = real_export() else { return };
    a_replay_stores_every_usable_meal_once(&export, 75).await;
}

#[actix_web::test]
async fn the_replay_command_run_twice_stores_the_same_rows() {
    let server = TestServer::start().await;
    let (url, file) = (
        gavage(&server),
        export(&[
            "LL3307701;2023-03-07;GAVEUR 7;S1;500;210.0;206.0;230.0;233.0",
            "MT3907702;2023-03-07;GAVEUR 8;S1;640;;212.0;230.0;0.0",
        ]),
    );
    let args = ["replay", file.path().to_str().unwrap(), "--url", &url];
    let mut seen = BTreeSet::new();
    for _ in 0..2 {
        let output = gaveurs(&args).await;
        let said = text(&output.stderr);
        assert!(output.status.success(), "{said}");
        assert!(
            said.contains("3 readings sent, 3 acked, 0 retried"),
            "{said}"
        );
        seen.insert(contents(&server).await);
    }
    assert_eq!(stored(&server).await.len(), 3);
    assert_eq!(seen.len(), 1, "{seen:#?}");
    server.finish().await;
}

/// The reading in a frame, in the database's form.
fn shown(frame: &Value) -> (String, i32, String, String) {
    let data = &frame["data"];
    assert_eq!(data["simule"], true, "{frame}");
    let text = |field: &str| data[field].as_str().unwrap().to_owned();
    let jour = data["jour"].as_i64().unwrap() as i32;
    (
        text("code_lot"),
        jour,
        text("moment"),
        data["dose_reelle"].to_string(),
    )
}

async fn everything_shown(screen: &mut Client, count: usize) -> Vec<(String, i32, String, String)> {
    let frames = screen.take("gavage_realtime", count).await;
    assert!(screen.so_far("gavage_realtime").await.is_empty());
    let mut shown: Vec<_> = frames.iter().map(shown).collect();
    shown.sort();
    shown
}

#[actix_web::test]
async fn what_a_simulation_of_three_lots_sends_is_acked_stored_and_shown_once() {
    let server = TestServer::start().await;
    let mut screen = server.connect("/ws/realtime/").await;
    screen.next_of("snapshot").await;
    let url = gavage(&server);
    let flags = [
        "--lots",
        "3",
        "--acceleration",
        "86400",
        "--seed",
        "7",
        "--url",
        &url,
    ];
    let output = gaveurs(&[&["simulate", "gavage"], &flags[..]].concat()).await;
    let said = text(&output.stderr);
    assert!(output.status.success(), "{said}");

    let stored = stored(&server).await;
    let count = stored.len();
    assert!((3 * 18..=3 * 22).contains(&count), "{count}");
    let summary = format!(
        "Simulation (seed 7): 3 lots finished; {count} readings sent, {count} acked, 0 retried, 0 refused, 0 unanswered"
    );
    assert!(said.contains(&summary), "{said}");
    let stored: Vec<_> = stored
        .into_iter()
        .map(|meal| {
            (
                meal.code_lot,
                meal.jour,
                meal.moment,
                format!("{:?}", meal.dose_reelle),
            )
        })
        .collect();
    assert_eq!(everything_shown(&mut screen, count).await, stored);
    let finished = "SELECT count(*) FROM lots_gavage WHERE pret_abattage AND simule";
    assert_eq!(server.count(finished).await, 3);
    screen.close().await;
    server.finish().await;
}
