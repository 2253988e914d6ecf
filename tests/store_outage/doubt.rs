//! The connection is lost after the commit and before its answer, so the server cannot know the outcome.

use crate::common::{
    client::Client,
    database::TestDatabase,
    http,
    readings::{meal, with},
    server::settings,
};
use gaveurs::{app::Application, store::migrate::migrate};
use serde_json::json;
use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// Passes everything on, except the answers to the next `left` commits: it cuts the connection instead.
struct Forgetful {
    address: SocketAddr,
    left: Arc<AtomicUsize>,
}

impl Forgetful {
    async fn start(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let left = Arc::new(AtomicUsize::new(0));
        let shared = left.clone();
        tokio::task::spawn_local(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(target).await.unwrap();
                tokio::task::spawn_local(pass_on(client, server, shared.clone()));
            }
        });
        Forgetful { address, left }
    }
}

async fn pass_on(mut client: TcpStream, mut server: TcpStream, left: Arc<AtomicUsize>) {
    let (mut asked, mut answered) = (vec![0; 1 << 16], vec![0; 1 << 16]);
    loop {
        tokio::select! {
            Ok(count) = client.read(&mut asked) => {
                let commits = asked[..count].windows(7).any(|seven| seven == b"COMMIT\0");
                if count == 0 || server.write_all(&asked[..count]).await.is_err() {
                    return;
                }
                if commits && left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok() {
                    return swallow_until_committed(server).await;
                }
            }
            Ok(count) = server.read(&mut answered) => {
                if count == 0 || client.write_all(&answered[..count]).await.is_err() {
                    return;
                }
            }
            else => return,
        }
    }
}

/// Waits for the database's answer to the commit before it cuts the connection.
async fn swallow_until_committed(mut server: TcpStream) {
    let mut answer = Vec::new();
    while !answer.windows(7).any(|seven| seven == b"COMMIT\0") {
        if server.read_buf(&mut answer).await.unwrap_or(0) == 0 {
            return;
        }
    }
}

/// A server whose database proxy swallows answers on request.
struct Doubtful {
    database: TestDatabase,
    line: Forgetful,
    app: Application,
}

impl Doubtful {
    async fn start() -> Self {
        let database = TestDatabase::create_bare().await;
        migrate(database.pool()).await.unwrap();
        let url = database.url();
        let host = url.split(['@', '/']).nth(3).unwrap().to_owned();
        let line = Forgetful::start(host.parse().unwrap()).await;
        let url = url.replace(&host, &line.address.to_string());
        let app = Application::build(&settings(&url, &[])).await.unwrap();
        Doubtful {
            database,
            line,
            app,
        }
    }

    /// A client that has received its welcome, or its snapshot.
    async fn connect(&self, path: &str) -> Client {
        let mut client = Client::connect(self.app.address(), path).await;
        client.next().await;
        client
    }

    /// Swallows the answer to the next commit.
    fn lose_one(&self) {
        self.line.left.store(1, Ordering::Relaxed);
    }

    fn assert_lost(&self) {
        assert_eq!(
            self.line.left.load(Ordering::Relaxed),
            0,
            "the line was not cut"
        );
    }

    async fn post(&self, path: &str, body: serde_json::Value) -> u16 {
        let url = format!("http://{}{path}", self.app.address());
        http::post(&url, body).await.status().as_u16()
    }
}

#[actix_web::test]
async fn a_commit_whose_answer_is_lost_is_written_again_and_changes_nothing() {
    let server = Doubtful::start().await;
    let mut producer = server.connect("/ws/gavage").await;
    assert_eq!(producer.ask(meal("LL2611001", 1, 0)).await["type"], "ack");

    // A refused meal opens an alert, which the second write must not open again. The last meal corrects an earlier one.
    let refused = with(meal("LL2611001", 1, 1), json!({"dose_reelle": 100.0}));
    let corrected = with(meal("LL2611001", 1, 0), json!({"dose_reelle": 401.0}));
    for message in [refused, meal("LL2611001", 1, 2), corrected] {
        server.lose_one();
        assert_eq!(producer.ask(message).await["type"], "ack");
        server.assert_lost();
    }
    assert!(server.app.metrics().write_retries.get() >= 3);
    let stored = "SELECT count(*) AS n, count(corrected_at) AS corrected, (SELECT count(*) FROM alertes) AS alertes,
        (SELECT count(*) FROM repas) AS repas FROM gavage_data";
    assert_eq!(
        server.database.rows(stored).await,
        [json!({"n": 3, "corrected": 1, "alertes": 1, "repas": 3})]
    );
    producer.close().await;
    server.app.stop().await.unwrap();
}

#[actix_web::test]
async fn what_a_commit_did_whose_answer_is_lost_reaches_every_screen_once() {
    let server = Doubtful::start().await;
    let mut screen = server.connect("/ws/realtime/").await;
    let mut producer = server.connect("/ws/gavage").await;
    producer.ask(meal("LL2611002", 2, 0)).await;
    let last = json!({"dose_reelle": 100.0, "pret_abattage": true});
    server.lose_one();
    let refused = with(meal("LL2611001", 1, 0), last);
    assert_eq!(producer.ask(refused).await["type"], "ack");
    server.assert_lost();
    let raised = screen.next_of("alert").await;
    assert_eq!(
        (&raised["event"], &raised["data"]["code_lot"]),
        (&json!("raised"), &json!("LL2611001"))
    );

    // The same for a sample: all screens must get it.
    let claim = json!({"station": "ESP32_LL_01"});
    assert_eq!(
        server
            .post("/api/sqal/pending-lots/LL2611001/claim", claim)
            .await,
        200
    );
    let mut station = server.connect("/ws/sensors/").await;
    let mut sample: serde_json::Value =
        serde_json::from_str(include_str!("../frames/sensor_data.json")).unwrap();
    sample["device_id"] = json!("ESP32_LL_01");
    for name in ["final_score", "tof_score", "spectral_score"] {
        sample["fusion"][name] = json!(0.1);
    }
    sample["fusion"]["final_grade"] = serde_json::Value::Null;
    server.lose_one();
    assert_eq!(station.ask(&sample).await["type"], "ack");
    server.assert_lost();
    let shown = screen.next_of("sensor_update").await;
    assert_eq!(shown["sample"]["code_lot"], "LL2611001");
    let judged = screen.next_of("alert").await;
    assert_eq!(
        (&judged["event"], &judged["data"]["device_id"]),
        (&json!("raised"), &json!("ESP32_LL_01"))
    );

    server.lose_one();
    let finish = json!({"par": "Jean"});
    assert_eq!(
        server
            .post("/api/sqal/pending-lots/LL2611001/finish", finish)
            .await,
        200
    );
    server.assert_lost();
    let closed = screen.take("alert", 2).await;
    let mut ids: Vec<_> = closed
        .iter()
        .map(|frame| frame["data"]["id"].as_i64())
        .collect();
    ids.sort_unstable();
    assert!(closed.iter().all(|frame| frame["event"] == "closed"));
    assert_eq!(
        ids,
        [raised["data"]["id"].as_i64(), judged["data"]["id"].as_i64()]
    );

    // Nothing was written twice, and none of it counted as an outage.
    producer.ask(meal("LL2611002", 2, 1)).await;
    assert_eq!(
        screen.so_far("alert").await,
        Vec::<serde_json::Value>::new()
    );
    assert_eq!(
        screen.so_far("stale").await,
        Vec::<serde_json::Value>::new()
    );
    for client in [producer, station, screen] {
        client.close().await;
    }
    server.app.stop().await.unwrap();
}
