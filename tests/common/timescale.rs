//! TimescaleDB without an installed server: the engine compiled to WebAssembly behind a socket, in a Node process that ends with this
//! one.

use super::installation;
use std::{
    io::Write,
    path::{Path, PathBuf},
    process::Stdio,
};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    sync::OnceCell,
};

static FRONT: OnceCell<Front> = OnceCell::const_new();

struct Front {
    port: u16,
    /// We hold its standard input open; the front ends when it is closed.
    _process: Child,
}

/// Address of the maintenance database.
pub async fn front_url() -> String {
    let port = FRONT.get_or_init(start).await.port;
    format!("postgres://postgres@127.0.0.1:{port}/postgres")
}

fn in_ci() -> bool {
    std::env::var("CI").is_ok_and(|ci| ci == "true")
}

async fn start() -> Front {
    if let Err(reason) = node_version().await {
        skip(&reason);
    }
    installation::npm(&directory()).await.unwrap();
    let mut process = Command::new("node")
        .arg("front.mjs")
        .current_dir(directory())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let stdout = process.stdout.take().unwrap();
    let first_line = BufReader::new(stdout).lines().next_line().await.unwrap();
    Front {
        port: first_line
            .expect("the front ended before it listened")
            .parse()
            .unwrap(),
        _process: process,
    }
}

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/timescale/front")
}

/// Ends the whole test process as skipped. With `CI` set it fails instead, so that the tests cannot be missed.
fn skip(reason: &str) -> ! {
    let sentence = format!(
        "the TimescaleDB tests need Node 20 or later ({reason}): install the package nodejs, or set TIMESCALE_URL"
    );
    assert!(!in_ci(), "{sentence}");
    // Not `print!`, because the test harness captures it.
    let _ = writeln!(std::io::stderr(), "\nSKIPPED: {sentence}");
    std::process::exit(0);
}

async fn node_version() -> Result<(), String> {
    let asked = Command::new("node").arg("--version").output().await;
    let answer = asked.map_err(|error| format!("node: {error}"))?;
    let version = String::from_utf8_lossy(&answer.stdout).trim().to_owned();
    let major = version
        .trim_start_matches('v')
        .split('.')
        .next()
        .and_then(|major| major.parse::<u32>().ok());
    match major {
        Some(20..) => Ok(()),
        _ => Err(format!("found {version:?}")),
    }
}
