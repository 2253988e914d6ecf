//! Needs a second database session that holds a lock meanwhile.

use crate::common::{
    readings::reading,
    server::{TestServer, until},
};
use tokio_tungstenite::tungstenite::Message;

#[actix_web::test]
async fn no_ack_comes_before_the_commit() {
    let server = TestServer::start().await;
    let mut holder = server.database.client().await;
    let held = holder.transaction().await.unwrap();
    held.batch_execute("LOCK TABLE gavage_data IN EXCLUSIVE MODE")
        .await
        .unwrap();
    let mut producer = server.connect("/ws/gavage").await;
    producer.next().await;
    producer.send(reading("LL2611001", 1, 0, "matin")).await;
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    until("the writer waits for the lock", async || {
        server.count(waiting).await == 1
    })
    .await;
    // The Pong comes before the ack, because there is no ack yet.
    producer.send_message(Message::Ping("first".into())).await;
    assert_eq!(
        producer.next_message().await,
        Some(Message::Pong("first".into()))
    );
    held.commit().await.unwrap();
    assert_eq!(producer.next().await["type"], "ack");
    producer.close().await;
    server.finish().await;
}
