//! A logger that panics at a line with certain words. The actor that writes the line dies, as from any other panic.

use log::{LevelFilter, Log, Metadata, Record};
use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    sync::{Mutex, MutexGuard, PoisonError},
};

static STATE: Mutex<State> = Mutex::new(State::NOTHING);

struct State {
    address: Option<SocketAddr>,
    deadly: Option<&'static str>,
    health_at_death: Option<(u16, u16)>,
}

impl State {
    const NOTHING: State = State {
        address: None,
        deadly: None,
        health_at_death: None,
    };
}

fn state() -> MutexGuard<'static, State> {
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Resets the state for the next server.
pub fn begin() {
    // Fails except for the first call.
    let _ = log::set_logger(&DeadlyLog);
    // The database client logs its statements at this level.
    log::set_max_level(LevelFilter::Debug);
    *state() = State::NOTHING;
}

/// The actor that writes the next line with these words will panic.
pub fn arm(words: &'static str) {
    state().deadly = Some(words);
}

/// The server's address, taken from its log.
pub fn address() -> Option<SocketAddr> {
    state().address
}

/// Status of `/health/live` and `/health/ready` when the death was logged, before any other reaction.
pub fn health_at_death() -> Option<(u16, u16)> {
    state().health_at_death
}

struct DeadlyLog;

impl Log for DeadlyLog {
    fn enabled(&self, _: &Metadata) -> bool {
        true
    }

    fn log(&self, record: &Record) {
        let line = record.args().to_string();
        if let Some(address) = line.strip_prefix("listening on http://") {
            state().address = address.parse().ok();
        }
        if line.ends_with(" actor died") {
            // The actor that writes this line waits for the logger.
            let health = state().address.map(health);
            state().health_at_death = health;
        }
        let deadly = state().deadly.take_if(|words| line.contains(*words));
        if let Some(words) = deadly {
            panic!("the test wants an end at {words:?}");
        }
    }

    fn flush(&self) {}
}

fn health(address: SocketAddr) -> (u16, u16) {
    (
        status(address, "/health/live"),
        status(address, "/health/ready"),
    )
}

fn status(address: SocketAddr, path: &str) -> u16 {
    let mut stream = TcpStream::connect(address).unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let status = answer.split(' ').nth(1).unwrap();
    status.parse().unwrap()
}
