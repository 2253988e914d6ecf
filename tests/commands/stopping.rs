//! SIGTERM while users are connected, in grace, and in a clean-up whose database does not answer.

use crate::{
    common::{
        client::Client,
        database::TestDatabase,
        proxy::{Line, Proxy},
        server::{ask, until},
    },
    process::{Ended, Process},
};
use futures_util::future::{join, join_all};
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
