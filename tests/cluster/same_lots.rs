//! The same lots through several processes: the database and every screen are as if there were one.

use crate::{
    checker::{MEAL, Record},
    common::{
        client::Client,
        database::TestDatabase,
        readings::{meal, with},
        server::{DEADLINE, ask, until},
    },
    fleet::Fleet,
    screens::{snapshot, tabs},
    tab::{Tab, Turn},
};
use futures_util::future::join_all;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const PROCESSES: usize = 3;
const LOTS: usize = 10;
const MEALS: i32 = 16;
/// Producers of one and the same lots, who contradict each other.
const PRODUCERS: usize = 6;
const ROUNDS: usize = 50;
/// The first meals of each lot.
const CONTRADICTED: i32 = 6;

fn lot(number: usize) -> String {
    format!("{}26110{number:02}", ["LL", "LS"][number % 2])
}

/// A dose far from the plan raises an alert.
fn correction(number: usize, jour: i32, dose: f64) -> Value {
    with(
        meal(&lot(number), 7, jour),
        json!({"dose_reelle": dose, "correction": true}),
    )
}

async fn send(producer: &mut Client, meal: Value) {
    producer.send(meal).await;
    let answer = producer.next_of_either("ack", "error").await;
    assert_eq!(answer["type"], "ack", "{answer}");
}

/// What must hold of lots and alerts, however their meals came.
async fn assert_whole(database: &TestDatabase, meals: usize) {
    let count = async |query: &str| database.rows(query).await;
    assert_eq!(count("SELECT id FROM gavage_data").await.len(), meals);
    let not_at_front = "
        SELECT lot.code_lot FROM lots_gavage lot JOIN LATERAL (
            SELECT jour, moment, poids_moyen FROM gavage_data WHERE lot_id = lot.id ORDER BY jour DESC, moment = 'soir' DESC LIMIT 1
        ) front ON true
        WHERE (lot.jour_actuel, lot.moment_actuel, lot.poids_moyen_actuel) IS DISTINCT FROM (front.jour, front.moment, front.poids_moyen)";
    assert_eq!(count(not_at_front).await, Vec::<Value>::new());
    // A correction that takes the cause of an alert away ends it.
    let contradicted = "
        SELECT alerte.code_lot, alerte.type, meal.dose_reelle FROM alertes alerte
        JOIN lots_gavage lot ON lot.id = alerte.lot_id
        JOIN gavage_data meal ON meal.lot_id = lot.id AND meal.jour = alerte.jour AND meal.moment = alerte.moment
        WHERE alerte.fermee_le IS NULL AND alerte.type = 'ecart_dose'
            AND (alerte.jour, alerte.moment) = (lot.jour_actuel, lot.moment_actuel) AND meal.dose_reelle = 402";
    assert_eq!(count(contradicted).await, Vec::<Value>::new());
    let overlapping = "
        SELECT one.id, other.id AS of_other FROM alertes one
        JOIN alertes other ON other.lot_id = one.lot_id AND other.type = one.type AND other.id > one.id
        WHERE one.levee_le < coalesce(other.fermee_le, 'infinity') AND other.levee_le < coalesce(one.fermee_le, 'infinity')";
    assert_eq!(count(overlapping).await, Vec::<Value>::new());
}

/// Every screen has seen what the journal holds, and all walls are equal.
async fn assert_shown(database: &TestDatabase, fleet: &Fleet, screens: &mut [Tab]) {
    let record = Record::of(database).await;
    let last = record.last_told().unwrap();
    for tab in &mut *screens {
        while !tab.has_seen_last(MEAL, last) {
            assert_eq!(tab.hear(DEADLINE).await, Turn::Heard);
        }
    }
    assert_eq!(
        record.complaints(&BTreeSet::new(), screens),
        Vec::<String>::new()
    );
    until("every wall has every lot", async || {
        let walls = join_all((0..PROCESSES).map(|number| snapshot(fleet, number))).await;
        walls[0].0 == LOTS && walls.iter().all(|wall| *wall == walls[0])
    })
    .await;
    for member in &fleet.members {
        let (_, lots) = ask(member.address, "/api/lots/").await;
        assert_eq!(lots.as_array().map(Vec::len), Some(LOTS), "{lots}");
    }
}

#[actix_web::test]
async fn lots_whose_meals_alternate_between_processes_and_come_through_all_are_stored_and_shown_once()
 {
    let database = TestDatabase::create_bare().await;
    let fleet = Fleet::start(&database.url(), PROCESSES).await;
    let mut screens = tabs(&fleet, "/ws/realtime/").await;
    let mut producers = fleet.connect_each("/ws/gavage").await;
    for jour in 0..MEALS {
        for number in 0..LOTS {
            let meal = meal(&lot(number), 7, jour);
            let turn = jour as usize * LOTS + number;
            if turn.is_multiple_of(7) {
                let sent = producers
                    .iter_mut()
                    .map(|producer| send(producer, meal.clone()));
                join_all(sent).await;
            } else {
                send(&mut producers[turn % PROCESSES], meal).await;
            }
        }
    }
    let meals = LOTS * MEALS as usize;
    join_all(screens.iter_mut().map(|tab| tab.until(MEAL, meals))).await;
    assert_whole(&database, meals).await;
    assert_shown(&database, &fleet, &mut screens).await;
    // A meal that comes again is not told again.
    assert_eq!(screens[0].count(MEAL), meals);
    join_all(screens.iter_mut().map(Tab::leave)).await;
    fleet.finish().await;
}

#[actix_web::test]
async fn producers_who_contradict_each_other_through_all_processes_leave_one_truth_in_the_database_and_on_every_screen()
 {
    let database = TestDatabase::create_bare().await;
    let fleet = Fleet::start(&database.url(), PROCESSES).await;
    let mut screens = tabs(&fleet, "/ws/realtime/").await;
    let contradicting = (0..PRODUCERS).map(async |producer| {
        let rng = &mut ChaCha8Rng::seed_from_u64(producer as u64);
        let mut sockets = fleet.connect_each("/ws/gavage").await;
        // All begin the same lots at the same time.
        for jour in 0..CONTRADICTED {
            for number in 0..LOTS {
                let meal = meal(&lot(number), 7, jour);
                send(&mut sockets[rng.random_range(0..PROCESSES)], meal).await;
            }
        }
        for _ in 0..ROUNDS {
            let (number, jour) = (rng.random_range(0..LOTS), rng.random_range(0..CONTRADICTED));
            let dose = [402.0, 100.0, 900.0][rng.random_range(0..3)];
            let socket = &mut sockets[rng.random_range(0..PROCESSES)];
            send(socket, correction(number, jour, dose)).await;
        }
    });
    join_all(contradicting).await;
    let meals = database.rows("SELECT FROM gavage_data").await;
    assert_whole(&database, meals.len()).await;
    assert_shown(&database, &fleet, &mut screens).await;
    join_all(screens.iter_mut().map(Tab::leave)).await;
    fleet.finish().await;
}
