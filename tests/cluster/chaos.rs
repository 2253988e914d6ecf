//! Processes that are killed and frozen, a database that crashes and loses its connections, in any order, while readings flow and screens hop
//! from one process to another.

use crate::{
    checker::{MEAL, Record},
    common::{database::TestDatabase, server::until},
    database::Database,
    faults::Faults,
    fleet::Fleet,
    load::{Load, SETTLING},
    nats::Nats,
    process::{data_dir, reachable_directory},
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::{cell::Cell, future::pending, time::Duration};
use tokio::time::sleep;

const PROCESSES: usize = 3;

/// The checker compares with the whole journal.
const KEEPS_ALL: &[&str] = &["--ring-age", "2h"];

/// Then another run begins with an empty database and the next seed: whoever starts reads the whole journal.
const ROUNDS_OF_A_RUN: usize = 50;

/// Faults; more with `GAVEURS_CHAOS_ROUNDS`.
fn rounds() -> usize {
    let given = std::env::var("GAVEURS_CHAOS_ROUNDS");
    given.map_or(14, |rounds| rounds.parse().unwrap())
}

/// With NATS, which suffers meanwhile, if there is one.
async fn run(seed: u64, rounds: usize, faults: &mut Faults, nats: Option<&mut Nats>) {
    let rng = &mut ChaCha8Rng::seed_from_u64(seed);
    let directory = reachable_directory();
    let database = Database::start(data_dir(&directory)).await;
    let transport = nats.as_ref().map_or("notify".to_owned(), |nats| nats.url());
    let flags = [KEEPS_ALL, &["--transport", &transport]].concat();
    let mut fleet = Fleet::start_with(&database.url(), PROCESSES, &flags).await;
    let mut load = Load::start(fleet.balancer.address, 4, 4, seed).await;
    let of_nats = Cell::new(0);
    let suffering = async {
        match nats {
            Some(nats) => nats.suffer(seed, &of_nats).await,
            None => pending().await,
        }
    };
    let faulting = async {
        for _ in 0..rounds {
            sleep(Duration::from_millis(rng.random_range(500..2_000))).await;
            faults.one(&mut fleet, &database, rng).await;
        }
    };
    tokio::select! {
        () = faulting => {}
        () = suffering => {}
    }
    let acked = load.end_producers().await;
    let record = Record::read(async |query| database.rows(query).await).await;
    let tabs = load.end_screens(record.last_told(), SETTLING).await;
    faults.end_run(&tabs);
    let shown: usize = tabs.iter().map(|tab| tab.count(MEAL)).sum();
    let lost: usize = tabs.iter().map(|tab| tab.lost_place.len() - 1).sum();
    println!(
        "seed {seed}: {} acked, {} stored, {} told again; screens have seen {shown} and lost their place {lost} times, {} faults of NATS; so far\n{faults}",
        acked.len(),
        record.meals(),
        record.told_again(),
        of_nats.get(),
    );
    assert_eq!(record.complaints(&acked, &tabs), Vec::<String>::new());
    fleet.finish().await;
    database.stop().await;
}

#[actix_web::test]
async fn whatever_is_killed_everything_acked_is_stored_and_every_screen_sees_every_reading_once_in_one_order()
 {
    run_all(None).await;
}

#[actix_web::test]
async fn whatever_is_killed_while_nats_comes_and_goes_every_screen_sees_every_reading_once_in_one_order()
 {
    if let Some(mut nats) = Nats::start(&[]).await {
        run_all(Some(&mut nats)).await;
    }
}

async fn run_all(mut nats: Option<&mut Nats>) {
    let first = std::env::var("GAVEURS_CHAOS_SEED").map_or(1, |seed| seed.parse().unwrap());
    let (mut left, mut faults) = (rounds(), Faults::default());
    for seed in first.. {
        if left == 0 {
            break;
        }
        let now = left.min(ROUNDS_OF_A_RUN);
        run(seed, now, &mut faults, nats.as_deref_mut()).await;
        left -= now;
    }
}

/// Two transactions at once find the same last position.
const WITHOUT_THE_LOCK: &str = "
    ALTER TABLE journal DROP CONSTRAINT journal_pkey;
    CREATE OR REPLACE FUNCTION journal_append(
        of_process bigint, of_nr bigint, of_releves integer, since bigint, is_announced boolean, entry text
    ) RETURNS bigint LANGUAGE plpgsql AS $$
    DECLARE
        place bigint := 1 + (SELECT coalesce(max(position), 0) FROM journal);
    BEGIN
        INSERT INTO journal (position, process, nr, releves, fait_le, corps)
        VALUES (place, of_process, of_nr, of_releves, clock_timestamp(), entry);
        PERFORM pg_notify('gaveurs_journal', of_process || ' ' || place);
        PERFORM pg_sleep(0.02 * random());
        RETURN place;
    END $$";
const DOUBLED: &str =
    "SELECT position FROM journal WHERE releves > 0 GROUP BY position HAVING count(*) > 1";

#[actix_web::test]
async fn a_journal_without_its_lock_is_found_out() {
    let database = TestDatabase::create().await;
    let client = database.client().await;
    client.batch_execute(WITHOUT_THE_LOCK).await.unwrap();
    let fleet = Fleet::start(&database.url(), PROCESSES).await;
    let mut load = Load::start(fleet.balancer.address, 6, 4, 1).await;
    until("positions are given twice", async || {
        database.rows(DOUBLED).await.len() >= 5
    })
    .await;
    let acked = load.end_producers().await;
    let record = Record::of(&database).await;
    let tabs = load
        .end_screens(record.last_told(), Duration::from_secs(1))
        .await;
    let complaints = record.complaints(&acked, &tabs);
    // Not only the journal shows it.
    let of_screens = complaints
        .iter()
        .filter(|complaint| complaint.starts_with("screen"));
    assert!(
        of_screens.count() > 0,
        "{} meals: {complaints:#?}",
        record.meals()
    );
}
