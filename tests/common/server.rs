//! A whole server on a free port, with its own database.

use super::{client::Client, database::TestDatabase, http};
use clap::Parser;
use gaveurs::{
    app::Application,
    domain::{audit::Author, grant::Grant, key::Key},
    messages::app_to_supervisor::Census,
    settings::ServerArgs,
    store::keys,
};
use std::{net::SocketAddr, time::Duration};
use tokio::time::{sleep, timeout};
use ureq::http::Request;

/// How long a test waits for an expected event.
pub const DEADLINE: Duration = Duration::from_secs(20);

#[derive(Parser)]
#[command(args_override_self = true)]
struct Line {
    #[command(flatten)]
    server: ServerArgs,
}

pub struct TestServer {
    app: Application,
    pub database: TestDatabase,
}

impl TestServer {
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// Starts it with further flags of `gaveurs serve`.
    pub async fn start_with(flags: &[&str]) -> Self {
        Self::start_on(TestDatabase::create().await, flags).await
    }

    /// Starts it on a database that may contain data.
    pub async fn start_on(database: TestDatabase, flags: &[&str]) -> Self {
        let settings = settings(&database.url(), flags);
        Self::run(database, &settings).await
    }

    /// Replaces an earlier server: same address, same database.
    pub async fn start_at(address: SocketAddr, database: TestDatabase) -> Self {
        let settings = ServerArgs {
            bind: address,
            ..settings(&database.url(), &[])
        };
        Self::run(database, &settings).await
    }

    async fn run(database: TestDatabase, settings: &ServerArgs) -> Self {
        let app = Application::build(settings).await.unwrap();
        TestServer { app, database }
    }

    pub fn address(&self) -> SocketAddr {
        self.app.address()
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address())
    }

    /// Opens a WebSocket.
    pub async fn connect(&self, path: &str) -> Client {
        Client::connect(self.address(), path).await
    }

    pub async fn get(&self, path: &str) -> serde_json::Value {
        self.ask(path).await.1
    }

    /// Status of a GET.
    pub async fn status(&self, path: &str) -> u16 {
        self.ask(path).await.0
    }

    /// Status and JSON body of a GET.
    pub async fn ask(&self, path: &str) -> (u16, serde_json::Value) {
        ask(self.address(), path).await
    }

    /// The value of one sample of `/metrics`, e.g. `gaveurs_errors_total{reason="binary"}`; 0 if it does not exist yet.
    pub async fn metric(&self, sample: &str) -> f64 {
        sample_of(&self.app.metrics().text(), sample)
    }

    /// The rows of a query as JSON objects.
    pub async fn rows(&self, query: &str) -> Vec<serde_json::Value> {
        self.database.rows(query).await
    }

    /// Changes rows behind the server's back.
    pub async fn execute(&self, statement: &str) {
        let client = self.database.client().await;
        client.batch_execute(statement).await.unwrap();
    }

    pub async fn census(&self) -> Census {
        self.app.census().await.unwrap()
    }

    pub fn app(&self) -> &Application {
        &self.app
    }

    /// The single number that a query returns.
    pub async fn count(&self, query: &str) -> i64 {
        self.database
            .client()
            .await
            .query_one(query, &[])
            .await
            .unwrap()
            .get(0)
    }

    /// Creates a key, and waits until the server knows it.
    pub async fn key(&self, grant: &Grant, lifetime: Option<Duration>) -> Key {
        let key = Key::generate(&mut rand::rng());
        let pool = self.app.pool();
        let created = keys::create(pool, &key, "essai", grant, lifetime, &operator()).await;
        created.unwrap();
        until("the key is known", async || {
            let request = Request::get(self.url("/auth/me"));
            let request = request.header("authorization", format!("Bearer {}", key.reveal()));
            let answer = http::send(request.body(()).unwrap()).await.unwrap();
            answer.status() == 200
        })
        .await;
        key
    }

    /// Stops the server; fails if sessions, subscribers, topics, graces or clean-ups remain after every client has left.
    pub async fn finish(self) -> TestDatabase {
        let empty = Census {
            sessions: 0,
            listeners: 0,
            topics: 0,
            in_grace: 0,
            cleaning: 0,
        };
        let gone = async {
            while self.app.census().await.unwrap() != empty {
                sleep(Duration::from_millis(5)).await;
            }
        };
        if timeout(DEADLINE, gone).await.is_err() {
            panic!("left over: {:?}", self.app.census().await.unwrap());
        }
        self.stop().await
    }

    /// Stops the server even if connections are open.
    pub async fn stop(self) -> TestDatabase {
        self.app.stop().await.unwrap();
        self.database
    }
}

pub fn operator() -> Author {
    Author::operator(rand::random())
}

pub fn settings(database_url: &str, flags: &[&str]) -> ServerArgs {
    let always = [
        "gaveurs",
        "--bind",
        "127.0.0.1:0",
        "--database-url",
        database_url,
        // Tests do not wait for the grace of users who left.
        "--grace",
        "20ms",
        // The dates in tests get old.
        "--doubtful-clock-days",
        "36500",
    ];
    // In most tests nobody returns, so the grace can be short.
    let grace = if flags.contains(&"--grace") {
        &[][..]
    } else {
        &["--grace", "50ms"]
    };
    Line::try_parse_from(always.iter().chain(grace).chain(flags))
        .unwrap()
        .server
}

/// Status and JSON body of a GET.
pub async fn ask(address: SocketAddr, path: &str) -> (u16, serde_json::Value) {
    let (status, body) = ask_text(address, path).await;
    (status, serde_json::from_str(&body).unwrap_or_default())
}

/// Status and body of a GET.
pub async fn ask_text(address: SocketAddr, path: &str) -> (u16, String) {
    let request = Request::get(format!("http://{address}{path}"));
    let answer = http::send(request.body(()).unwrap()).await.unwrap();
    (answer.status().as_u16(), answer.into_body())
}

fn sample_of(text: &str, sample: &str) -> f64 {
    let value = text
        .lines()
        .find_map(|line| line.strip_prefix(sample)?.strip_prefix(' '));
    value.map_or(0.0, |value| value.parse().unwrap())
}

/// Polls until the condition holds; fails at the deadline.
pub async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !holds().await {
            sleep(Duration::from_millis(5)).await;
        }
    };
    if timeout(DEADLINE, waiting).await.is_err() {
        panic!("waited in vain: {what}");
    }
}
