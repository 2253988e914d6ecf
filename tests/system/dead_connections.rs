//! Messages of a dead connection that are read late must not undo what was sent after them.

use crate::common::{
    raw::{self, TEXT},
    readings::{meal, with},
    server::{TestServer, until},
};
use serde_json::{Value, json};
use tokio::{io::AsyncWriteExt, net::TcpStream};

/// So large that the queue has room for only one message at a time.
fn dose(code_lot: &str, grams: f64) -> Value {
    let message = with(meal(code_lot, 1, 0), json!({"dose_reelle": grams}));
    with(message, json!({"remark": "x".repeat(600)}))
}

async fn say(stream: &mut TcpStream, message: &Value) {
    let frame = raw::frame(TEXT, message.to_string().as_bytes());
    stream.write_all(&frame).await.unwrap();
}

/// Waits until the server has read everything that arrived, except what waits for room.
async fn let_everybody_read(server: &TestServer) {
    for _ in 0..6 {
        let mut client = server.connect("/ws/gavage").await;
        client.settled().await;
        client.close().await;
    }
}

#[actix_web::test]
async fn readings_of_a_dead_connection_do_not_overwrite_what_a_newer_one_said_afterwards() {
    let flags = [
        "--max-gavage-message",
        "1400",
        "--ingest-queue",
        "1400",
        "--ingest-patience",
        "1m",
    ];
    let server = TestServer::start_with(&flags).await;
    let holder = server.database.client().await;
    let lock = "BEGIN; LOCK TABLE gavage_data IN EXCLUSIVE MODE";
    holder.batch_execute(lock).await.unwrap();
    let mut dead = raw::connect(server.address(), "/ws/gavage").await;
    // The first is being written, the second waits for room in the queue, the third in the socket.
    for message in [
        dose("LL2611002", 400.0),
        dose("LL2611003", 400.0),
        dose("LL2611001", 411.0),
    ] {
        say(&mut dead, &message).await;
        let_everybody_read(&server).await;
    }
    drop(dead);
    let mut newer = server.connect("/ws/gavage").await;
    newer.next().await;
    newer.send(dose("LL2611001", 422.0)).await;
    let_everybody_read(&server).await;
    holder.batch_execute("COMMIT").await.unwrap();
    assert_eq!(newer.next().await["type"], "ack");
    until("what was left behind is left out", async || {
        let dropped = "gaveurs_drops_total{reason=\"said_before_newer\"}";
        server.metric(dropped).await == 1.0
    })
    .await;
    let stored = "SELECT dose_reelle FROM gavage_data ORDER BY code_lot";
    let stored = server.rows(stored).await;
    let doses: Vec<_> = stored
        .iter()
        .map(|row| row["dose_reelle"].as_f64())
        .collect();
    assert_eq!(doses, [422.0, 400.0, 400.0].map(Some));
    newer.close().await;
    server.finish().await;
}
