//! What NATS tells the processes of each other's entries may be late, lost, repeated or wrong: screens see the same.

use crate::{
    checker::MEAL,
    common::{
        address::Reserved,
        database::TestDatabase,
        server::{ask, ask_text, until},
    },
    fleet::Fleet,
    nats::Nats,
    notifications::Notifications,
    screens::{assert_each_once_in_one_order, feed_through_each, tabs},
    tab::Tab,
};
use async_nats::ConnectOptions;
use bytes::Bytes;
use futures_util::{StreamExt, future::join_all};
use rand::{RngExt, SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use rustix::process::Signal;
use serde_json::json;
use std::net::SocketAddr;
use tokio::task::{JoinHandle, spawn_local};

const PROCESSES: usize = 3;
/// Meals of a lot between two faults.
const MEALS: i32 = 4;
const SUBJECTS: &str = "gaveurs.journal.>";

async fn fleet(database: &TestDatabase, count: usize, nats: &str) -> Fleet {
    Fleet::start_with(&database.url(), count, &["--transport", nats]).await
}

async fn figure(address: SocketAddr, name: &str) -> u64 {
    let metrics = ask_text(address, "/metrics").await.1;
    let line = metrics
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("no {name}")).parse().unwrap()
}

/// How often NATS has told it of something new.
async fn wakes(address: SocketAddr) -> u64 {
    figure(address, "gaveurs_transport_wakes_total").await
}

/// Until every process says so. Each is ready all the time.
async fn until_nats_is(fleet: &Fleet, is_there: bool) {
    for member in &fleet.members {
        until("the process knows where NATS is", async || {
            let (status, health) = ask(member.address, "/health").await;
            assert_eq!((status, &health["status"]), (200, &json!("healthy")));
            assert_eq!(ask(member.address, "/health/ready").await.0, 200);
            let warning = health["warning"].as_str().unwrap_or_default();
            let away = health["transport"] == "disconnected";
            assert_eq!(away, warning.contains("NATS is away"));
            let gauge = figure(member.address, "gaveurs_transport_away").await;
            gauge == u64::from(!is_there) && away != is_there
        })
        .await;
    }
}

/// Feeds, from this meal of each lot on, until every process was woken by NATS. Returns the number of meals.
async fn feed_until_told(fleet: &Fleet, mut next: i32) -> usize {
    let mut meals = 0;
    until("NATS has told every process of something", async || {
        meals += feed_through_each(fleet, next..next + 1).await;
        next += 1;
        let wakes = join_all(fleet.members.iter().map(|member| wakes(member.address))).await;
        wakes.iter().all(|wakes| *wakes > 0)
    })
    .await;
    meals
}

#[actix_web::test]
async fn readings_are_on_the_screens_of_all_processes_and_nats_tells_of_them_instead_of_postgresql()
{
    let Some(nats) = Nats::start(&[]).await else {
        return;
    };
    let database = TestDatabase::create_bare().await;
    let other_database = TestDatabase::create_bare().await;
    let fed = fleet(&database, PROCESSES, &nats.url()).await;
    let other = fleet(&other_database, 1, &nats.url()).await;
    let client = async_nats::connect(nats.url()).await.unwrap();
    let mut news = client.subscribe(SUBJECTS).await.unwrap();
    client.flush().await.unwrap();
    let notifications = Notifications::listen(&database.url()).await;
    let mut screens = tabs(&fed, "/ws/realtime/").await;

    let meals = feed_until_told(&fed, 0).await;
    join_all(screens.iter_mut().map(|tab| tab.until(MEAL, meals))).await;
    assert_each_once_in_one_order(&screens, MEAL, meals);

    let epoch = database.rows("SELECT epoque FROM journal_epoque").await;
    let epoch = epoch[0]["epoque"].as_str().unwrap().to_owned();
    let positions = figure(fed.address(0), "gaveurs_journal_position").await;
    let mut greatest = 0;
    while greatest < 2 * meals as u64 / 3 {
        let told = news.next().await.unwrap();
        let subject = told.subject.as_str();
        if subject.starts_with(&format!("gaveurs.journal.{epoch}-")) {
            let position = std::str::from_utf8(&told.payload).unwrap();
            greatest = greatest.max(position.parse().unwrap());
        }
    }
    assert!(greatest <= positions + 10, "{greatest} of {positions}");
    // The two databases have nothing to do with each other.
    assert_eq!(wakes(other.address(0)).await, 0);
    // PostgreSQL tells of arrivals, which no process has placed, and of nothing else.
    let told = notifications.until_now().await;
    let of_writers: Vec<_> = told.iter().filter(|told| !told.starts_with("0 ")).collect();
    assert!(of_writers.is_empty(), "{of_writers:?}");
    join_all(screens.iter_mut().map(Tab::leave)).await;
    fed.finish().await;
    other.finish().await;
}

