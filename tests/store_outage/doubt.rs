//! The connection is lost after the commit and before its answer: nobody can know whether it was carried out.

use crate::common::{
    client::Client,
    database::TestDatabase,
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

/// Passes everything on, except that the answers to the next `left` commits never arrive: the line is cut in their place.
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

/// The commit is carried out before the line is cut: the server has said so.
async fn swallow_until_committed(mut server: TcpStream) {
    let mut answer = Vec::new();
    while !answer.windows(7).any(|seven| seven == b"COMMIT\0") {
        if server.read_buf(&mut answer).await.unwrap_or(0) == 0 {
            return;
        }
    }
}

#[actix_web::test]
async fn a_commit_whose_answer_is_lost_is_written_again_and_changes_nothing() {
    let database = TestDatabase::create_bare().await;
    migrate(database.pool()).await.unwrap();
    let url = database.url();
    let host = url.split(['@', '/']).nth(3).unwrap().to_owned();
    let line = Forgetful::start(host.parse().unwrap()).await;
    let url = url.replace(&host, &line.address.to_string());
    let app = Application::build(&settings(&url, &[])).await.unwrap();
    let mut producer = Client::connect(app.address(), "/ws/gavage").await;
    producer.next().await;
    assert_eq!(producer.ask(meal("LL2611001", 1, 0)).await["type"], "ack");

    // A refused meal opens an alert, which a second write must not open again; the last meal corrects an earlier one.
    let refused = with(meal("LL2611001", 1, 1), json!({"dose_reelle": 100.0}));
    let corrected = with(meal("LL2611001", 1, 0), json!({"dose_reelle": 401.0}));
    for message in [refused, meal("LL2611001", 1, 2), corrected] {
        line.left.store(1, Ordering::Relaxed);
        assert_eq!(producer.ask(message).await["type"], "ack");
        assert_eq!(line.left.load(Ordering::Relaxed), 0, "the line was not cut");
    }
    assert!(app.metrics().write_retries.get() >= 3);
    let stored = "SELECT count(*) AS n, count(corrected_at) AS corrected, (SELECT count(*) FROM alertes) AS alertes,
        (SELECT count(*) FROM repas) AS repas FROM gavage_data";
    assert_eq!(
        database.rows(stored).await,
        [json!({"n": 3, "corrected": 1, "alertes": 1, "repas": 3})]
    );
    producer.close().await;
    app.stop().await.unwrap();
}
