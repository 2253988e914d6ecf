//! Consumers' programs: ours, and one that does what the older one does.

use crate::{
    common::server::TestServer,
    support::{inspected, products},
};
use gaveurs::{
    domain::consumer::profile::Profile,
    simulator::consumer::{Consumers, Event},
};
use serde_json::{Value, json};
use std::{future::pending, time::Duration};
use tokio::{process::Command, time::timeout};

const LOT: &str = "LL2611001";

#[actix_web::test]
async fn a_program_that_does_what_the_older_simulator_does_rates_each_product_once() {
    let server = TestServer::start().await;
    inspected(&server, LOT, &[0.9; 12], true).await;
    let program = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/consumers/consumer.py");
    let mut command = Command::new("python3");
    command.args([program, "--api-url", &server.url(""), "--interval", "0.05"]);
    command.args(["--rounds", "15", "--code-lot", LOT]);
    command.kill_on_drop(true);
    let output = timeout(Duration::from_secs(60), command.output()).await;
    let output = output.unwrap().unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complaint}");
    let said = String::from_utf8(output.stdout).unwrap();
    let answers: Vec<Value> = said
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(answers.len(), 12);
    for answer in &answers {
        assert_eq!(answer["status"], 200, "{answer}");
        assert!(answer["id"].is_u64() && answer["message"].is_string());
    }
    // The tiles of the older demonstration page read these.
    let listed = server.get("/api/consumer/feedbacks?limit=100").await;
    let listed = listed.as_array().unwrap();
    assert_eq!(listed.len(), 12);
    assert!(listed.iter().all(|one| one["rating"].is_u64()
        && one["created_at"].is_string()
        && one["simule"] == json!(true)));
    server.finish().await;
}

#[actix_web::test]
async fn our_consumers_rate_as_often_as_they_are_told_and_go_on_when_nothing_is_new() {
    let server = TestServer::start().await;
    inspected(&server, LOT, &[0.9; 8], true).await;
    let consumers = |count, seed| Consumers {
        server: server.url(""),
        pace: Duration::from_millis(1),
        count,
        lot: Some(LOT.to_owned()),
        profile: Profile::Positive,
        seed,
        key: None,
    };
    let mut rated = Vec::new();
    let summary = consumers(5, 1)
        .run(pending(), |event, _| rated.push(event))
        .await;
    assert_eq!((summary.rated, summary.refused, summary.away), (5, 0, 0));
    assert!(rated.iter().all(|event| matches!(event, Event::Rated(_))));
    // Another run knows nothing of the first: the server does.
    let end = tokio::time::sleep(Duration::from_secs(3));
    let rest = consumers(0, 2).run(end, |_, _| {}).await;
    assert_eq!((rest.rated, rest.skipped, rest.refused), (3, 5, 0));
    assert_eq!(products(&server, LOT).await.len(), 8);
    server.finish().await;
}
