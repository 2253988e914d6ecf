//! SIGTERM while users are connected, in grace, and in a clean-up whose database does not answer, and while readings wait for it.

use crate::{
    common::{
        client::Client,
        database::TestDatabase,
        proxy::{Line, Proxy},
        readings::{meal, with},
        server::{ask, until},
    },
    process::{Ended, Process, data_dir, postmaster, reachable_directory},
};
use futures_util::future::{join, join_all};
use gaveurs::app::STOPS_WITHIN;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use std::{collections::BTreeSet, net::SocketAddr, time::Duration};
use tokio::time::Instant;

const OPEN: usize = 100;
const IN_GRACE: usize = 20;
const CLEANING: usize = 5;
/// The users in clean-up have waited for its end; the users in grace must not reach it.
const GRACE: &str = "4s";

async fn connect(address: SocketAddr, group: &str, count: usize) -> Vec<Client> {
    let path = |number| format!("/ws/realtime/?uid={group}-{number}");
    join_all((0..count).map(async |number| Client::connect(address, &path(number)).await)).await
}

async fn until_counter(address: SocketAddr, name: &str, count: usize) {
    until(&format!("{name} = {count}"), async || {
        ask(address, "/ws-metrics").await.1["server"][name] == count
    })
    .await;
}

/// The users of the log lines that begin with this word.
fn users(ended: &Ended, word: &str) -> Vec<String> {
    let begin = format!("{word} uid=");
    let of_line = |line: &String| {
        let (_, rest) = line.split_once(&begin)?;
        rest.split(' ').next().map(str::to_owned)
    };
    ended.said.iter().filter_map(of_line).collect()
}

fn group(name: &str, count: usize) -> BTreeSet<String> {
    (0..count)
        .map(|number| format!("{name}-{number}"))
        .collect()
}

/// Reads every screen's Close frame; returns the time that the last one took.
async fn farewells(screens: Vec<Client>, asked: Instant) -> Duration {
    let told = screens.into_iter().map(async |mut screen| {
        let goodbye = screen.ended().await.expect("a Close frame");
        assert_eq!(u16::from(goodbye.code), 1012);
        asked.elapsed()
    });
    join_all(told).await.into_iter().max().unwrap_or_default()
}

#[actix_web::test]
async fn everybody_is_told_at_once_every_grace_ends_with_its_line_and_hanging_clean_ups_hold_up_nothing()
 {
    let database = TestDatabase::create_bare().await;
    let (proxy, url) = Proxy::before(&database.url()).await;
    let args = ["serve", "--bind", "127.0.0.1:0", "--grace", GRACE];
    let mut server = Process::start(&[&args[..], &["--database-url", &url]].concat());
    let address = server.address().await;
    let cleaning = connect(address, "cleaning", CLEANING).await;
    let leaving = connect(address, "leaving", IN_GRACE).await;
    let staying = connect(address, "staying", OPEN).await;
    until("all are registered", async || {
        database.rows("SELECT 1 FROM ws_registry").await.len() == OPEN + IN_GRACE + CLEANING
    })
    .await;
    proxy.set(Line::Stalled);
    cleaning.into_iter().for_each(Client::vanish);
    until_counter(address, "cleaning", CLEANING).await;
    leaving.into_iter().for_each(Client::vanish);
    until_counter(address, "in_grace", IN_GRACE).await;
    until_counter(address, "open", OPEN).await;

    let asked = Instant::now();
    server.terminate();
    let (ended, told) = join(server.ended(), farewells(staying, asked)).await;
    let lasted = asked.elapsed();
    assert!(
        told < Duration::from_secs(1),
        "the last one was told after {told:?}"
    );
    assert!(lasted < Duration::from_secs(10), "it took {lasted:?}");
    assert_eq!(ended.code, Some(0), "{:#?}", ended.said);

    let mut started = users(&ended, "user_detach_delay_start");
    let mut ends = users(&ended, "user_detach_aborted");
    assert_eq!(
        BTreeSet::from_iter(ends.clone()),
        group("leaving", IN_GRACE)
    );
    assert_eq!(
        BTreeSet::from_iter(users(&ended, "user_detach_executing")),
        group("cleaning", CLEANING)
    );
    ends.extend(users(&ended, "user_detach_executing"));
    started.sort();
    ends.sort();
    assert_eq!(started, ends, "each grace has one end");
}

