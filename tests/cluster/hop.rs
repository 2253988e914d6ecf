//! A crowd of tabs whose process is killed hops to one that has just started.

use crate::{
    common::{client::Client, database::TestDatabase, readings::meal, server::DEADLINE},
    database::Database,
    fleet::Fleet,
    process::{data_dir, reachable_directory},
    tab::{Tab, Turn},
};
use futures_util::{
    future::{join, join_all},
    stream::{self, StreamExt},
};
use rustix::process::Signal;
use serde_json::Value;
use std::{cell::Cell, net::SocketAddr, time::Duration};
use tokio::{
    net::TcpStream,
    time::{sleep, timeout},
};

const TABS: usize = 1_500;
const GAVEURS: usize = 100;
const WALLS: usize = 3;
/// Meals of a lot before the next one begins.
const MEALS_OF_A_LOT: i32 = 28;
/// From one meal of each gaveur to the next.
const PAUSE: Duration = Duration::from_millis(300);
/// Handshakes under way: the kernel refuses more than some hundreds.
const AT_ONCE: usize = 64;
/// How long the whole crowd may take on a machine that does other things too.
const LONG: Duration = Duration::from_secs(120);
/// However many tabs there are.
const MOST_STATEMENTS: i64 = 50;

/// The new process connects as a role of its own, so that what it asks is counted apart.
const COUNT_APART: &str =
    "CREATE EXTENSION pg_stat_statements; CREATE ROLE newcomer LOGIN IN ROLE gaveurs";
const BEGIN_COUNT: &str = "SELECT pg_stat_statements_reset()";
/// What the new process asks beside what is asked by one to which nobody hops; each entry of tabs and users is also read once.
const ASKED: &str = r"
    WITH asked AS (
        SELECT rolname, queryid, query, calls FROM pg_stat_statements JOIN pg_roles ON pg_roles.oid = userid
    )
    SELECT sum(calls)::bigint + (SELECT count(*) FROM journal WHERE process = 0 AND corps LIKE '%Arrived%') AS calls
    FROM asked
    WHERE rolname = 'newcomer' AND (
        query ~* '\m(insert|update|delete)\M'
        OR NOT EXISTS (SELECT FROM asked other WHERE other.rolname = 'gaveurs' AND other.queryid = asked.queryid)
    )";

fn path(number: usize) -> String {
    match number {
        0..WALLS => format!("/ws/realtime/?uid=mur{number}&sid=t{number}"),
        _ => format!("/ws/gaveur/{}?sid=t{number}", 1 + number % GAVEURS),
    }
}

/// The type of the frames that tell this tab of readings.
fn kind(number: usize) -> &'static str {
    match number {
        0..WALLS => "gavage_realtime",
        _ => "gavage",
    }
}

/// Sends a meal of each gaveur, again and again until it is over. Returns how often.
async fn feed(address: SocketAddr, rounds: &Cell<i32>, is_over: &Cell<bool>) {
    let mut producer = Client::connect(address, "/ws/gavage").await;
    while !is_over.get() {
        let (life, number) = (rounds.get() / MEALS_OF_A_LOT, rounds.get() % MEALS_OF_A_LOT);
        let meals = (1..=GAVEURS as i32).map(|gaveur| {
            let lot = format!("LL26{life:02}{gaveur:03}");
            meal(&lot, gaveur, number)
        });
        producer.send(meals.collect::<Value>()).await;
        producer.next_of("ack").await;
        rounds.set(rounds.get() + 1);
        sleep(PAUSE).await;
    }
    producer.close().await;
}

async fn rounds_pass(rounds: &Cell<i32>, count: i32) {
    let until = rounds.get() + count;
    while rounds.get() < until {
        sleep(Duration::from_millis(10)).await;
    }
}

/// Hears what is left of the connection that has ended, and connects to the next process with its position.
async fn hop(mut tab: Tab, address: SocketAddr) -> Tab {
    while tab.hear(LONG).await != Turn::Ended {}
    // On a busy machine it may be behind the journal for a moment, and refuse sockets.
    while !tab.try_connect(address, DEADLINE).await {
        sleep(Duration::from_millis(50)).await;
    }
    tab
}

