//! The counters of `/ws-metrics`, read under load.

use crate::{
    common::{
        client::Client,
        database::TestDatabase,
        http,
        proxy::{Line, Proxy},
        server::{TestServer, settings, until},
    },
    sessions_support::{balanced, counters, until_counter},
};
use futures_util::future::{join, join_all};
use gaveurs::app::Application;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;
use std::{cell::Cell, net::SocketAddr};
use ureq::http::Request;

const CLIENTS: u64 = 12;
const STEPS: usize = 40;
const USERS: i32 = 30;
const COUNTERS: [&str; 19] = [
    "open",
    "in_grace",
    "cleaning",
    "opened_total",
    "closed_total",
    "detach_started_total",
    "detach_cancelled_total",
    "detach_executed_total",
    "detach_aborted_total",
    "cleanup_ok_total",
    "cleanup_err_total",
    "stale_disconnect_total",
    "superseded_total",
    "cleanup_due_stale_total",
    "replayed_total",
    "resume_refused_total",
    "dropped_slow_total",
    "rejected_total",
    "evicted_users_total",
];

/// Prints how to reproduce a failed run.
struct Seed(u64);

impl Seed {
    fn new() -> Self {
        let given = std::env::var("GAVEURS_SEED").ok();
        Seed(given.map_or_else(rand::random, |seed| seed.parse().unwrap()))
    }

    fn random(&self, stream: u64) -> ChaCha8Rng {
        let mut random = ChaCha8Rng::seed_from_u64(self.0);
        random.set_stream(stream);
        random
    }
}

impl Drop for Seed {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("play this again with GAVEURS_SEED={}", self.0);
        }
    }
}

/// Connects and disconnects at random: with and without a tab, with and without Close, sometimes taking over another's tab.
async fn come_and_go(address: SocketAddr, mut random: ChaCha8Rng) {
    for _ in 0..STEPS {
        let uid = random.random_range(0..USERS);
        let tab = match random.random_range(0..3) {
            0 => String::new(),
            sid => format!("&sid={sid}&epoch=0&last_seq=0"),
        };
        let path = format!("/ws/realtime/?uid=u{uid}{tab}");
        let mut client = Client::connect(address, &path).await;
        // Every stream begins with at least this many frames.
        for _ in 0..random.random_range(0..=3) {
            client.next_message().await;
        }
        if random.random_bool(0.5) {
            client.vanish()
        } else {
            client.close().await
        }
    }
}

/// `None` if the server no longer answers.
async fn poll(address: SocketAddr) -> Option<Value> {
    let request = Request::get(format!("http://{address}/ws-metrics"));
    let answer = http::send(request.body(()).unwrap()).await.ok()?;
    let answer: Value = serde_json::from_str(answer.body()).ok()?;
    Some(balanced(answer["server"].clone()))
}

fn count(counters: &Value, name: &str) -> u64 {
    let count = counters[name].as_u64();
    count.unwrap_or_else(|| panic!("{name} is missing in {counters}"))
}

/// Polls as fast as possible while `goes_on`; a total never falls. Returns the number of polls.
async fn watch(address: SocketAddr, goes_on: impl Fn() -> bool) -> usize {
    let mut polls = 0;
    let mut before = COUNTERS.map(|_| 0);
    while goes_on() {
        let Some(counters) = poll(address).await else {
            break;
        };
        let now = COUNTERS.map(|name| count(&counters, name));
        for ((name, before), now) in COUNTERS.iter().zip(before).zip(now) {
            assert!(
                now >= before || !name.ends_with("_total"),
                "{name} fell from {before} to {now}"
            );
        }
        before = now;
        polls += 1;
    }
    polls
}

#[actix_web::test]
async fn the_metrics_have_the_same_figures_and_reasons() {
    let server = TestServer::start_with(&["--max-connections", "2", "--grace", "1h"]).await;
    let screen = server
        .connect("/ws/realtime/?uid=7&sid=a&epoch=0&last_seq=0")
        .await;
    let again = server
        .connect("/ws/realtime/?uid=7&sid=a&epoch=0&last_seq=0")
        .await;
    let refused = Client::try_connect(server.address(), "/ws/realtime").await;
    assert!(refused.is_err());
    drop(screen);
    again.close().await;
    until_counter(&server, "in_grace", 1).await;
    let counters = counters(&server).await;
    for name in COUNTERS {
        let metric = server.metric(&format!("gaveurs_ws_{name}")).await;
        assert_eq!(metric, count(&counters, name) as f64, "{name}");
    }
    for (name, least) in [
        ("superseded_total", 1),
        ("resume_refused_total", 2),
        ("rejected_total", 1),
    ] {
        assert!(count(&counters, name) >= least, "{name}: {counters}");
    }
    for (reason, ended) in counters["reasons_total"].as_object().unwrap() {
        let metric = format!("gaveurs_ws_ended_total{{reason=\"{reason}\"}}");
        assert_eq!(
            Some(server.metric(&metric).await),
            ended.as_f64(),
            "{reason}"
        );
    }
    server.stop().await;
}

#[actix_web::test]
async fn the_sums_balance_at_any_moment_of_a_random_churn_an_outage_and_the_end() {
    let seed = Seed::new();
    let database = TestDatabase::create_bare().await;
    let (proxy, url) = Proxy::before(&database.url()).await;
    let flags = ["--grace", "100ms", "--statement-timeout", "300ms"];
    let app = Application::build(&settings(&url, &flags)).await.unwrap();
    let address = app.address();
    let direct = proxy.line();

    let going_on = Cell::new(true);
    let churn = async {
        join_all((0..CLIENTS / 2).map(|client| come_and_go(address, seed.random(client)))).await;
        proxy.set(Line::Stalled);
        join_all((CLIENTS / 2..CLIENTS).map(|client| come_and_go(address, seed.random(client))))
            .await;
        until("a clean-up has failed", async || {
            count(&poll(address).await.unwrap(), "cleanup_err_total") > 0
        })
        .await;
        proxy.set(direct);
        until("everybody has gone", async || {
            let counters = poll(address).await.unwrap();
            ["open", "in_grace", "cleaning"]
                .iter()
                .all(|name| count(&counters, name) == 0)
        })
        .await;
        going_on.set(false);
    };
    let ((), polls) = join(churn, watch(address, || going_on.get())).await;
    assert!(polls > 50, "{polls} polls");

    let counters = poll(address).await.unwrap();
    for name in [
        "detach_cancelled_total",
        "detach_executed_total",
        "cleanup_ok_total",
        "superseded_total",
        "resume_refused_total",
    ] {
        assert!(
            count(&counters, name) > 0,
            "nothing came to {name}: {counters}"
        );
    }
    let reasons = counters["reasons_total"].as_object().unwrap();
    let ended: u64 = reasons.values().filter_map(Value::as_u64).sum();
    assert_eq!(
        ended,
        count(&counters, "closed_total"),
        "each end has one reason: {counters}"
    );
    assert_eq!(
        count(&counters, "cleanup_ok_total") + count(&counters, "cleanup_err_total"),
        count(&counters, "detach_executed_total")
    );

    // Users who are connected when the server stops, and some who have just disconnected.
    let mut here = Vec::new();
    for number in 0..20 {
        here.push(Client::connect(address, &format!("/ws/realtime/?uid=last{number}")).await);
    }
    here.drain(..10).for_each(Client::vanish);
    let (stopped, polls) = join(app.stop(), watch(address, || true)).await;
    stopped.unwrap();
    assert!(polls > 0);
}