#[actix_web::test]
async fn while_nats_is_killed_or_stands_still_every_screen_sees_each_reading_once_and_it_is_said_once()
 {
    let Some(mut nats) = Nats::start(&[]).await else {
        return;
    };
    let database = TestDatabase::create_bare().await;
    let fleet = fleet(&database, PROCESSES, &nats.url()).await;
    let mut screens = tabs(&fleet, "/ws/realtime/").await;
    let mut meals = 0;
    let mut feed = async |phase: i32| {
        let first = phase * MEALS;
        meals += feed_through_each(&fleet, first..first + MEALS).await;
        join_all(screens.iter_mut().map(|tab| tab.until(MEAL, meals))).await;
    };
    feed(0).await;
    nats.kill().await;
    until_nats_is(&fleet, false).await;
    feed(1).await;
    nats.begin().await;
    until_nats_is(&fleet, true).await;
    feed(2).await;
    nats.signal(Signal::STOP);
    feed(3).await;
    until_nats_is(&fleet, false).await;
    feed(4).await;
    nats.signal(Signal::CONT);
    until_nats_is(&fleet, true).await;
    feed(5).await;

    assert_each_once_in_one_order(&screens, MEAL, meals);
    join_all(screens.iter_mut().map(Tab::leave)).await;
    for number in 0..PROCESSES {
        let outages = figure(fleet.address(number), "gaveurs_transport_outages_total").await;
        assert_eq!(outages, 2);
    }
    for said in fleet.end_all().await {
        for (words, times) in [("NATS is away", 2), ("NATS is back", 2)] {
            let lines = said.iter().filter(|line| line.contains(words));
            assert_eq!(lines.count(), times, "{said:#?}");
        }
    }
}

#[actix_web::test]
async fn processes_that_start_while_nats_is_away_work_and_find_it_when_it_comes() {
    let port = Reserved::new();
    let address = port.address();
    let database = TestDatabase::create_bare().await;
    let fleet = fleet(&database, 2, &format!("nats://{address}")).await;
    let mut screens = tabs(&fleet, "/ws/realtime/").await;
    until_nats_is(&fleet, false).await;
    let mut meals = feed_through_each(&fleet, 0..MEALS).await;
    join_all(screens.iter_mut().map(|tab| tab.until(MEAL, meals))).await;
    if let Some(_nats) = Nats::start_at(port, &[]).await {
        until_nats_is(&fleet, true).await;
        meals += feed_until_told(&fleet, MEALS).await;
        join_all(screens.iter_mut().map(|tab| tab.until(MEAL, meals))).await;
        // NATS is still there, so that nobody misses it.
        join_all(screens.iter_mut().map(Tab::leave)).await;
        fleet.finish().await;
    }
}

/// Repeats what it has heard before, in any order, and says what is no position.
async fn interfere(nats: &Nats) -> JoinHandle<()> {
    let options = ConnectOptions::new().no_echo();
    let client = options.connect(nats.url()).await.unwrap();
    let mut news = client.subscribe(SUBJECTS).await.unwrap();
    client.flush().await.unwrap();
    let garbage = [
        &b""[..],
        b"-1",
        b"9223372036854775807",
        b"9223372036854775808",
        b"12 13",
        b"\xff\xfe\0",
        &[b'7'; 100_000],
    ];
    let garbage = garbage.map(Bytes::copy_from_slice);
    spawn_local(async move {
        let rng = &mut ChaCha8Rng::seed_from_u64(1);
        let mut heard = Vec::new();
        while let Some(message) = news.next().await {
            heard.push(message.payload);
            let mut said: Vec<_> = garbage.to_vec();
            said.extend((0..3).map(|_| heard[rng.random_range(0..heard.len())].clone()));
            said.shuffle(rng);
            for payload in said {
                client
                    .publish(message.subject.clone(), payload)
                    .await
                    .unwrap();
            }
        }
    })
}

