//! Producers that disconnect at any moment.

use crate::common::{
    raw::{CLOSE, CONTINUE, FIRST, LAST, TEXT, close_code, connect, connect_narrow, frame, header},
    readings::{meal, two_lots, with},
    server::{DEADLINE, TestServer, until},
};
use serde_json::json;
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, Interest},
    net::TcpStream,
    time::timeout,
};

async fn stored(server: &TestServer, count: i64) {
    until(&format!("{count} readings are stored"), async || {
        server.count("SELECT count(*) FROM gavage_data").await == count
    })
    .await;
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
    let seqs: Vec<_> = shown
        .iter()
        .map(|frame| frame["data"]["code_lot"].clone())
        .collect();
    let sent: Vec<_> = feed
        .iter()
        .map(|message| message["code_lot"].clone())
        .collect();
    assert_eq!(seqs, sent);
    assert_eq!(server.count("SELECT count(*) FROM gavage_data").await, 60);
    screen.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn clients_that_vanish_with_fin_or_reset_right_after_their_frame_are_stored() {
    let server = TestServer::start().await;
    for number in 0..60 {
        let mut stream = connect(server.address(), "/ws/gavage").await;
        // If the welcome was read, closing sends a FIN; otherwise the kernel sends a reset.
        if number % 3 == 0 {
            stream.read_u8().await.unwrap();
        }
        let text = meal("LL2611001", 1, number).to_string();
        stream
            .write_all(&frame(TEXT, text.as_bytes()))
            .await
            .unwrap();
        if number % 3 == 2 {
            stream.set_zero_linger().unwrap();
        }
    }
    stored(&server, 60).await;
    server.finish().await;
}

#[actix_web::test]
async fn many_frames_written_at_once_before_a_close_are_all_stored() {
    let server = TestServer::start().await;
    let mut stream = connect(server.address(), "/ws/gavage").await;
    let mut wire = Vec::new();
    for number in 0..500 {
        wire.extend(frame(
            TEXT,
            meal("LL2611001", 1, number).to_string().as_bytes(),
        ));
    }
    wire.extend(frame(CLOSE, &1000u16.to_be_bytes()));
    stream.write_all(&wire).await.unwrap();
    assert_eq!(
        timeout(DEADLINE, close_code(&mut stream)).await.unwrap(),
        Some(1000)
    );
    stored(&server, 500).await;
    server.finish().await;
}

#[actix_web::test]
async fn a_producer_that_leaves_while_the_queue_is_full_is_stored_all_the_same() {
    let server = TestServer::start_with(&[
        "--ingest-queue",
        "2000",
        "--max-gavage-message",
        "2000",
        "--ingest-patience",
        "20s",
    ])
    .await;
    let mut holder = server.database.client().await;
    let held = holder.transaction().await.unwrap();
    held.batch_execute("LOCK TABLE gavage_data IN EXCLUSIVE MODE")
        .await
        .unwrap();
    for lot in ["LL2611001", "LL2611002", "LL2611003"] {
        let mut stream = connect(server.address(), "/ws/gavage").await;
        for number in 0..10 {
            stream
                .write_all(&frame(TEXT, meal(lot, 1, number).to_string().as_bytes()))
                .await
                .unwrap();
        }
        stream
            .write_all(&frame(CLOSE, &1000u16.to_be_bytes()))
            .await
            .unwrap();
        drop(stream);
    }
    held.commit().await.unwrap();
    stored(&server, 30).await;
    server.finish().await;
}

#[actix_web::test]
async fn a_message_in_fragments_is_one_message() {
    let server = TestServer::start().await;
    let mut stream = connect(server.address(), "/ws/gavage").await;
    let accent = json!({"gaveur_nom": "Noël Lefèvre", "gaveur_id": 77});
    let text = with(meal("LL2611001", 1, 0), accent).to_string();
    let (last, rest) = text.as_bytes().split_last().unwrap();
    for (number, byte) in rest.iter().enumerate() {
        // Also splits a two-byte character, and puts a Ping between fragments.
        let first = if number == 0 { FIRST } else { CONTINUE };
        stream.write_all(&frame(first, &[*byte])).await.unwrap();
        if number % 50 == 0 {
            stream.write_all(&frame(0x89, b"encore")).await.unwrap();
        }
    }
    assert_eq!(server.count("SELECT count(*) FROM gavage_data").await, 0);
    stream.write_all(&frame(LAST, &[*last])).await.unwrap();
    stored(&server, 1).await;
    let name = server
        .rows("SELECT nom FROM gaveurs_euralis WHERE id = 77")
        .await;
    assert_eq!(name, [json!({"nom": "Noël Lefèvre"})]);
    drop(stream);
    server.finish().await;
}

#[actix_web::test]
async fn a_connection_lost_inside_a_message_stores_nothing_of_it() {
    let server = TestServer::start().await;
    let text = meal("LL2611001", 1, 0).to_string();
    let mut cut = connect(server.address(), "/ws/gavage").await;
    cut.write_all(&frame(TEXT, text.as_bytes())[..100])
        .await
        .unwrap();
    drop(cut);
    let mut unfinished = connect(server.address(), "/ws/gavage").await;
    unfinished
        .write_all(&frame(FIRST, text.as_bytes()))
        .await
        .unwrap();
    drop(unfinished);
    let database = server.finish().await;
    assert!(database.rows("SELECT 1 FROM gavage_data").await.is_empty());
}

#[actix_web::test]
async fn a_message_above_the_limit_is_refused_with_1009_and_what_came_before_it_is_stored() {
    let server = TestServer::start().await;
    let mut stream = connect(server.address(), "/ws/gavage/").await;
    stream
        .write_all(&frame(TEXT, meal("LL2611001", 1, 0).to_string().as_bytes()))
        .await
        .unwrap();
    stream
        .write_all(&header(TEXT, 256 * 1024 + 1))
        .await
        .unwrap();
    assert_eq!(
        timeout(DEADLINE, close_code(&mut stream)).await.unwrap(),
        Some(1009)
    );
    stored(&server, 1).await;
    server.finish().await;
}

#[actix_web::test]
async fn text_that_is_not_utf_8_is_refused_with_1007() {
    let server = TestServer::start().await;
    let mut stream = connect(server.address(), "/ws/gavage").await;
    stream
        .write_all(&frame(TEXT, b"{\"code_lot\": \"\xFF\"}"))
        .await
        .unwrap();
    assert_eq!(
        timeout(DEADLINE, close_code(&mut stream)).await.unwrap(),
        Some(1007)
    );
    server.finish().await;
}

async fn send_fifty(stream: &mut TcpStream, part: i32) {
    for number in 0..50 {
        let text = meal(&format!("LL26{part:05}"), 1, number).to_string();
        let wire = frame(TEXT, text.as_bytes());
        let written = timeout(DEADLINE, stream.write_all(&wire)).await;
        written
            .expect("the server reads")
            .expect("the connection is kept");
    }
}

#[actix_web::test]
async fn a_client_that_never_reads_its_acks_keeps_being_stored() {
    let flags = ["--outbox-frames", "16", "--tcp-user-timeout", "1s"];
    let server = TestServer::start_with(&flags).await;
    let mut stream = connect_narrow(server.address(), "/ws/gavage").await;
    let dropped = "gaveurs_drops_total{reason=\"answer_queue_full\"}";
    let mut parts = 0;
    // More acks than the kernel and our queue hold for this peer.
    while server.metric(dropped).await == 0.0 {
        send_fifty(&mut stream, parts).await;
        parts += 1;
        stored(&server, i64::from(parts) * 50).await;
    }
    // By now the kernel would have ended a screen's connection.
    let lost = timeout(Duration::from_secs(4), stream.ready(Interest::ERROR)).await;
    assert!(lost.is_err(), "the connection is kept");
    send_fifty(&mut stream, parts).await;
    stored(&server, i64::from(parts + 1) * 50).await;
    drop(stream);
    server.finish().await;
}
