//! The real stations run a Python program that never reads its acks; this tests an equivalent program against the real server.

use crate::{
    common::{
        database::TestDatabase,
        installation,
        server::{TestServer, until},
    },
    process::Process,
};
use gaveurs::domain::{access::Role, grant::Grant};
use serde_json::Value;
use std::{collections::BTreeSet, process::Stdio, time::Duration};
use tokio::{process::Command, time::timeout};

/// Pace of the station.
struct Rhythm {
    seconds: f64,
    period: f64,
    keepalive: f64,
}

/// Ten times the real pace; the real pace if `GAVEURS_STATION_MINUTES` says for how many minutes.
fn rhythm() -> Rhythm {
    match std::env::var("GAVEURS_STATION_MINUTES") {
        Ok(minutes) => Rhythm {
            seconds: 60.0 * minutes.parse::<f64>().unwrap(),
            period: 1.0,
            keepalive: 20.0,
        },
        Err(_) => Rhythm {
            seconds: 15.0,
            period: 0.1,
            keepalive: 2.0,
        },
    }
}

/// What the program logged.
#[derive(Default)]
struct Told {
    sent: BTreeSet<String>,
    sizes: Vec<u64>,
    closed: Vec<Option<u64>>,
}

async fn work(python: &std::path::Path, url: &str, rhythm: &Rhythm) -> Told {
    let program = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/simulator/station.py");
    let mut command = Command::new(python);
    command.args([program, url]);
    command.env("TZ", "UTC0");
    for (flag, value) in [
        ("--seconds", rhythm.seconds),
        ("--period", rhythm.period),
        ("--keepalive", rhythm.keepalive),
    ] {
        command.args([flag, &value.to_string()]);
    }
    command.stdin(Stdio::null()).kill_on_drop(true);
    let patience = Duration::from_secs_f64(rhythm.seconds + 60.0);
    let output = timeout(patience, command.output()).await.unwrap().unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complaint}");
    read(&String::from_utf8(output.stdout).unwrap())
}

fn read(said: &str) -> Told {
    let mut told = Told::default();
    for line in said.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        if let Some(id) = line["sent"].as_str() {
            assert!(told.sent.insert(id.to_owned()), "{id} was sent twice");
        }
        told.sizes.extend(line["size"].as_u64());
        if let Some(code) = line.get("closed") {
            told.closed.push(code.as_u64());
        }
    }
    told
}

async fn stored(database: &TestDatabase) -> BTreeSet<String> {
    let rows = database.rows("SELECT sample_id FROM sensor_samples").await;
    let ids: BTreeSet<_> = rows
        .iter()
        .map(|row| row["sample_id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(ids.len(), rows.len(), "stored more than once");
    ids
}

#[actix_web::test]
async fn a_python_station_that_never_reads_and_closes_itself_loses_nothing_and_is_no_error() {
    let Some(bin) = installation::python("websockets==17.4").await else {
        return;
    };
    let rhythm = rhythm();
    let database = TestDatabase::create().await;
    let mut server = Process::start(&[
        "serve",
        "--bind",
        "127.0.0.1:0",
        "--database-url",
        &database.url(),
        // The zone of the station, whose times name none.
        "--zone",
        "UTC",
    ]);
    let url = format!("ws://{}/ws/sensors/", server.address().await);
    let told = work(&bin.join("python"), &url, &rhythm).await;
    server.terminate();
    let ended = server.ended().await;
    assert_eq!(ended.code, Some(0), "{:#?}", ended.said);

    // Checks that the program behaved as the real one does.
    let lives = rhythm.seconds / (rhythm.keepalive * 4.0);
    assert!(told.closed.len() as f64 >= lives - 1.0 && !told.closed.is_empty());
    assert!(
        told.closed.iter().all(|code| *code == Some(1011)),
        "{:?}",
        told.closed
    );
    assert!(told.sent.len() as f64 > 0.5 * rhythm.seconds / rhythm.period);
    assert!(
        told.sizes
            .iter()
            .any(|size| (21_000..24_000).contains(size))
    );
    assert!(
        told.sizes
            .iter()
            .any(|size| (145_000..149_000).contains(size))
    );

    assert_eq!(stored(&database).await, told.sent);
    let complaints: Vec<_> = ended
        .said
        .iter()
        .filter(|line| line.contains("WARN") || line.contains("ERROR"))
        .collect();
    assert!(complaints.is_empty(), "{complaints:#?}");
    let closes = ended
        .said
        .iter()
        .filter(|line| line.contains("ws_disconnect") && line.contains("code=1011"))
        .count();
    // The last connection may end while the program is ending and no longer logs.
    let expected = told.closed.len()..=told.closed.len() + 1;
    assert!(expected.contains(&closes), "{:#?}", ended.said);
}

#[actix_web::test]
async fn an_unchanged_python_station_shows_the_key_that_stands_in_its_address() {
    let Some(bin) = installation::python("websockets==17.4").await else {
        return;
    };
    let server = TestServer::start_with(&["--auth", "on"]).await;
    let key = server.key(&Grant::new(Role::Station), None).await;
    let place = format!("station:{}@{}", key.reveal(), server.address());
    let rhythm = Rhythm {
        seconds: 1.0,
        period: 0.1,
        keepalive: 20.0,
    };
    let told = work(
        &bin.join("python"),
        &format!("ws://{place}/ws/sensors/"),
        &rhythm,
    )
    .await;
    assert!(!told.sent.is_empty());
    until("all samples are stored", async || {
        stored(&server.database).await == told.sent
    })
    .await;
    server.stop().await;
}
