//! Chromiums with an empty profile, which tests use one after the other: to start one costs a second of a processor.

use crate::common::server::until;
use std::{
    fs,
    path::Path,
    process::{Child, Command, Stdio},
    sync::Mutex,
};
use tempfile::TempDir;

/// Some of them chromedriver would give it if it started it.
const FLAGS: [&str; 15] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-popup-blocking",
    "--disable-hang-monitor",
    "--enable-automation",
    "--password-store=basic",
    "--window-size=1400,900",
    "--remote-debugging-port=0",
    // Besides the port: it ends when this pipe is closed, as it is when the test process dies.
    "--remote-debugging-pipe",
];
/// The pipe has the numbers 3 and 4 there. The profile is deleted once nobody writes into it any more.
const START: &str = r#"profile=$1; shift; "$@" 3<&0 4>/dev/null; rm -rf "$profile""#;
/// Chromium writes its port on the first of two lines of this file in its profile.
const PORT: &str = "DevToolsActivePort";

/// Those that no test uses at present.
static IDLE: Mutex<Vec<Chromium>> = Mutex::new(Vec::new());

pub struct Chromium {
    /// Where a chromedriver reaches it.
    pub address: String,
    flags: Vec<String>,
    /// We hold its standard input open.
    _process: Child,
}

impl Chromium {
    /// One with these further flags that another test has given back, or a new one.
    pub async fn take(program: &Path, flags: &[&str]) -> Self {
        let flags: Vec<_> = flags.iter().map(ToString::to_string).collect();
        match idle(&flags) {
            Some(chromium) => chromium,
            None => Self::start(program, flags).await,
        }
    }

    async fn start(program: &Path, flags: Vec<String>) -> Self {
        let profile = TempDir::new().unwrap().keep();
        let process = Command::new("sh")
            .args(["-c", START, "chromium"])
            .args([&profile, program])
            .args(FLAGS)
            .args(&flags)
            .arg(format!("--user-data-dir={}", profile.display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let port = || {
            let written = fs::read_to_string(profile.join(PORT)).unwrap_or_default();
            Some(written.split_once('\n')?.0.to_owned())
        };
        until("Chromium says its port", async || port().is_some()).await;
        Chromium {
            address: format!("127.0.0.1:{}", port().unwrap()),
            flags,
            _process: process,
        }
    }

    /// For another test. One window must be open, and nothing be kept of the pages.
    pub fn give_back(self) {
        IDLE.lock().unwrap().push(self);
    }
}

fn idle(flags: &[String]) -> Option<Chromium> {
    let mut idle = IDLE.lock().unwrap();
    let found = idle.iter().position(|chromium| chromium.flags == flags)?;
    Some(idle.swap_remove(found))
}