/// Of two messages one is lost.
const LOSES: &str =
    r#"mappings = { "gaveurs.journal.>": [ { destination: "gaveurs.journal.>", weight: 50% } ] }"#;

#[actix_web::test]
async fn nats_that_loses_repeats_reorders_and_invents_news_changes_nothing_on_any_screen() {
    let directory = tempfile::tempdir().unwrap();
    let config = directory.path().join("nats.conf");
    std::fs::write(&config, LOSES).unwrap();
    let Some(nats) = Nats::start(&["--config", config.to_str().unwrap()]).await else {
        return;
    };
    let database = TestDatabase::create_bare().await;
    let fleet = fleet(&database, PROCESSES, &nats.url()).await;
    let interfering = interfere(&nats).await;
    let mut screens = tabs(&fleet, "/ws/realtime/").await;
    let meals = feed_through_each(&fleet, 0..20).await;
    join_all(screens.iter_mut().map(|tab| tab.until(MEAL, meals))).await;
    assert_each_once_in_one_order(&screens, MEAL, meals);
    assert!(!interfering.is_finished());
    interfering.abort();
    join_all(screens.iter_mut().map(Tab::leave)).await;
    fleet.finish().await;
}

/// What a process that is told this address says of NATS. `words` are in its log.
async fn log_of(database: &TestDatabase, transport: &str, trusted: &str, words: &str) {
    let flags = ["serve", "--bind", "127.0.0.1:0", "--cluster"];
    let told = ["--database-url", &database.url(), "--transport", transport];
    // With what the library says too.
    let environment = [
        ("RUST_LOG", "info,async_nats=trace"),
        ("SSL_CERT_FILE", trusted),
    ];
    let mut process =
        crate::process::Process::start_with(&[&flags[..], &told].concat(), &environment);
    process.says(words).await;
    process.terminate();
    let ended = process.ended().await;
    assert_eq!(ended.code, Some(0));
    assert!(!ended.said.iter().any(|line| line.contains("s3cr")));
}

#[actix_web::test]
async fn a_login_is_a_user_or_a_token_of_the_address_and_never_said() {
    let database = TestDatabase::create_bare().await;
    let user = ["--user", "g", "--pass", "s3cr@t"];
    let token = ["--auth", "s3cr3t"];
    for (flags, right, wrong) in [
        (&user[..], "g:s3cr%40t@", "g:s3cr3@"),
        (&token[..], "s3cr3t@", "g:s3cr3t@"),
    ] {
        let Some(nats) = Nats::start(flags).await else {
            return;
        };
        let url = |login| format!("nats://{login}{}", nats.address);
        log_of(&database, &url(right), "", "NATS is there").await;
        let refused = "NATS is away (authorization violation";
        for login in [wrong, ""] {
            log_of(&database, &url(login), "", refused).await;
        }
    }
}

#[actix_web::test]
async fn with_tls_nats_must_present_a_certificate_that_the_machine_trusts() {
    let directory = tempfile::tempdir().unwrap();
    let written = |name: &str, text: String| {
        let path = directory.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let other = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let certificate = written("nats.pem", made.cert.pem());
    let key = written("nats.key", made.signing_key.serialize_pem());
    let untrusted = written("other.pem", other.cert.pem());
    let flags = ["--tls", "--tlscert", &certificate, "--tlskey", &key];
    let Some(nats) = Nats::start(&flags).await else {
        return;
    };
    let database = TestDatabase::create_bare().await;
    let url = format!("tls://localhost:{}", nats.address.port());
    log_of(&database, &url, &certificate, "NATS is there").await;
    log_of(&database, &url, &untrusted, "NATS is away").await;

    // Who wants TLS says nothing to a server without it.
    let Some(plain) = Nats::start(&[]).await else {
        return;
    };
    let url = format!("tls://localhost:{}", plain.address.port());
    log_of(&database, &url, &certificate, "NATS is away").await;
}
