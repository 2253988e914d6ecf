//! The database becomes unavailable and returns: acked data is stored, the rest is written or refused.

use crate::common::{
    client::Client,
    database::TestDatabase,
    proxy::{Line, Proxy, Target, target_of},
    readings::meal,
    server::{ask, settings, until},
};
use gaveurs::{
    app::Application,
    embedded::{Cluster, ClusterSettings},
    store::migrate::migrate,
};
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt;

/// A server that reaches a database of the shared cluster through its own proxy.
pub struct Distant {
    pub app: Application,
    pub proxy: Proxy,
    pub target: Target,
    pub database: TestDatabase,
}

impl Distant {
    pub async fn start(flags: &[&str]) -> Self {
        let database = TestDatabase::create_bare().await;
        migrate(database.pool()).await.unwrap();
        let (proxy, url) = Proxy::before(&database.url()).await;
        let app = Application::build(&settings(&url, flags)).await.unwrap();
        Distant {
            app,
            proxy,
            target: target_of(&database.url()),
            database,
        }
    }

    async fn producer(&self) -> Client {
        producer(&self.app).await
    }

    pub async fn end(self, clients: impl IntoIterator<Item = Client>) {
        for client in clients {
            client.close().await;
        }
        self.app.stop().await.unwrap();
    }
}

async fn producer(app: &Application) -> Client {
    let mut producer = Client::connect(app.address(), "/ws/gavage").await;
    producer.next().await;
    producer
}

async fn health_is(app: &Application, status: u16) -> Value {
    until(&format!("/health is {status}"), async || {
        ask(app.address(), "/health").await.0 == status
    })
    .await;
    ask(app.address(), "/health").await.1
}

async fn start_cluster(directory: &std::path::Path) -> Cluster {
    let settings = ClusterSettings {
        data_dir: directory.to_path_buf(),
        ..ClusterSettings::default()
    };
    Cluster::start(&settings).await.unwrap()
}

#[actix_web::test]
async fn readings_that_come_while_the_database_is_stopped_are_written_and_acked_when_it_is_back() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::set_permissions(directory.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let cluster = start_cluster(directory.path()).await;
    cluster.create_database("gaveurs").await.unwrap();
    let (proxy, url) = Proxy::before(&cluster.url("gaveurs")).await;
    let app = Application::build(&settings(&url, &[])).await.unwrap();
    let mut producer = producer(&app).await;
    assert_eq!(producer.ask(meal("LL2611001", 1, 0)).await["type"], "ack");

    cluster.stop().await.unwrap();
    let health = health_is(&app, 503).await;
    assert_eq!(
        (&health["status"], &health["database"]),
        (&json!("unhealthy"), &json!("disconnected"))
    );
    for (path, status) in [
        ("/health/live", 200),
        ("/healthz", 200),
        ("/health/startup/", 200),
        ("/health/ready", 503),
        ("/api/lots/", 503),
        ("/metrics", 200),
    ] {
        assert_eq!(ask(app.address(), path).await.0, status, "{path}");
    }
    for number in 1..4 {
        producer.send(meal("LL2611001", 1, number)).await;
    }
    producer.settled().await;

    let cluster = start_cluster(directory.path()).await;
    proxy.set(Line::To(target_of(&cluster.url("gaveurs"))));
    for number in 1..4 {
        let ack = producer.next().await;
        assert_eq!(
            (&ack["type"], &ack["jour"]),
            (&json!("ack"), &json!(number / 2))
        );
    }
    assert_eq!(health_is(&app, 200).await["database"], "connected");
    assert_eq!(
        ask(app.address(), "/api/gavage/gaveur/1")
            .await
            .1
            .as_array()
            .unwrap()
            .len(),
        2
    );
    assert!(app.metrics().write_retries.get() > 0);
    producer.close().await;
    app.stop().await.unwrap();
    cluster.stop().await.unwrap();
}

#[actix_web::test]
async fn a_line_that_breaks_while_readings_are_written_loses_none_and_doubles_none() {
    let distant = Distant::start(&[]).await;
    let mut screen = Client::connect(distant.app.address(), "/ws/realtime").await;
    screen.next_of("snapshot").await;
    let mut producer = distant.producer().await;
    for round in 0..8 {
        for number in 0..50 {
            producer
                .send(meal("LL2611001", 1, round * 50 + number))
                .await;
        }
        producer.next_of("ack").await;
        distant.proxy.set(Line::Cut);
        distant.proxy.set(Line::To(distant.target.clone()));
    }
    producer.take("ack", 400 - 8).await;
    let rows = distant
        .database
        .rows("SELECT count(*) AS n, count(corrected_at) AS corrected FROM gavage_data")
        .await;
    assert_eq!(rows, [json!({"n": 400, "corrected": 0})]);
    let mut shown = std::collections::BTreeSet::new();
    while shown.len() < 400 {
        let data = screen.next_of("gavage_realtime").await["data"].take();
        shown.insert([&data["code_lot"], &data["jour"], &data["moment"]].map(Value::to_string));
    }
    distant.end([screen, producer]).await;
}

#[actix_web::test]
async fn a_database_that_swallows_bytes_is_given_up_and_written_to_when_it_answers_again() {
    let distant =
        Distant::start(&["--statement-timeout", "500ms", "--connect-timeout", "500ms"]).await;
    let mut producer = distant.producer().await;
    producer.ask(meal("LL2611001", 1, 0)).await;
    distant.proxy.set(Line::Stalled);
    for number in 1..5 {
        producer.send(meal("LL2611001", 1, number)).await;
    }
    health_is(&distant.app, 503).await;
    distant.proxy.set(Line::Cut);
    distant.proxy.set(Line::To(distant.target.clone()));
    assert_eq!(producer.take("ack", 4).await.len(), 4);
    assert_eq!(
        distant
            .database
            .rows("SELECT 1 FROM gavage_data")
            .await
            .len(),
        5
    );
    distant.end([producer]).await;
}

#[actix_web::test]
async fn beyond_the_queue_readings_are_refused_with_a_hint_and_what_was_taken_is_written() {
    let flags = [
        "--ingest-queue",
        "2000",
        "--max-gavage-message",
        "2000",
        "--ingest-patience",
        "100ms",
    ];
    let distant = Distant::start(&flags).await;
    distant.proxy.set(Line::Cut);
    let mut producer = distant.producer().await;
    for number in 0..10 {
        producer.send(meal("LL2611001", 1, number)).await;
    }
    let fit = 2_000 / meal("LL2611001", 1, 0).to_string().len() as i64;
    let mut refused = Vec::new();
    for _ in fit..10 {
        let error = producer.next().await;
        assert_eq!(
            (&error["type"], &error["retry_after_ms"]),
            (&json!("error"), &json!(100)),
            "{error}"
        );
        assert!(
            error["error"]
                .as_str()
                .unwrap()
                .contains("send it again later")
        );
        refused.push(
            error["data"]["jour"].as_i64().unwrap() * 2
                + i64::from(error["data"]["moment"] == "soir"),
        );
    }
    assert_eq!(refused, (fit..10).collect::<Vec<_>>());
    distant.proxy.set(Line::To(distant.target.clone()));
    producer.take("ack", fit as usize).await;
    assert_eq!(producer.ask(meal("LL2611001", 1, 9)).await["type"], "ack");
    let rows = distant.database.rows("SELECT 1 FROM gavage_data").await;
    assert_eq!(rows.len() as i64, fit + 1);
    distant.end([producer]).await;
}