/// The processes of a private PostgreSQL, which stand still: their sockets accept, and nothing answers. Killed when dropped.
struct StandingStill(Vec<Pid>);

impl StandingStill {
    fn stop(postmaster: Pid) -> Self {
        kill_process(postmaster, Signal::STOP).unwrap();
        // While it stands still it starts no others.
        let mut all = children(postmaster);
        for child in &all {
            kill_process(*child, Signal::STOP).unwrap();
        }
        all.push(postmaster);
        StandingStill(all)
    }
}

impl Drop for StandingStill {
    fn drop(&mut self) {
        for process in &self.0 {
            // Ignores the error: the server has killed some of them.
            let _ = kill_process(*process, Signal::KILL);
        }
    }
}

fn children(parent: Pid) -> Vec<Pid> {
    let parent = parent.as_raw_nonzero().to_string();
    let child = |entry: std::fs::DirEntry| {
        let stat = std::fs::read_to_string(entry.path().join("stat")).ok()?;
        // After the name, which may contain spaces, come the state and the parent.
        let (_, fields) = stat.rsplit_once(") ")?;
        let is_child = fields.split(' ').nth(1)? == parent;
        let id = entry.file_name().to_str()?.parse().ok()?;
        is_child.then(|| Pid::from_raw(id))?
    };
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    processes.filter_map(child).collect()
}

#[actix_web::test]
async fn a_database_that_stands_still_neither_delays_the_end_nor_hides_what_was_not_written() {
    let directory = reachable_directory();
    let data_dir = data_dir(&directory);
    let args = ["serve", "--bind", "127.0.0.1:0", "--grace", "20ms"];
    let mut server = Process::start(&[&args[..], &["--data-dir", &data_dir]].concat());
    let address = server.address().await;
    let leaving = connect(address, "leaving", CLEANING).await;
    let mut producer = Client::connect(address, "/ws/gavage").await;
    producer.next().await;
    producer.ask(meal("LL2611001", 7, 0)).await;
    let mut station = Client::connect(address, "/ws/sensors/").await;
    station.next().await;

    let database = StandingStill::stop(postmaster(&data_dir));
    leaving.into_iter().for_each(Client::vanish);
    until_counter(address, "cleaning", CLEANING).await;
    for number in 1..=3 {
        producer.send(meal("LL2611001", 7, number)).await;
    }
    producer.settled().await;
    let sample: Value = serde_json::from_str(include_str!("../frames/sensor_data.json")).unwrap();
    for sample_id in ["S-1", "S-2"] {
        let sample = with(sample.clone(), json!({"sample_id": sample_id}));
        station.send(sample).await;
    }
    station.settled().await;

    let asked = Instant::now();
    server.terminate();
    let ended = server.ended().await;
    let lasted = asked.elapsed();
    // The machine may be busy.
    let bound = STOPS_WITHIN + Duration::from_secs(3);
    assert!(lasted < bound, "it took {lasted:?}");
    assert_eq!(ended.code, Some(1), "{:#?}", ended.said);
    assert_eq!(
        ended.said.last().map(String::as_str),
        Some(
            "error: 3 readings and 2 samples could not be written before the end; none of them was acked"
        )
    );
    let of_the_pool: Vec<_> = ended
        .said
        .iter()
        .filter(|line| line.contains("pool"))
        .collect();
    assert!(of_the_pool.is_empty(), "{of_the_pool:#?}");
    drop(database);
}
