//! `/ws/gavage`: what is acked is stored, what is stored is shown.

use crate::common::{
    readings::{reading, two_lots},
    server::TestServer,
};
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

#[actix_web::test]
async fn an_ack_says_that_the_reading_is_in_the_database() {
    let server = TestServer::start().await;
    let mut producer = server.connect("/ws/gavage").await;
    assert_eq!(producer.next().await["type"], "connection_established");
    producer.send(reading("LL2611001", 1, 3, "soir")).await;
    let ack = producer.next().await;
    assert_eq!(
        (
            &ack["type"],
            &ack["status"],
            &ack["code_lot"],
            &ack["jour"],
            &ack["moment"],
            &ack["poids_moyen"]
        ),
        (
            &json!("ack"),
            &json!("saved"),
            &json!("LL2611001"),
            &json!(3),
            &json!("soir"),
            &json!(5000.5)
        )
    );
    assert_eq!(
        server
            .count("SELECT count(*) FROM gavage_data WHERE code_lot = 'LL2611001' AND jour = 3")
            .await,
        1
    );
    producer.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn a_client_that_sends_one_frame_and_closes_at_once_is_stored_and_shown() {
    let server = TestServer::start().await;
    let mut screen = server.connect("/ws/realtime/").await;
    screen.next_of("snapshot").await;
    let feed = two_lots();
    for message in &feed {
        let mut producer = server.connect("/ws/gavage").await;
        producer.send(message).await;
        producer.close().await;
    }
    let shown = screen.take("gavage_realtime", feed.len()).await;
    assert_eq!(shown.len(), feed.len());
    assert_eq!(server.count("SELECT count(*) FROM gavage_data").await, 60);
    screen.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn a_binary_frame_gets_an_error_and_the_connection_lives() {
    let server = TestServer::start().await;
    let mut producer = server.connect("/ws/gavage/").await;
    producer.next().await;
    producer.send_message(Message::binary(vec![1, 2, 3])).await;
    assert_eq!(producer.next().await["type"], "error");
    producer.send(reading("LL2611001", 1, 0, "matin")).await;
    assert_eq!(producer.next().await["type"], "ack");
    producer.close().await;
    server.finish().await;
}
