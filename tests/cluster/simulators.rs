//! The Python programs that send meals, samples and ratings, which know of one address only.

use crate::{
    checker::{MEAL, Record},
    common::{
        database::TestDatabase,
        http::post,
        installation,
        readings::{meal, with},
        server::until,
    },
    fleet::Fleet,
    quality::scored,
    screens::{assert_same, tabs},
    tab::{Tab, Turn},
};
use futures_util::future::{join, join_all};
use serde_json::{Value, json};
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

const PRODUCTS: usize = 12;

/// A lot whose meals, samples and control went through a process each.
async fn inspect(fleet: &Fleet, lot: &str) {
    let mut producer = fleet.connect(0, "/ws/gavage").await;
    for number in 0..4 {
        let meal = with(
            meal(lot, 1, number),
            json!({"pret_abattage": number == 3, "simule": true}),
        );
        producer.send(meal).await;
        producer.next_of("ack").await;
    }
    producer.close().await;
    let (first, second) = (fleet.address(0), fleet.address(1));
    let control = async |address, step: &str, body| {
        let url = format!("http://{address}/api/sqal/pending-lots/{lot}/{step}");
        let answer = post(&url, body).await;
        assert_eq!(answer.status(), 200, "{}", answer.body());
    };
    control(second, "claim", json!({"station": "ESP32_LL_01"})).await;
    let mut station = fleet.connect(2, "/ws/sensors/").await;
    for number in 0..PRODUCTS {
        let mut sample = scored(&format!("{lot}-{number}"), "ESP32_LL_01", 0.9);
        sample["simule"] = json!(true);
        station.send(sample).await;
        station.next_of("ack").await;
    }
    station.close().await;
    control(first, "finish", json!({"par": "Jean"})).await;
}

#[actix_web::test]
async fn a_consumers_program_behind_the_balancer_rates_each_product_once_and_every_screen_is_told()
{
    let database = TestDatabase::create_bare().await;
    let fleet = Fleet::start(&database.url(), PROCESSES).await;
    inspect(&fleet, LOTS[0]).await;
    let mut screens = tabs(&fleet, "/ws/realtime/").await;
    let url = format!("http://{}", fleet.balancer.address);
    let of_lot = ["--rounds", "15", "--code-lot", LOTS[0]];
    let args = [&["--api-url", &url, "--interval", "0.05"], &of_lot[..]].concat();
    let rating = run(Path::new("python3"), "consumers/consumer.py", &args, "");
    let watching = screens
        .iter_mut()
        .map(|tab| tab.until("consumer_feedback", PRODUCTS));
    let (said, _) = join(rating, join_all(watching)).await;
    let answers = said
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let answers: Vec<_> = answers.collect();
    assert_eq!(answers.len(), PRODUCTS, "{said}");
    assert!(answers.iter().all(|answer| answer["status"] == 200));
    for tab in &screens {
        assert_same(&screens[0], tab);
        assert_eq!(tab.count("consumer_feedback"), PRODUCTS);
    }
    let stored = database.rows("SELECT FROM consumer_feedbacks").await;
    assert_eq!(stored.len(), PRODUCTS);
    join_all(screens.iter_mut().map(Tab::leave)).await;
    fleet.finish().await;
}
