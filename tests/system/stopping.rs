//! The clean shutdown of the server.

use crate::common::{
    client::Client,
    database::TestDatabase,
    readings::{meal, with},
    server::{TestServer, ask, settings, until},
};
use gaveurs::app::Application;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Error;

#[actix_web::test]
async fn open_sockets_get_1012_and_the_process_lets_go_of_its_address() {
    let server = TestServer::start().await;
    let address = server.address();
    let mut clients = Vec::new();
    for path in [
        "/ws/gavage",
        "/ws/realtime",
        "/ws/gaveur/1",
        "/ws/gaveur/2/",
    ] {
        let mut client = server.connect(path).await;
        client.settled().await;
        clients.push(client);
    }
    let stopping = actix_web::rt::spawn(server.stop());
    for client in &mut clients {
        let close = client.ended().await.expect("a Close frame");
        assert_eq!(
            (u16::from(close.code), close.reason.as_str()),
            (1012, "server_shutdown")
        );
    }
    drop(clients);
    stopping.await.unwrap();
    std::net::TcpListener::bind(address).expect("the address is free");
}

/// A server whose writer has to wait for a lock of this table.
struct HeldUp {
    app: Application,
    database: TestDatabase,
    holder: deadpool_postgres::Client,
}

impl HeldUp {
    async fn at(table: &str) -> Self {
        let database = TestDatabase::create_bare().await;
        let app = Application::build(&settings(&database.url(), &[]))
            .await
            .unwrap();
        let holder = database.client().await;
        let lock = format!("BEGIN; LOCK TABLE {table} IN EXCLUSIVE MODE");
        holder.batch_execute(&lock).await.unwrap();
        HeldUp {
            app,
            database,
            holder,
        }
    }

    async fn connect(&self, path: &str) -> Client {
        let mut client = Client::connect(self.app.address(), path).await;
        client.settled().await;
        client
    }

    /// With `count` readings sent to it by a producer that has left.
    async fn with_readings(count: i32) -> Self {
        let server = Self::at("gavage_data").await;
        let mut producer = server.connect("/ws/gavage").await;
        for number in 0..count {
            producer.send(meal("LL2611001", 1, number)).await;
        }
        producer.settled().await;
        producer.vanish();
        server
    }

    /// The error of its end.
    async fn fails_to_stop(self) -> String {
        let error = self.app.stop().await.unwrap_err().to_string();
        self.holder.batch_execute("ROLLBACK").await.unwrap();
        error
    }
}

#[actix_web::test]
async fn queued_readings_are_written_before_the_end_and_meanwhile_new_sockets_get_503() {
    let HeldUp {
        app,
        database,
        holder,
    } = HeldUp::with_readings(25).await;
    let address = app.address();
    let stopping = actix_web::rt::spawn(app.stop());
    until("the server is not ready any more", async || {
        ask(address, "/health/ready").await.0 == 503
    })
    .await;
    for path in ["/ws/gavage", "/ws/realtime/", "/ws/gaveur/1"] {
        let Err(Error::Http(response)) = Client::try_connect(address, path).await else {
            panic!("{path} was not refused");
        };
        assert_eq!(response.status(), 503, "{path}");
        let body = String::from_utf8(response.body().clone().unwrap()).unwrap();
        assert!(body.contains("\"detail\""), "{body}");
    }
    assert_eq!(ask(address, "/health/live").await.0, 200);
    holder.batch_execute("COMMIT").await.unwrap();
    stopping.await.unwrap().unwrap();
    assert_eq!(database.rows("SELECT 1 FROM gavage_data").await.len(), 25);
}

#[actix_web::test]
async fn readings_that_cannot_be_written_before_the_end_are_reported() {
    let error = HeldUp::with_readings(3).await.fails_to_stop().await;
    assert!(
        error.starts_with("3 readings could not be written"),
        "{error}"
    );
}

#[actix_web::test]
async fn samples_whose_scores_cannot_be_written_before_the_end_are_reported_as_samples() {
    let server = HeldUp::at("sensor_samples").await;
    let mut station = server.connect("/ws/sensors/").await;
    let sample: Value = serde_json::from_str(include_str!("../frames/sensor_data.json")).unwrap();
    for sample_id in ["S-1", "S-2"] {
        let sample = with(sample.clone(), json!({"sample_id": sample_id}));
        station.send(sample).await;
    }
    until("their matrices are stored", async || {
        let stored = server.database.rows("SELECT 1 FROM sensor_matrices").await;
        stored.len() == 2
    })
    .await;
    station.vanish();
    let error = server.fails_to_stop().await;
    assert!(
        error.starts_with("2 samples could not be written"),
        "{error}"
    );
}

#[actix_web::test]
async fn what_a_producer_has_handed_over_is_acked_before_its_close() {
    let server = HeldUp::at("gavage_data").await;
    let mut producer = server.connect("/ws/gavage").await;
    let mut idle = server.connect("/ws/gavage").await;
    for number in 0..25 {
        producer.send(meal("LL2611001", 1, number)).await;
    }
    producer.settled().await;
    let HeldUp {
        app,
        database,
        holder,
    } = server;
    let stopping = actix_web::rt::spawn(app.stop());
    // A session without unanswered readings is closed at once.
    let close = idle.ended().await.expect("a Close frame");
    assert_eq!(u16::from(close.code), 1012);
    // Messages from now on are not read.
    producer.send(meal("LL2611001", 1, 25)).await;
    holder.batch_execute("COMMIT").await.unwrap();
    for number in 0..25 {
        let ack = producer.next().await;
        assert_eq!(
            (&ack["type"], &ack["jour"]),
            (&"ack".into(), &(number / 2).into())
        );
    }
    let close = producer.ended().await.expect("a Close frame");
    assert_eq!(u16::from(close.code), 1012);
    stopping.await.unwrap().unwrap();
    assert_eq!(database.rows("SELECT 1 FROM gavage_data").await.len(), 25);
}
