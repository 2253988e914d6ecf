//! TimescaleDB without an installed server: the engine compiled to WebAssembly behind a socket, in a Node process that ends with this
//! one.

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
    install().await;
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

/// Installs the packages of the lock file, once per version of the file.
async fn install() {
    let lock = std::fs::read(directory().join("package-lock.json")).unwrap();
    let stamp = directory().join("node_modules/.installed-lock.json");
    if std::fs::read(&stamp).is_ok_and(|installed| installed == lock) {
        return;
    }
    let installed = Command::new("npm")
        .args(["ci", "--no-audit", "--no-fund"])
        .current_dir(directory())
        .output()
        .await
        .unwrap();
    let complaint = String::from_utf8_lossy(&installed.stderr);
    assert!(
        installed.status.success(),
        "npm ci did not succeed: {complaint}"
    );
    std::fs::write(stamp, lock).unwrap();
}
