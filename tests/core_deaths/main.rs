//! When a core actor dies, the server stops. The servers run in this process, one at a time, as in the binary. The test's logger kills
//! the actor by a panic at a line that only this actor logs.
#![allow(clippy::unwrap_used)]

#[path = "../common/mod.rs"]
mod common;

mod deadly_log;

use clap::Parser;
use common::{
    client::Client,
    database::TestDatabase,
    readings::meal,
    server::{ask, until},
};
use deadly_log::{address, arm, begin, health_at_death};
use gaveurs::cli::Cli;
use std::{net::SocketAddr, process::ExitCode, thread::JoinHandle};
use tokio::{net::TcpStream, sync::Mutex};

/// All tests share one logger.
static ONE_AT_A_TIME: Mutex<()> = Mutex::const_new(());

struct Doomed {
    address: SocketAddr,
    database: TestDatabase,
    running: JoinHandle<anyhow::Result<ExitCode>>,
}

impl Doomed {
    /// Everything that `gaveurs serve` does, inside this process.
    async fn serve() -> Self {
        let database = TestDatabase::create_bare().await;
        begin();
        let url = database.url();
        let running = std::thread::spawn(move || {
            let line = ["gaveurs", "serve", "--bind", "127.0.0.1:0"];
            let line = line.into_iter().chain(["--database-url", &url]);
            Cli::try_parse_from(line).unwrap().run()
        });
        until("the server listens", async || address().is_some()).await;
        Doomed {
            address: address().unwrap(),
            database,
            running,
        }
    }

    /// Checks what `main` turns into an exit code: an error, after which the server is gone; before that its health was red.
    async fn dies_of(self, actor: &str) -> TestDatabase {
        until("it ends", async || self.running.is_finished()).await;
        let error = self.running.join().unwrap().unwrap_err().to_string();
        let expected = format!("the {actor} actor died: the server cannot go on");
        assert_eq!(error, expected);
        assert_eq!(health_at_death(), Some((503, 503)), "live and ready");
        assert!(TcpStream::connect(self.address).await.is_err());
        self.database
    }
}

async fn producer(server: &Doomed) -> Client {
    let mut producer = Client::connect(server.address, "/ws/gavage").await;
    producer.next().await;
    producer
}

/// All frames until the end of the connection.
async fn until_its_end(mut client: Client) -> Vec<String> {
    let mut heard = Vec::new();
    while let Some(message) = client.next_message().await {
        heard.push(message.to_string());
    }
    heard
}

#[actix_web::test]
async fn the_death_of_the_supervisor_ends_the_server_with_an_error_and_its_sockets_with_it() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let server = Doomed::serve().await;
    assert_eq!(ask(server.address, "/health/live").await.0, 200);
    let screen = Client::connect(server.address, "/ws/realtime/?uid=alive").await;
    arm("ws_connect uid=deadly");
    let last = Client::connect(server.address, "/ws/realtime/?uid=deadly").await;
    until_its_end(screen).await;
    until_its_end(last).await;
    server.dies_of("supervisor").await;
}

#[actix_web::test]
async fn a_reading_that_a_dying_writer_held_is_not_acked_and_its_producer_is_told_to_come_back() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let server = Doomed::serve().await;
    let mut producer = producer(&server).await;
    arm("INSERT INTO gavage_data");
    producer.send(meal("LL2611001", 7, 0)).await;
    let address = server.address;
    // The writer may be dead already.
    producer.send(meal("LL2611001", 7, 1)).await;
    let close = producer.ended().await.expect("a Close frame");
    assert_eq!(u16::from(close.code), 1012);
    let database = server.dies_of("writer").await;
    assert!(database.rows("SELECT 1 FROM gavage_data").await.is_empty());
    assert!(TcpStream::connect(address).await.is_err());
}

#[actix_web::test]
async fn the_death_of_the_registrar_ends_the_server_with_an_error() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let server = Doomed::serve().await;
    arm("INSERT INTO ws_registry");
    let screen = Client::connect(server.address, "/ws/gaveur/7").await;
    until_its_end(screen).await;
    server.dies_of("registrar").await;
}

#[actix_web::test]
async fn the_death_of_the_writer_of_matrices_ends_the_server_with_an_error() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let server = Doomed::serve().await;
    let mut station = Client::connect(server.address, "/ws/sensors/").await;
    arm("INSERT INTO sensor_matrices");
    station.next().await;
    station
        .send(include_str!("../frames/sensor_data.json"))
        .await;
    let heard = until_its_end(station).await;
    assert!(
        !heard.iter().any(|frame| frame.contains("\"ack\"")),
        "{heard:?}"
    );
    server.dies_of("matrix writer").await;
}
