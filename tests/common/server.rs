//! A whole server on a port of its own, with a database of its own.

use super::{client::Client, database::TestDatabase};
use clap::Parser;
use gaveurs::{app::Application, messages::app_to_supervisor::Census, settings::ServerArgs};
use std::{net::SocketAddr, time::Duration};
use tokio::time::{sleep, timeout};

/// How long a test waits for something that must happen.
pub const DEADLINE: Duration = Duration::from_secs(20);

#[derive(Parser)]
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

    /// With further flags of `gaveurs serve`.
    pub async fn start_with(flags: &[&str]) -> Self {
        let database = TestDatabase::create_bare().await;
        let settings = settings(&database.url(), flags);
        Self::run(database, &settings).await
    }

    /// A server that goes on with the database of an earlier one.
    pub async fn resume(database: TestDatabase, bind: SocketAddr) -> Self {
        let settings = ServerArgs {
            bind,
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
        let mut response = awc::Client::default()
            .get(self.url(path))
            .send()
            .await
            .unwrap();
        response.json().limit(32 << 20).await.unwrap()
    }

    /// Status of a GET.
    pub async fn status(&self, path: &str) -> u16 {
        awc::Client::default()
            .get(self.url(path))
            .send()
            .await
            .unwrap()
            .status()
            .as_u16()
    }

    pub async fn census(&self) -> Census {
        self.app.census().await.unwrap()
    }

    pub fn app(&self) -> &Application {
        &self.app
    }

    /// The one number that a query gives.
    pub async fn count(&self, query: &str) -> i64 {
        self.database
            .client()
            .await
            .query_one(query, &[])
            .await
            .unwrap()
            .get(0)
    }

    /// Ends the server; fails when sessions, listeners or topics remain once every client has left.
    pub async fn finish(self) -> TestDatabase {
        let empty = Census {
            sessions: 0,
            listeners: 0,
            topics: 0,
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

    /// Ends the server whatever is still open.
    pub async fn stop(self) -> TestDatabase {
        self.app.stop().await.unwrap();
        self.database
    }
}

pub fn settings(database_url: &str, flags: &[&str]) -> ServerArgs {
    let always = [
        "gaveurs",
        "--bind",
        "127.0.0.1:0",
        "--database-url",
        database_url,
    ];
    Line::try_parse_from(always.iter().chain(flags))
        .unwrap()
        .server
}
