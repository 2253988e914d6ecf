//! What the tests of sessions share: the log, the counters, a network that stops forwarding.

use crate::common::{
    client::Client,
    readings::meal,
    server::{DEADLINE, TestServer},
};
use log::{LevelFilter, Log, Metadata, Record};
use serde_json::Value;
use std::{
    net::SocketAddr,
    sync::{Mutex, OnceLock},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream, tcp},
    sync::watch,
    time::{sleep, timeout},
};

/// Waits until the condition holds.
pub async fn until(what: &str, condition: impl AsyncFn() -> bool) {
    let held = async {
        while !condition().await {
            sleep(Duration::from_millis(5)).await;
        }
    };
    assert!(
        timeout(DEADLINE, held).await.is_ok(),
        "waited in vain for: {what}"
    );
}

/// The counters of `/ws-metrics`, whose sums must balance at any moment.
pub async fn counters(server: &TestServer) -> Value {
    let counters = server.get("/ws-metrics").await["server"].take();
    let of = |name: &str| counters[name].as_u64().unwrap();
    assert_eq!(of("opened_total"), of("closed_total") + of("open"));
    let ended = ["cancelled", "executed", "aborted"].map(|end| of(&format!("detach_{end}_total")));
    let ended: u64 = ended.iter().sum();
    assert_eq!(of("detach_started_total"), ended + of("in_grace"));
    counters
}

pub async fn counter(server: &TestServer, name: &str) -> u64 {
    counters(server).await[name].as_u64().unwrap()
}

pub async fn until_counter(server: &TestServer, name: &str, value: u64) {
    until(&format!("{name} = {value}"), async || {
        counter(server, name).await == value
    })
    .await;
}

/// How often connections have ended for this reason.
pub async fn reason(server: &TestServer, reason: &str) -> u64 {
    counters(server).await["reasons_total"][reason]
        .as_u64()
        .unwrap_or(0)
}

/// Stores the `number`-th meal of a lot and waits for its ack.
pub async fn store(producer: &mut Client, code_lot: &str, gaveur_id: i32, number: i32) {
    producer.send(meal(code_lot, gaveur_id, number)).await;
    producer.next_of("ack").await;
}

/// Lines of the log that hold this text. Tests run side by side: give every user a name of its own.
pub fn logged(text: &str) -> Vec<String> {
    let lines = log_lines().lock().unwrap();
    lines
        .iter()
        .filter(|line| line.contains(text))
        .cloned()
        .collect()
}

fn log_lines() -> &'static Mutex<Vec<String>> {
    static LINES: OnceLock<Mutex<Vec<String>>> = OnceLock::new();
    LINES.get_or_init(Default::default)
}

/// From here on the log is kept.
pub fn keep_log() {
    struct Keeper;
    impl Log for Keeper {
        fn enabled(&self, _: &Metadata) -> bool {
            true
        }
        fn log(&self, record: &Record) {
            log_lines().lock().unwrap().push(record.args().to_string());
        }
        fn flush(&self) {}
    }
    // Another test may have been first.
    let _ = log::set_logger(&Keeper);
    log::set_max_level(LevelFilter::Info);
}

/// A TCP proxy that can stop forwarding while every connection through it stays open.
pub struct Proxy {
    pub address: SocketAddr,
    frozen: watch::Sender<bool>,
}

impl Proxy {
    pub async fn start(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (frozen, frozen_seen) = watch::channel(false);
        actix::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(target).await.unwrap();
                let (client_in, client_out) = client.into_split();
                let (server_in, server_out) = server.into_split();
                actix::spawn(forward(client_in, server_out, frozen_seen.clone()));
                actix::spawn(forward(server_in, client_out, frozen_seen.clone()));
            }
        });
        Proxy { address, frozen }
    }

    pub fn freeze(&self) {
        self.frozen.send_replace(true);
    }
}

async fn forward(
    mut from: tcp::OwnedReadHalf,
    mut to: tcp::OwnedWriteHalf,
    mut frozen: watch::Receiver<bool>,
) {
    let mut piece = [0; 4096];
    loop {
        let thawed = frozen.wait_for(|frozen| !frozen).await.is_ok();
        match from.read(&mut piece).await {
            Ok(count) if count > 0 && thawed => {
                // Bytes that were on their way when the network froze are lost.
                if !*frozen.borrow() && to.write_all(&piece[..count]).await.is_err() {
                    return;
                }
            }
            _ => return,
        }
    }
}
