//! The clean shutdown of the server.

use crate::common::{
    client::Client,
    readings::meal,
    server::{TestServer, ask, settings, until},
};
use gaveurs::app::Application;
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

/// A server whose writer waits for a lock, with `count` readings sent to it.
async fn held_up(
    count: i32,
) -> (
    Application,
    crate::common::database::TestDatabase,
    deadpool_postgres::Client,
) {
    let database = crate::common::database::TestDatabase::create_bare().await;
    let app = Application::build(&settings(&database.url(), &[]))
        .await
        .unwrap();
    let holder = database.client().await;
    holder
        .batch_execute("BEGIN; LOCK TABLE gavage_data IN EXCLUSIVE MODE")
        .await
        .unwrap();
    let mut producer = Client::connect(app.address(), "/ws/gavage").await;
    producer.next().await;
    for number in 0..count {
        producer.send(meal("LL2611001", 1, number)).await;
    }
    producer.settled().await;
    producer.vanish();
    (app, database, holder)
}

#[actix_web::test]
async fn queued_readings_are_written_before_the_end_and_meanwhile_new_sockets_get_503() {
    let (app, database, holder) = held_up(25).await;
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
    let (app, database, holder) = held_up(3).await;
    let error = app.stop().await.unwrap_err().to_string();
    assert!(
        error.starts_with("3 readings could not be written"),
        "{error}"
    );
    holder.batch_execute("ROLLBACK").await.unwrap();
    drop(database);
}

#[actix_web::test]
async fn what_a_producer_has_handed_over_is_acked_before_its_close() {
    let database = crate::common::database::TestDatabase::create_bare().await;
    let app = Application::build(&settings(&database.url(), &[]))
        .await
        .unwrap();
    let address = app.address();
    let holder = database.client().await;
    holder
        .batch_execute("BEGIN; LOCK TABLE gavage_data IN EXCLUSIVE MODE")
        .await
        .unwrap();
    let mut producer = Client::connect(address, "/ws/gavage").await;
    producer.next().await;
    for number in 0..25 {
        producer.send(meal("LL2611001", 1, number)).await;
    }
    producer.settled().await;
    let mut idle = Client::connect(address, "/ws/gavage").await;
    idle.settled().await;
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
