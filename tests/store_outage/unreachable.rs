//! Nothing listens on the database's address.

use crate::common::{
    client::Client,
    database::TestDatabase,
    proxy::{Proxy, Target, target_of},
    readings::meal,
    server::{ask, settings, until},
};
use gaveurs::{app::Application, store::migrate::migrate};
use serde_json::{Value, json};
use std::{io::ErrorKind, net::SocketAddr};
use tokio::net::TcpStream;

/// A server that reaches its database through a proxy that can be stopped.
struct Distant {
    app: Application,
    line: Option<Proxy>,
    address: SocketAddr,
    target: Target,
    database: TestDatabase,
}

impl Distant {
    async fn start() -> Self {
        let database = TestDatabase::create_bare().await;
        migrate(database.pool()).await.unwrap();
        let (line, url) = Proxy::before(&database.url()).await;
        Distant {
            app: Application::build(&settings(&url, &[])).await.unwrap(),
            address: line.address,
            line: Some(line),
            target: target_of(&database.url()),
            database,
        }
    }

    async fn connect(&self, path: &str) -> Client {
        let mut client = Client::connect(self.app.address(), path).await;
        assert_eq!(client.next().await["type"], "connection_established");
        client
    }

    /// Connections are refused from now on.
    async fn take_down(&mut self) {
        self.line = None;
        let address = self.address;
        until("connections are refused", async || {
            let refused = |error: std::io::Error| error.kind() == ErrorKind::ConnectionRefused;
            TcpStream::connect(address).await.is_err_and(refused)
        })
        .await;
        self.health_is(503).await;
    }

    async fn put_up(&mut self) {
        self.line = Some(Proxy::start_at(self.address, self.target.clone()).await);
    }

    async fn health_is(&self, status: u16) {
        until(&format!("/health is {status}"), async || {
            ask(self.app.address(), "/health").await.0 == status
        })
        .await;
    }

    async fn tries_again(&self) {
        let retries = self.app.metrics().write_retries.get();
        until("the writer has tried again", async || {
            self.app.metrics().write_retries.get() > retries + 1
        })
        .await;
    }

    async fn count(&self, table: &str) -> Value {
        let query = format!("SELECT count(*) AS n FROM {table}");
        self.database.rows(&query).await[0]["n"].take()
    }

    async fn end(self, client: Client) {
        client.close().await;
        self.app.stop().await.unwrap();
    }
}

#[actix_web::test]
async fn while_connections_are_refused_readings_wait_and_are_written_once_somebody_listens_again() {
    let mut distant = Distant::start().await;
    let mut producer = distant.connect("/ws/gavage").await;
    assert_eq!(producer.ask(meal("LL2611001", 1, 0)).await["type"], "ack");
    distant.take_down().await;
    for number in 1..4 {
        producer.send(meal("LL2611001", 1, number)).await;
    }
    distant.tries_again().await;
    assert_eq!(distant.count("gavage_data").await, 1);
    distant.put_up().await;
    for number in 1..4 {
        let answer = producer.next().await;
        assert_eq!(
            (&answer["type"], &answer["jour"]),
            (&json!("ack"), &json!(number / 2))
        );
    }
    assert_eq!(distant.count("gavage_data").await, 4);
    distant.health_is(200).await;
    distant.end(producer).await;
}

fn sample(number: u32) -> Value {
    json!({"type": "sensor_data", "sample_id": format!("S-{number}"), "device_id": "ESP32_LL_01",
        "timestamp": "2026-11-22T05:21:25Z", "vl53l8ch": {"quality_score": 0.8}, "fusion": {"final_score": 0.8, "final_grade": "A"}})
}

#[actix_web::test]
async fn samples_that_come_while_connections_are_refused_are_stored_acked_and_shown_in_their_order()
{
    let mut distant = Distant::start().await;
    let mut screen = distant.connect("/ws/realtime/").await;
    let mut station = distant.connect("/ws/sensors/").await;
    assert_eq!(station.ask(sample(0)).await["type"], "ack");
    distant.take_down().await;
    // More than fits into one transaction. Reports about a station are not lost meanwhile either.
    for number in 1..101 {
        station.send(sample(number)).await;
    }
    let hello = json!({"type": "hello", "device_id": "ESP32_MT_01", "firmware_version": "2.0"});
    assert_eq!(station.ask(hello).await["type"], "hello_ack");
    distant.tries_again().await;
    assert_eq!(distant.count("sensor_samples").await, 1);
    screen.next_of("stale").await;
    distant.put_up().await;
    for number in 1..101 {
        let ack = station.next().await;
        assert_eq!(
            (&ack["type"], &ack["sample_id"]),
            (&json!("ack"), &json!(format!("S-{number}")))
        );
        let shown = screen.next_of("sensor_update").await;
        assert_eq!(shown["sample_id"], ack["sample_id"]);
    }
    assert_eq!(distant.count("sensor_samples").await, 101);
    let known = "sqal_devices WHERE device_id = 'ESP32_MT_01' AND firmware_version = '2.0'";
    assert_eq!(distant.count(known).await, 1);
    screen.vanish();
    distant.end(station).await;
}
