//! A database that answers but refuses writes for some time.

use crate::common::{
    client::Client,
    readings::meal,
    server::{TestServer, ask, until},
};

async fn producer(server: &TestServer) -> Client {
    let mut producer = server.connect("/ws/gavage").await;
    producer.next().await;
    producer
}

/// Sends meals 1 to 3 and waits until the writer has failed to store them.
async fn send_in_vain(server: &TestServer, producer: &mut Client) {
    for number in 1..4 {
        producer.send(meal("LL2611001", 1, number)).await;
    }
    let retries = server.app().metrics().write_retries.get();
    until("the writer has tried and failed", async || {
        server.app().metrics().write_retries.get() > retries + 1
    })
    .await;
}

/// Checks that only the acks arrived, in order, and that every meal is stored once.
async fn assert_written(server: &TestServer, producer: &mut Client) {
    for number in 1..4 {
        let answer = producer.next().await;
        assert_eq!(answer["type"], "ack", "{answer}");
        assert_eq!(answer["jour"], number / 2);
    }
    assert_eq!(server.count("SELECT count(*) FROM gavage_data").await, 4);
    assert_eq!(
        server
            .count("SELECT count(*) FROM gavage_data WHERE corrected_at IS NOT NULL")
            .await,
        0
    );
}

#[actix_web::test]
async fn a_fail_over_to_a_read_only_server_is_waited_out_and_health_says_so() {
    let server = TestServer::start().await;
    let mut producer = producer(&server).await;
    producer.ask(meal("LL2611001", 1, 0)).await;
    let become_read_only = "DO $$ BEGIN
            EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on', current_database());
        END $$;
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()";
    let admin = server.database.client().await;
    admin.batch_execute(become_read_only).await.unwrap();
    send_in_vain(&server, &mut producer).await;
    until("health is red", async || {
        ask(server.address(), "/health").await.0 == 503
    })
    .await;

    let become_writable = "SET default_transaction_read_only = off;
        DO $$ BEGIN
            EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = off', current_database());
        END $$;
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()";
    admin.batch_execute(become_writable).await.unwrap();
    drop(admin);
    assert_written(&server, &mut producer).await;
    until("health is green", async || {
        ask(server.address(), "/health").await.0 == 200
    })
    .await;
    producer.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn a_statement_that_takes_too_long_is_given_up_and_written_again_later() {
    let server = TestServer::start_with(&["--statement-timeout", "200ms"]).await;
    let mut producer = producer(&server).await;
    producer.ask(meal("LL2611001", 1, 0)).await;
    let mut holder = server.database.client().await;
    let held = holder.transaction().await.unwrap();
    let lock = "LOCK TABLE gavage_data IN EXCLUSIVE MODE";
    held.batch_execute(lock).await.unwrap();
    send_in_vain(&server, &mut producer).await;
    held.commit().await.unwrap();
    drop(holder);
    assert_written(&server, &mut producer).await;
    producer.close().await;
    server.finish().await;
}

/// A full disk would need its own file system; this error gives the same SQLSTATE and message.
#[actix_web::test]
async fn a_full_disk_is_waited_out() {
    let server = TestServer::start().await;
    let mut producer = producer(&server).await;
    producer.ask(meal("LL2611001", 1, 0)).await;
    let fill = "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100';
        END $$;
        CREATE TRIGGER full_disk BEFORE INSERT ON gavage_data EXECUTE FUNCTION full_disk()";
    let admin = server.database.client().await;
    admin.batch_execute(fill).await.unwrap();
    send_in_vain(&server, &mut producer).await;
    let make_room = "DROP TRIGGER full_disk ON gavage_data";
    admin.batch_execute(make_room).await.unwrap();
    drop(admin);
    assert_written(&server, &mut producer).await;
    producer.close().await;
    server.finish().await;
}
