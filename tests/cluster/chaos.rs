//! Processes that are killed and frozen, a database that crashes and loses its connections, in any order, while readings flow and screens hop
//! from one process to another.

use crate::{
    checker::Record,
    common::database::TestDatabase,
    database::Database,
    fleet::Fleet,
    load::{Load, SETTLING},
    process::{data_dir, reachable_directory},
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rustix::process::Signal;
use std::time::Duration;
use tokio::time::sleep;

const PROCESSES: usize = 3;

/// Faults; more with `GAVEURS_CHAOS_ROUNDS`.
fn rounds() -> usize {
    let given = std::env::var("GAVEURS_CHAOS_ROUNDS");
    given.map_or(14, |rounds| rounds.parse().unwrap())
}

/// What happened, for the summary.
#[derive(Debug, Default)]
struct Faults {
    kills: usize,
    pauses: usize,
    crashes: usize,
    ended_connections: usize,
}

impl Faults {
    async fn one(&mut self, fleet: &mut Fleet, database: &Database, rng: &mut ChaCha8Rng) {
        let member = rng.random_range(0..PROCESSES);
        match rng.random_range(0..10) {
            0..5 => {
                self.kills += 1;
                fleet.kill(member).await;
                fleet.begin(member).await;
            }
            5..7 => {
                self.pauses += 1;
                let process = &fleet.members[member].process;
                process.signal(Signal::STOP);
                sleep(Duration::from_millis(rng.random_range(500..2_500))).await;
                process.signal(Signal::CONT);
            }
            7 => {
                self.crashes += 1;
                database.crash().await;
            }
            _ => {
                self.ended_connections += 1;
                database.end_connections().await;
            }
        }
    }
}

#[actix_web::test]
async fn whatever_is_killed_everything_acked_is_stored_and_every_screen_sees_every_reading_once_in_one_order()
 {
    let seed = std::env::var("GAVEURS_CHAOS_SEED").map_or(1, |seed| seed.parse().unwrap());
    let rng = &mut ChaCha8Rng::seed_from_u64(seed);
    let directory = reachable_directory();
    let database = Database::start(data_dir(&directory)).await;
    let mut fleet = Fleet::start(&database.url(), PROCESSES).await;
    let mut load = Load::start(fleet.balancer.address, 4, 4, seed).await;
    let mut faults = Faults::default();
    for _ in 0..rounds() {
        sleep(Duration::from_millis(rng.random_range(500..2_000))).await;
        faults.one(&mut fleet, &database, rng).await;
    }
    let acked = load.end_producers().await;
    let record = Record::read(async |query| database.rows(query).await).await;
    let tabs = load.end_screens(record.last_told(), SETTLING).await;
    let silence = tabs.iter().map(|tab| tab.silence).max().unwrap();
    let lost: usize = tabs.iter().map(|tab| tab.lost_place.len() - 1).sum();
    println!(
        "{faults:?}: {} acked, {} stored, {} told again; screens lost their place {lost} times; longest silence {:.1} s",
        acked.len(),
        record.meals(),
        record.told_again(),
        silence.as_secs_f64()
    );
    assert_eq!(record.complaints(&acked, &tabs), Vec::<String>::new());
    fleet.finish().await;
    database.stop().await;
}

/// Positions by a sequence are given in another order than that of the commits.
const WITHOUT_THE_LOCK: &str = "
    CREATE SEQUENCE journal_positions;
    CREATE OR REPLACE FUNCTION journal_append(
        of_process bigint, of_nr bigint, of_releves integer, since bigint, is_announced boolean, entry text
    ) RETURNS bigint LANGUAGE plpgsql AS $$
    DECLARE
        place bigint := nextval('journal_positions') + (SELECT coalesce(max(position), 0) FROM journal_reperes);
    BEGIN
        INSERT INTO journal (position, process, nr, releves, fait_le, corps)
        VALUES (place, of_process, of_nr, of_releves, clock_timestamp(), entry);
        PERFORM pg_notify('gaveurs_journal', of_process || ' ' || place);
        PERFORM pg_sleep(0.02 * random());
        RETURN place;
    END $$";

#[actix_web::test]
async fn a_journal_without_its_lock_is_found_out() {
    let database = TestDatabase::create().await;
    let client = database.client().await;
    client.batch_execute(WITHOUT_THE_LOCK).await.unwrap();
    let fleet = Fleet::start(&database.url(), PROCESSES).await;
    let mut load = Load::start(fleet.balancer.address, 6, 4, 1).await;
    sleep(Duration::from_secs(4)).await;
    // Processes that find a hole in the journal may end, and ack nothing more.
    let acked = load.abandon_producers();
    let record = Record::of(&database).await;
    let tabs = load
        .end_screens(record.last_told(), Duration::from_secs(3))
        .await;
    let complaints = record.complaints(&acked, &tabs);
    // Not only the journal shows it.
    let seen = complaints
        .iter()
        .filter(|complaint| complaint.starts_with("screen"));
    assert!(
        seen.count() > 0,
        "{} meals: {complaints:#?}",
        record.meals()
    );
}
