//! A process that is paused for longer than the heartbeat allows, and peers on slow connections.

use crate::{
    common::{
        client::Client,
        database::TestDatabase,
        raw::{self, TEXT},
        readings::meal,
        server::{ask, until},
    },
    process::Process,
};
use rustix::process::Signal;
use std::{net::SocketAddr, time::Duration};
use tokio::{io::AsyncWriteExt, net::TcpStream, time::sleep};

const STATIONS: i32 = 40;
const SCREENS: usize = 20;

struct Server {
    process: Process,
    address: SocketAddr,
    database: TestDatabase,
}

impl Server {
    async fn start(flags: &[&str]) -> Self {
        let database = TestDatabase::create_bare().await;
        let url = database.url();
        let serve = ["serve", "--bind", "127.0.0.1:0", "--database-url", &url];
        let mut process = Process::start_quiet(&[&serve[..], flags].concat());
        let address = process.address().await;
        Server {
            process,
            address,
            database,
        }
    }

    async fn ping_timeouts(&self) -> u64 {
        let metrics = ask(self.address, "/ws-metrics").await.1;
        let reasons = &metrics["server"]["reasons_total"];
        reasons["ping_timeout"].as_u64().unwrap_or(0)
    }

    async fn has_stored(&self, meals: usize) {
        until(&format!("{meals} meals are stored"), async || {
            let stored = self.database.rows("SELECT 1 FROM gavage_data").await;
            stored.len() == meals
        })
        .await;
    }

    async fn end(self) {
        self.process.terminate();
        assert_eq!(self.process.ended().await.code, Some(0));
    }
}

async fn send_meal(station: &mut TcpStream, lot: i32) {
    let text = meal(&format!("LL26110{lot:02}"), 7, 0).to_string();
    station
        .write_all(&raw::frame(TEXT, text.as_bytes()))
        .await
        .unwrap();
}

#[actix_web::test]
async fn a_server_that_stood_still_cuts_nobody_and_reads_what_came_meanwhile() {
    let server = Server::start(&["--heartbeat-interval", "1s", "--heartbeat-timeout", "6s"]).await;
    let mut stations = Vec::new();
    for _ in 0..STATIONS {
        stations.push(raw::connect(server.address, "/ws/gavage").await);
    }
    let mut screens = Vec::new();
    for number in 0..SCREENS {
        let mut screen = Client::connect(server.address, &format!("/ws/gaveur/{number}")).await;
        screen.settled().await;
        screens.push(screen);
    }
    server.process.signal(Signal::STOP);
    sleep(Duration::from_secs(8)).await;
    // They do not read acks, and send one more message before they leave.
    for (lot, station) in (0..).zip(&mut stations) {
        send_meal(station, lot).await;
    }
    server.process.signal(Signal::CONT);
    for screen in &mut screens {
        assert!(screen.so_far("none").await.is_empty());
    }
    server.has_stored(STATIONS as usize).await;
    assert_eq!(server.ping_timeouts().await, 0);
    drop((stations, screens));
    server.end().await;
}

#[actix_web::test]
async fn a_message_whose_bytes_take_longer_than_the_heartbeat_allows_gets_through() {
    let flags = [
        "--heartbeat-interval",
        "500ms",
        "--heartbeat-timeout",
        "1500ms",
    ];
    let server = Server::start(&flags).await;
    let mut station = raw::connect(server.address, "/ws/gavage").await;
    let mut text = meal("LL2611001", 7, 0);
    text["remark"] = "x".repeat(15_000).into();
    let wire = raw::frame(TEXT, text.to_string().as_bytes());
    for piece in wire.chunks(200) {
        station.write_all(piece).await.unwrap();
        sleep(Duration::from_millis(50)).await;
    }
    server.has_stored(1).await;
    assert_eq!(server.ping_timeouts().await, 0);
    // A byte now and then does not count as a sign of life.
    station.write_all(&raw::header(TEXT, 1_000)).await.unwrap();
    until("it is cut", async || {
        sleep(Duration::from_millis(100)).await;
        let _ = station.write_all(b"x").await;
        server.ping_timeouts().await == 1
    })
    .await;
    server.end().await;
}
