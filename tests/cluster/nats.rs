//! A real `nats-server` that is killed and frozen and comes back at its address.

use crate::common::{address::Reserved, lacking::skip, server::until};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rustix::process::{Pid, Signal, kill_process};
use std::{cell::Cell, net::SocketAddr, process::Stdio, time::Duration};
use tokio::{
    io::AsyncReadExt,
    net::TcpStream,
    process::{Child, Command},
    time::sleep,
};

pub struct Nats {
    pub address: SocketAddr,
    _port: Reserved,
    flags: Vec<String>,
    child: Child,
}

impl Nats {
    /// `None` where it is not installed; with `CI` set that is a failure.
    pub async fn start(flags: &[&str]) -> Option<Self> {
        Self::start_at(Reserved::new(), flags).await
    }

    pub async fn start_at(port: Reserved, flags: &[&str]) -> Option<Self> {
        let address = port.address();
        let flags: Vec<_> = flags.iter().map(|flag| (*flag).to_owned()).collect();
        let child = match run(address, &flags) {
            Ok(child) => child,
            Err(error) => {
                skip(&format!(
                    "nats-server cannot be started ({error}): make setup-test"
                ));
                return None;
            }
        };
        let nats = Nats {
            address,
            _port: port,
            flags,
            child,
        };
        nats.answers().await;
        Some(nats)
    }

    pub fn url(&self) -> String {
        format!("nats://{}", self.address)
    }

    pub async fn kill(&mut self) {
        self.child.kill().await.unwrap();
    }

    /// Starts it again after a kill.
    pub async fn begin(&mut self) {
        self.child = run(self.address, &self.flags).unwrap();
        self.answers().await;
    }

    pub fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(self.child.id().unwrap().cast_signed()).unwrap();
        kill_process(pid, signal).unwrap();
    }

    /// Kills it and lets it stand still, again and again. Tells how often.
    pub async fn suffer(&mut self, seed: u64, times: &Cell<usize>) {
        let rng = &mut ChaCha8Rng::seed_from_u64(seed);
        // As the run before has left it.
        self.kill().await;
        self.begin().await;
        loop {
            sleep(Duration::from_millis(rng.random_range(500..3_000))).await;
            times.update(|times| times + 1);
            if rng.random() {
                self.kill().await;
                sleep(Duration::from_millis(rng.random_range(0..2_000))).await;
                self.begin().await;
            } else {
                self.signal(Signal::STOP);
                sleep(Duration::from_millis(rng.random_range(500..5_000))).await;
                self.signal(Signal::CONT);
            }
        }
    }

    async fn answers(&self) {
        until("nats-server answers", async || {
            let Ok(mut stream) = TcpStream::connect(self.address).await else {
                return false;
            };
            let mut first = [0; 4];
            stream.read_exact(&mut first).await.is_ok() && first == *b"INFO"
        })
        .await;
    }
}

fn run(address: SocketAddr, flags: &[String]) -> std::io::Result<Child> {
    Command::new("nats-server")
        .args(["--addr", &address.ip().to_string()])
        .args(["--port", &address.port().to_string()])
        .args(flags)
        // Debian keeps it where only root looks.
        .env("PATH", path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
}

fn path() -> String {
    let path = std::env::var("PATH").unwrap_or_default();
    format!("{path}:/usr/sbin")
}
