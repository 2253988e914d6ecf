//! Database connections that no longer work, and statements whose requester has given up.

use crate::common::{
    database::TestDatabase,
    proxy::Proxy,
    raw::{self, get, post},
    server::{TestServer, ask, settings, until},
};
use futures_util::future::join_all;
use gaveurs::{
    app::Application,
    store::pool::{self, PoolSettings},
};
use std::{net::SocketAddr, time::Duration};
use tokio::{
    io::AsyncWriteExt,
    net::TcpStream,
    time::{Instant, timeout},
};

const LOTS: &str = "/api/lots/";

/// A server whose database connections pass through a proxy, with a pool of several connections.
async fn behind_a_line(database: &TestDatabase, flags: &[&str]) -> (Proxy, Application) {
    let (line, url) = Proxy::before(&database.url()).await;
    let app = Application::build(&settings(&url, flags)).await.unwrap();
    let warm = (0..12).map(async |_| ask(app.address(), LOTS).await.0);
    assert_eq!(join_all(warm).await, [200; 12]);
    (line, app)
}

async fn health_is(address: SocketAddr, status: u16) {
    until(&format!("/health is {status}"), async || {
        ask(address, "/health").await.0 == status
    })
    .await;
}

#[actix_web::test]
async fn connections_that_a_firewall_forgot_cost_one_503_and_are_never_used_again() {
    let database = TestDatabase::create_bare().await;
    let (line, app) = behind_a_line(&database, &["--statement-timeout", "1s"]).await;
    line.forget();
    let asked = Instant::now();
    let answer = raw::ask(app.address(), &get(LOTS)).await;
    assert_eq!(answer.status, 503, "{answer:?}");
    assert!(answer.head.contains("retry-after: "), "{answer:?}");
    assert!(asked.elapsed() < Duration::from_secs(8));
    for _ in 0..8 {
        assert_eq!(ask(app.address(), LOTS).await.0, 200);
    }
    health_is(app.address(), 200).await;
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_connection_that_ends_when_it_is_used_costs_nobody_an_answer_and_health_stays_green() {
    let database = TestDatabase::create_bare().await;
    let (line, app) = behind_a_line(&database, &[]).await;
    let away = app.health().watch_database();
    for _ in 0..3 {
        line.end_when_used();
        assert_eq!(ask(app.address(), LOTS).await.0, 200);
        // Longer than the interval of the health probe, which is a second.
        tokio::time::sleep(Duration::from_millis(1_100)).await;
    }
    assert!(!away.has_changed().unwrap(), "screens would be told");
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn after_a_fail_over_acknowledgements_are_503_for_as_long_as_nothing_can_be_written_and_never_500()
 {
    let server = TestServer::start().await;
    let admin = server.database.client().await;
    let read_only = |switch| {
        format!(
            "DO $$ BEGIN
               EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = {switch}', current_database());
             END $$"
        )
    };
    let end_sessions = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()";
    admin.batch_execute(&read_only("on")).await.unwrap();
    admin.batch_execute(end_sessions).await.unwrap();
    let acknowledged = async || {
        let request = post("/api/alertes/1/acquitter", r#"{"par": "Sophie"}"#);
        let status = raw::ask(server.address(), &request).await.status;
        assert!([404, 503].contains(&status), "{status}");
        status
    };
    until("nothing can be written", async || {
        acknowledged().await == 503
    })
    .await;
    health_is(server.address(), 503).await;

    // Sessions opened meanwhile stay read-only.
    let writable = format!(
        "SET default_transaction_read_only = off; {}",
        read_only("off")
    );
    admin.batch_execute(&writable).await.unwrap();
    drop(admin);
    // No such alert, so the database was queried.
    until("it can be written again", async || {
        acknowledged().await == 404
    })
    .await;
    for _ in 0..8 {
        assert_eq!(acknowledged().await, 404);
    }
    health_is(server.address(), 200).await;
    server.finish().await;
}

/// Number of servers' statements that wait for a lock.
async fn waiting(database: &TestDatabase) -> usize {
    let query = "SELECT pid FROM pg_stat_activity WHERE datname = current_database()
        AND application_name = 'gaveurs' AND wait_event_type = 'Lock'";
    database.rows(query).await.len()
}

#[actix_web::test]
async fn a_statement_whose_client_has_gone_is_cancelled_in_the_database() {
    let server = TestServer::start_with(&["--statement-timeout", "1h"]).await;
    let mut holder = server.database.client().await;
    let held = holder.transaction().await.unwrap();
    held.batch_execute("LOCK TABLE lots_gavage").await.unwrap();
    let mut client = TcpStream::connect(server.address()).await.unwrap();
    client.write_all(get(LOTS).as_bytes()).await.unwrap();
    until("the statement waits", async || {
        waiting(&server.database).await == 1
    })
    .await;
    drop(client);
    until("it is cancelled", async || {
        waiting(&server.database).await == 0
    })
    .await;
    held.commit().await.unwrap();
    drop(holder);
    assert_eq!(server.status(LOTS).await, 200);
    server.finish().await;
}

#[actix_web::test]
async fn a_crowd_that_waits_for_a_heavy_report_does_not_turn_health_red() {
    let server = TestServer::start_with(&["--pool-size", "3"]).await;
    let mut holder = server.database.client().await;
    let held = holder.transaction().await.unwrap();
    held.batch_execute("LOCK TABLE lots_gavage").await.unwrap();
    let away = server.app().health().watch_database();
    let address = server.address();
    let crowd = (0..30).map(async |_| raw::ask(address, &get(LOTS)).await.status);
    let probes = async {
        let until = Instant::now() + Duration::from_secs(5);
        while Instant::now() < until {
            assert_eq!(ask(address, "/health").await.0, 200);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let (answers, ()) = futures_util::join!(join_all(crowd), async {
        probes.await;
        held.commit().await.unwrap();
    });
    assert!(!away.has_changed().unwrap(), "screens would be told");
    assert!(answers.iter().all(|status| [200, 503].contains(status)));
    drop(holder);
    server.finish().await;
}

#[actix_web::test]
async fn a_session_whose_client_has_vanished_does_not_keep_its_locks() {
    let database = TestDatabase::create().await;
    let (line, url) = Proxy::before(&database.url()).await;
    let mut settings = PoolSettings::new(url);
    settings.statement_timeout = Duration::from_secs(1);
    let mut vanished = pool::build(&settings).unwrap().get().await.unwrap();
    let held = vanished.transaction().await.unwrap();
    held.batch_execute("LOCK TABLE lots_gavage").await.unwrap();
    line.forget();
    let client = database.client().await;
    let lock = client.batch_execute("BEGIN; LOCK TABLE lots_gavage; COMMIT");
    let locked = timeout(Duration::from_secs(8), lock).await;
    locked.expect("the lock is free again").unwrap();
}
