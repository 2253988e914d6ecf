//! A slow database, and one that closes a connection cleanly.

use crate::common::{
    client::Client,
    readings::meal,
    server::{TestServer, until},
};
use serde_json::Value;

async fn welcomed(server: &TestServer, path: &str) -> Client {
    let mut client = server.connect(path).await;
    client.next().await;
    client
}

#[actix_web::test]
async fn a_database_that_takes_fifty_rows_a_second_gets_them_although_a_whole_batch_is_too_much() {
    const MEALS: i32 = 150;
    let server = TestServer::start_with(&["--statement-timeout", "1s"]).await;
    let mut producer = welcomed(&server, "/ws/gavage").await;
    producer.ask(meal("LL2611001", 1, 0)).await;
    let slow = "CREATE FUNCTION be_slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            PERFORM pg_sleep(0.02);
            RETURN NEW;
        END $$;
        CREATE TRIGGER be_slow BEFORE INSERT ON gavage_data FOR EACH ROW EXECUTE FUNCTION be_slow();";
    let admin = server.database.client().await;
    admin.batch_execute(slow).await.unwrap();
    for number in 1..=MEALS {
        // Keeps the days within those of a lot.
        let lot = format!("LL26110{:02}", 2 + number / 20);
        producer.send(meal(&lot, 1, number % 20)).await;
    }
    for _ in 1..=MEALS {
        assert_eq!(producer.next().await["type"], "ack");
    }
    assert!(
        server.app().metrics().write_retries.get() >= 1,
        "it was not slow"
    );
    drop(admin);
    producer.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn a_connection_that_is_closed_while_it_idles_delays_no_meal_and_makes_no_screen_stale() {
    let server = TestServer::start().await;
    let mut screen = welcomed(&server, "/ws/realtime/").await;
    let mut producer = welcomed(&server, "/ws/gavage").await;
    producer.ask(meal("LL2611001", 1, 0)).await;
    // The last statement of the writer's connection; if its end was in doubt, the writer has also asked what it announced.
    let writers =
        "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
        AND (query = 'COMMIT' OR query LIKE '%alerte.ecriture = ANY%' OR query LIKE '%lots that changed within%')";
    let admin = server.database.client().await;
    for number in 1..4 {
        let close = format!("SELECT pg_terminate_backend(pid) {writers}");
        let closed = admin.query(&close, &[]).await.unwrap();
        assert_eq!(closed.len(), 1);
        until("it is closed", async || {
            admin
                .query(&format!("SELECT 1 {writers}"), &[])
                .await
                .unwrap()
                .is_empty()
        })
        .await;
        assert_eq!(
            producer.ask(meal("LL2611001", 1, number)).await["type"],
            "ack"
        );
    }
    assert_eq!(screen.so_far("stale").await, Vec::<Value>::new());
    drop(admin);
    for client in [producer, screen] {
        client.close().await;
    }
    server.finish().await;
}
