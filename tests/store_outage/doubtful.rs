//! A server whose database connection is lost after a commit and before its answer, on request.

use crate::common::{
    client::Client,
    database::TestDatabase,
    http,
    proxy::{Stream, Target, target_of, through},
    server::settings,
};
use gaveurs::{app::Application, store::migrate::migrate};
use serde_json::Value;
use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// Who acknowledges an alert: one statement, which commits by itself.
pub const WITNESS: &str = "Sophie la témoin";

/// Passes everything on, except that the answers to the next `left` commits never arrive: the line is cut in their place.
pub struct Forgetful {
    pub address: SocketAddr,
    pub left: Arc<AtomicUsize>,
    /// The line is not cut, and nothing passes over it any more.
    pub falls_silent: Arc<AtomicBool>,
}

fn commits(asked: &[u8]) -> bool {
    let says = |words: &[u8]| asked.windows(words.len()).any(|part| part == words);
    says(b"COMMIT\0") || says(WITNESS.as_bytes())
}

impl Forgetful {
    pub async fn start(target: Target) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let left = Arc::new(AtomicUsize::new(0));
        let falls_silent = Arc::new(AtomicBool::new(false));
        let (shared, silent) = (left.clone(), falls_silent.clone());
        tokio::task::spawn_local(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = target.connect().await.unwrap();
                let (shared, silent) = (shared.clone(), silent.clone());
                tokio::task::spawn_local(async move {
                    let client = pass_on(client, server, shared).await;
                    if silent.load(Ordering::Relaxed) {
                        until_it_leaves(client).await;
                    }
                });
            }
        });
        Forgetful {
            address,
            left,
            falls_silent,
        }
    }
}

/// Gives the client's end back when the line has ended.
async fn pass_on(
    mut client: TcpStream,
    mut server: Box<dyn Stream>,
    left: Arc<AtomicUsize>,
) -> TcpStream {
    let (mut asked, mut answered) = (vec![0; 1 << 16], vec![0; 1 << 16]);
    loop {
        tokio::select! {
            Ok(count) = client.read(&mut asked) => {
                let commits = commits(&asked[..count]);
                if count == 0 || server.write_all(&asked[..count]).await.is_err() {
                    return client;
                }
                if commits && left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok() {
                    swallow_until_committed(server).await;
                    return client;
                }
            }
            Ok(count) = server.read(&mut answered) => {
                if count == 0 || client.write_all(&answered[..count]).await.is_err() {
                    return client;
                }
            }
            else => return client,
        }
    }
}

async fn until_it_leaves(mut client: TcpStream) {
    while client
        .read(&mut [0; 1024])
        .await
        .is_ok_and(|count| count > 0)
    {}
}

/// The commit is carried out before the line is cut: the server has said that it is outside of any transaction.
async fn swallow_until_committed(mut server: Box<dyn Stream>) {
    let mut answer = Vec::new();
    while !answer.ends_with(b"Z\0\0\0\x05I") {
        if server.read_buf(&mut answer).await.unwrap_or(0) == 0 {
            return;
        }
    }
}

/// A server whose database proxy swallows answers on request.
pub struct Doubtful {
    pub database: TestDatabase,
    line: Forgetful,
    pub app: Application,
}

impl Doubtful {
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    pub async fn start_with(flags: &[&str]) -> Self {
        let database = TestDatabase::create_bare().await;
        migrate(database.pool()).await.unwrap();
        let url = database.url();
        let line = Forgetful::start(target_of(&url)).await;
        let url = through(&url, line.address);
        let app = Application::build(&settings(&url, flags)).await.unwrap();
        Doubtful {
            database,
            line,
            app,
        }
    }

    /// A client that has received its welcome, or its snapshot.
    pub async fn connect(&self, path: &str) -> Client {
        let mut client = Client::connect(self.app.address(), path).await;
        client.next().await;
        client
    }

    /// Swallows the answer to the next commit.
    pub fn lose_one(&self) {
        self.line.left.store(1, Ordering::Relaxed);
    }

    /// With the next lost answer the line is not cut: nothing passes over it any more.
    pub fn fall_silent(&self) {
        self.line.falls_silent.store(true, Ordering::Relaxed);
    }

    pub fn assert_lost(&self) {
        assert_eq!(
            self.line.left.load(Ordering::Relaxed),
            0,
            "the line was not cut"
        );
    }

    pub async fn post(&self, path: &str, body: Value) -> u16 {
        let url = format!("http://{}{path}", self.app.address());
        http::post(&url, body).await.status().as_u16()
    }
}
