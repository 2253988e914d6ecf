//! The dashboard and the alert rules in docs/ name metrics that the server has.

use crate::common::{
    readings::meal,
    server::{TestServer, ask_text, until},
};
use serde_json::Value;
use std::{collections::BTreeSet, fs, path::Path};

fn document(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    fs::read_to_string(root.join("docs").join(path)).unwrap()
}

/// Every word of the text that is the name of a metric of ours.
fn named(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !(c.is_ascii_lowercase() || c == '_'));
    let ours = words.filter(|word| word.starts_with("gaveurs_") || word.starts_with("process_"));
    ours.map(str::to_owned).collect()
}

/// Values that a label is compared with, each with its label: `reason="a"`, `reason=~"a|b"`, `reason!="a"`.
fn compared(text: &str) -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    for label in ["reason", "endpoint", "topic"] {
        for operator in ["=\"", "=~\"", "!=\"", "!~\""] {
            for rest in text.split(&format!("{label}{operator}")).skip(1) {
                let values = rest.split('"').next().unwrap();
                found.extend(
                    values
                        .split('|')
                        .map(|value| (label.to_owned(), value.to_owned())),
                );
            }
        }
    }
    found
}

/// The metrics of a server that has been used.
async fn metrics() -> String {
    let server = TestServer::start().await;
    let mut screen = server.connect("/ws/realtime").await;
    screen.next_of("snapshot").await;
    let mut producer = server.connect("/ws/gavage").await;
    producer.next().await;
    producer.ask(meal("LL2611001", 1, 0)).await;
    producer.close().await;
    until("an ended connection is counted", async || {
        server.metric("gaveurs_ws_closed_total").await > 0.0
    })
    .await;
    let (status, text) = ask_text(server.address(), "/metrics").await;
    assert_eq!(status, 200);
    screen.close().await;
    server.finish().await;
    text
}

#[actix_web::test]
async fn every_metric_and_reason_that_the_dashboard_and_the_alerts_name_is_one_of_the_servers() {
    let text = metrics().await;
    let samples = text.lines().filter(|line| !line.starts_with('#'));
    let names: BTreeSet<_> = samples
        .filter_map(|line| line.split(['{', ' ']).next())
        .collect();
    let dashboard: Value = serde_json::from_str(&document("grafana/gaveurs.json")).unwrap();
    let panels = dashboard["panels"].as_array().unwrap().iter();
    let targets = panels.flat_map(|panel| panel["targets"].as_array().unwrap());
    let questions: Vec<_> = targets.map(|it| it["expr"].as_str().unwrap()).collect();
    let alerts = document("prometheus/alerts.yaml");
    let rules: Vec<_> = alerts
        .lines()
        .filter_map(|line| line.trim().strip_prefix("expr: "))
        .collect();
    assert!(questions.len() > 15 && rules.len() > 10);
    for asked in [questions, rules] {
        for question in asked {
            let unknown: Vec<_> = named(question)
                .into_iter()
                .filter(|name| !names.contains(name.as_str()))
                .collect();
            assert!(unknown.is_empty(), "{unknown:?} in {question}");
            for (label, value) in compared(question) {
                let sample = format!("{label}=\"{value}\"");
                assert!(text.contains(&sample), "{sample} in {question}");
            }
        }
    }
}

#[test]
fn names_and_values_are_found_in_a_question() {
    let question =
        "sum(rate(gaveurs_drops_total{reason=~\"a|b\"}[5m])) / process_open_fds{job=\"gaveurs\"}";
    let names = ["gaveurs_drops_total", "process_open_fds"].map(str::to_owned);
    assert_eq!(named(question), names.into());
    let values = ["a", "b"].map(|value| ("reason".to_owned(), value.to_owned()));
    assert_eq!(compared(question), values.into());
}