/// Until it has seen so many frames of this type.
async fn hear(tab: &mut Tab, kind: &str, count: usize) {
    let mut found = tab.count(kind);
    while found < count {
        let before = tab.seen.len();
        assert_eq!(tab.hear(LONG).await, Turn::Heard, "{found} of {count}");
        found += tab.seen[before..]
            .iter()
            .filter(|seen| seen.is(kind))
            .count();
    }
}

async fn all_hop(tabs: Vec<Tab>, address: SocketAddr) -> Vec<Tab> {
    let hopping = tabs.into_iter().map(|tab| hop(tab, address));
    stream::iter(hopping).buffered(AT_ONCE).collect().await
}

#[actix_web::test]
async fn a_crowd_that_hops_to_a_process_that_has_just_started_gets_what_it_missed_for_few_statements()
 {
    let directory = reachable_directory();
    let counts = ("shared_preload_libraries", "pg_stat_statements");
    let database = Database::start_with(data_dir(&directory), &[counts]).await;
    database.execute(COUNT_APART).await;
    let mut fleet = Fleet::start_with(&database.url(), 2, &["--grace", "60s"]).await;
    let opening = (0..TABS).map(async |number| Tab::open(&path(number), fleet.address(0)).await);
    let tabs: Vec<_> = stream::iter(opening).buffered(AT_ONCE).collect().await;

    let (rounds, is_over) = (Cell::new(0), Cell::new(false));
    let feeding = feed(fleet.address(1), &rounds, &is_over);
    let hopping = async {
        rounds_pass(&rounds, 2).await;
        fleet.kill(0).await;
        // What happens while nobody hears it.
        rounds_pass(&rounds, 2).await;
        let newcomer = database.url().replacen("//gaveurs@", "//newcomer@", 1);
        fleet.add(&newcomer).await;
        database.execute(BEGIN_COUNT).await;
        let tabs = all_hop(tabs, fleet.address(1)).await;
        rounds_pass(&rounds, 1).await;
        is_over.set(true);
        tabs
    };
    let hopped = timeout(LONG, join(hopping, feeding)).await;
    let (mut tabs, ()) = hopped.expect("the crowd has not hopped in time");
    let rounds = rounds.get() as usize;
    let hearing = tabs.iter_mut().enumerate().map(async |(number, tab)| {
        let of_each = if number < WALLS { GAVEURS } else { 1 };
        hear(tab, kind(number), rounds * of_each).await;
    });
    join_all(hearing).await;
    let asked = database.rows(ASKED).await[0]["calls"].as_i64().unwrap();

    for (number, tab) in tabs.iter().enumerate() {
        assert_eq!(tab.lost_place, [(0, "no_position".to_owned())]);
        tab.assert_without_gap();
        // The first tab of the gaveur, or the first wall.
        let first = &tabs[if number < WALLS {
            0
        } else {
            GAVEURS + number % GAVEURS
        }];
        let (of_it, of_first) = (readings(tab, number), readings(first, number));
        assert_eq!(of_it, of_first, "tab {number}");
    }
    assert!(
        (3..=MOST_STATEMENTS).contains(&asked),
        "{asked} statements for {TABS} tabs"
    );
    drop(tabs);
    fleet.finish().await;
    database.stop().await;
}

#[actix_web::test]
async fn a_thousand_connections_wait_for_a_process_that_accepts_none_for_a_moment() {
    let database = TestDatabase::create_bare().await;
    let fleet = Fleet::start(&database.url(), 1).await;
    let process = &fleet.members[0].process;
    process.signal(Signal::STOP);
    let connecting = (0..1_000).map(|_| TcpStream::connect(fleet.address(0)));
    let connected = timeout(DEADLINE, join_all(connecting)).await;
    process.signal(Signal::CONT);
    let connected = connected.expect("some are ignored by the kernel");
    assert!(connected.iter().all(Result::is_ok));
    drop(connected);
    fleet.finish().await;
}

/// The frames of readings, as they came.
fn readings(tab: &Tab, number: usize) -> Vec<&str> {
    let shown = tab.seen.iter().filter(|seen| seen.is(kind(number)));
    shown.map(|seen| seen.text.as_str()).collect()
}
