//! The Python programs that send meals and samples, which know of one address only.

use crate::{
    checker::{MEAL, Record},
    common::{database::TestDatabase, installation, readings::meal, server::until},
    fleet::Fleet,
    screens::{assert_same, tabs},
    tab::{Tab, Turn},
};
use futures_util::future::{join, join_all};
use serde_json::Value;
use std::{cell::Cell, collections::BTreeSet, path::Path, process::Stdio, time::Duration};
use tokio::{io::AsyncWriteExt, process::Command, time::timeout};

const PROCESSES: usize = 3;
const LOTS: [&str; 3] = ["LL2611001", "LS2611002", "MT2611003"];
const MEALS: i32 = 28;
const PATIENCE: Duration = Duration::from_secs(60);

/// What the program said. It gets the text to read.
async fn run(python: &Path, program: &str, args: &[&str], text: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests")
        .join(program);
    let mut command = Command::new(python);
    command
        .arg(path)
        .args(args)
        .env("TZ", "UTC0")
        .kill_on_drop(true);
    let piped = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = piped.spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(text.as_bytes()).await.unwrap();
    drop(input);
    let output = timeout(PATIENCE, child.wait_with_output())
        .await
        .unwrap()
        .unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complaint}");
    String::from_utf8(output.stdout).unwrap()
}

/// The samples that a station says it has sent.
fn sent(said: &str) -> BTreeSet<String> {
    let lines = said
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines
        .filter_map(|line| line["sent"].as_str().map(str::to_owned))
        .collect()
}

async fn samples(database: &TestDatabase) -> BTreeSet<String> {
    let rows = database.rows("SELECT sample_id FROM sensor_samples").await;
    let ids = rows.iter().filter_map(|row| row["sample_id"].as_str());
    ids.map(str::to_owned).collect()
}

#[actix_web::test]
async fn old_simulators_that_send_and_close_or_never_read_lose_nothing_behind_the_balancer() {
    let Some(bin) = installation::python("websockets==17.4").await else {
        return;
    };
    let python = bin.join("python");
    let database = TestDatabase::create_bare().await;
    let fleet = Fleet::start_with(&database.url(), PROCESSES, &["--zone", "UTC"]).await;
    let mut screens = tabs(&fleet, "/ws/realtime/").await;
    let balancer = fleet.balancer.address;
    let meals = (0..MEALS).flat_map(|number| LOTS.map(|lot| meal(lot, 7, number).to_string()));
    let meals: Vec<_> = meals.collect();
    let (url, text) = (format!("ws://{balancer}/ws/gavage"), meals.join("\n"));
    let args = [url.as_str()];
    let feeding = run(&python, "cluster/gavage.py", &args, &text);
    let url = format!("ws://{balancer}/ws/sensors/");
    let station = ["--seconds", "8", "--period", "0.1", "--keepalive", "1"];
    let args = [&[url.as_str()], &station[..]].concat();
    let is_over = Cell::new(false);
    let working = async {
        let (_, said) = join(feeding, run(&python, "simulator/station.py", &args, "")).await;
        let sent = sent(&said);
        assert!(sent.len() > 20, "{said}");
        // Whoever does not read is not told when what he has sent is stored.
        until("everything that was sent is stored", async || {
            let fed = Record::of(&database).await.meals() == meals.len();
            fed && samples(&database).await == sent
        })
        .await;
        is_over.set(true);
        sent
    };
    let watching = screens.iter_mut().map(async |tab| {
        while !is_over.get() {
            assert_ne!(tab.hear(Duration::from_millis(100)).await, Turn::Ended);
        }
    });
    let (sent, _) = join(working, join_all(watching)).await;
    join_all(screens.iter_mut().map(|tab| tab.until(MEAL, meals.len()))).await;
    join_all(
        screens
            .iter_mut()
            .map(|tab| tab.until("sensor_update", sent.len())),
    )
    .await;
    let record = Record::of(&database).await;
    assert_eq!(
        record.complaints(&BTreeSet::new(), &screens),
        Vec::<String>::new()
    );
    for tab in &screens {
        assert_same(&screens[0], tab);
        assert_eq!(
            (tab.count(MEAL), tab.count("sensor_update")),
            (meals.len(), sent.len())
        );
    }
    join_all(screens.iter_mut().map(Tab::leave)).await;
    fleet.finish().await;
}
