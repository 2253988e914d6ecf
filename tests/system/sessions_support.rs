//! Helpers for the tests of sessions: the log and the counters.

use crate::common::{
    client::Client,
    readings::meal,
    server::{TestServer, until},
};
use log::{LevelFilter, Log, Metadata, Record};
use serde_json::Value;
use std::sync::{Mutex, OnceLock};

/// The counters of `/ws-metrics`, whose sums must balance at any moment.
pub async fn counters(server: &TestServer) -> Value {
    balanced(server.get("/ws-metrics").await["server"].take())
}

/// Checks that the sums of the counters balance.
pub fn balanced(counters: Value) -> Value {
    let of = |name: &str| counters[name].as_u64().unwrap();
    let (opened, closed) = (of("opened_total"), of("closed_total"));
    assert_eq!(opened, closed + of("open"), "{counters}");
    let ended = ["cancelled", "executed", "aborted"].map(|end| of(&format!("detach_{end}_total")));
    let ended: u64 = ended.iter().sum();
    let started = of("detach_started_total");
    assert_eq!(started, ended + of("in_grace"), "{counters}");
    counters
}

pub async fn counter(server: &TestServer, name: &str) -> u64 {
    counters(server).await[name].as_u64().unwrap()
}

pub async fn until_counter(server: &TestServer, name: &str, value: u64) {
    until(&format!("{name} = {value}"), async || {
        counter(server, name).await == value
    })
    .await;
}

/// How many connections have ended for this reason.
pub async fn reason(server: &TestServer, reason: &str) -> u64 {
    counters(server).await["reasons_total"][reason]
        .as_u64()
        .unwrap_or(0)
}

/// Stores the `number`-th meal of a lot and waits for its ack.
pub async fn store(producer: &mut Client, code_lot: &str, gaveur_id: i32, number: i32) {
    producer.send(meal(code_lot, gaveur_id, number)).await;
    producer.next_of("ack").await;
}

/// Log lines that contain this text. Tests run in parallel, so give every user a unique name.
pub fn logged(text: &str) -> Vec<String> {
    let lines = log_lines().lock().unwrap();
    lines
        .iter()
        .filter(|line| line.contains(text))
        .cloned()
        .collect()
}

fn log_lines() -> &'static Mutex<Vec<String>> {
    static LINES: OnceLock<Mutex<Vec<String>>> = OnceLock::new();
    LINES.get_or_init(Default::default)
}

/// Records the log from now on.
pub fn keep_log() {
    struct Keeper;
    impl Log for Keeper {
        fn enabled(&self, _: &Metadata) -> bool {
            true
        }
        fn log(&self, record: &Record) {
            log_lines().lock().unwrap().push(record.args().to_string());
        }
        fn flush(&self) {}
    }
    // Fails if another test has set it.
    let _ = log::set_logger(&Keeper);
    log::set_max_level(LevelFilter::Info);
}
