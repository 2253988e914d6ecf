//! Peers that break the protocol, on purpose or by dying in the middle of a message.

use crate::{
    raw_client::{CLOSE, TEXT, connect, frame, header, read_close_code},
    server::{COLLECT, TestServer},
};
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

const DEADLINE: Duration = Duration::from_secs(20);
const FIRST: u8 = 0x02;
const CONTINUE: u8 = 0x00;

/// Connects, sends, and returns the code with which the server closes.
async fn closed_with(wire: &[u8]) -> Option<u16> {
    let server = TestServer::start();
    let mut stream = connect(server.address, "/collect").await.unwrap();
    stream.write_all(wire).await.unwrap();
    let code = timeout(DEADLINE, read_close_code(&mut stream))
        .await
        .unwrap();
    drop(stream);
    server.finish().await;
    code
}

#[actix_web::test]
async fn protocol_violations_are_answered_with_1002() {
    for wire in [
        &[0xC1][..],
        &[0x83],
        &[0x81, 0x01, b'x'],
        &[0x09],
        &header(CONTINUE, 5),
    ] {
        assert_eq!(closed_with(wire).await, Some(1002), "{wire:X?}");
    }
}

#[actix_web::test]
async fn invalid_text_is_answered_with_1007_before_its_frame_is_complete() {
    let mut wire = frame(TEXT, b"good \xFF bad");
    wire.pop();
    assert_eq!(closed_with(&wire).await, Some(1007));
}

#[actix_web::test]
async fn an_announced_gigabyte_is_answered_with_1009_at_its_header() {
    assert_eq!(closed_with(&header(FIRST, 1 << 30)).await, Some(1009));
}

#[actix_web::test]
async fn a_peer_in_the_middle_of_sending_too_much_still_learns_the_code() {
    let server = TestServer::start();
    let stream = connect(server.address, "/collect").await.unwrap();
    let (mut reader, mut writer) = stream.into_split();
    writer.write_all(&header(FIRST, 1 << 30)).await.unwrap();
    let sending =
        actix_web::rt::spawn(async move { while writer.write_all(&[0; 65_536]).await.is_ok() {} });
    let mut received = Vec::new();
    let _ = timeout(DEADLINE, reader.read_to_end(&mut received))
        .await
        .unwrap();
    let close = [CLOSE, 0, 0x03, 0xF1]; // 1009, whatever the length of the reason
    assert!(
        received
            .windows(4)
            .any(|bytes| bytes[0] == close[0] && bytes[2..] == close[2..])
    );
    timeout(DEADLINE, sending).await.unwrap().unwrap();
    drop(reader);
    server.finish().await;
}

#[actix_web::test]
async fn endless_continuations_are_answered_with_1009() {
    let piece = vec![b'x'; COLLECT.max_frame];
    let mut wire = frame(FIRST, &piece);
    for _ in 0..2 {
        wire.extend(frame(CONTINUE, &piece));
    }
    assert_eq!(closed_with(&wire).await, Some(1009));
}

#[actix_web::test]
async fn a_message_dripped_byte_by_byte_is_heard() {
    let mut server = TestServer::start();
    let mut stream = connect(server.address, "/collect").await.unwrap();
    let message = "goutte à goutte ".repeat(50);
    for byte in frame(TEXT, message.as_bytes()) {
        stream.write_all(&[byte]).await.unwrap();
    }
    let heard = timeout(DEADLINE, server.heard.recv()).await.unwrap();
    assert_eq!(heard, Some(message));
    drop(stream);
    server.finish().await;
}

#[actix_web::test]
async fn a_close_is_echoed_and_the_connection_dropped_at_once() {
    let server = TestServer::start();
    // If the HTTP layer lingered for its default of one second, all of these would exceed the deadline.
    let conversations = async {
        for _ in 0..20 {
            let mut stream = connect(server.address, "/collect").await.unwrap();
            let close = frame(CLOSE, &1000_u16.to_be_bytes());
            stream.write_all(&close).await.unwrap();
            assert_eq!(read_close_code(&mut stream).await, Some(1000));
        }
    };
    timeout(DEADLINE / 2, conversations)
        .await
        .expect("no waiting after a Close");
    server.finish().await;
}

#[actix_web::test]
async fn a_connection_cut_inside_a_frame_leaves_nothing_behind() {
    let mut server = TestServer::start();
    for length in 1..20 {
        let mut stream = connect(server.address, "/collect").await.unwrap();
        stream
            .write_all(&frame(TEXT, b"never complete")[..length])
            .await
            .unwrap();
    }
    let mut stream = connect(server.address, "/collect").await.unwrap();
    stream.write_all(&frame(TEXT, b"complete")).await.unwrap();
    assert_eq!(
        timeout(DEADLINE, server.heard.recv())
            .await
            .unwrap()
            .as_deref(),
        Some("complete")
    );
    drop(stream);
    server.finish().await;
}

#[actix_web::test]
async fn a_peer_that_never_reads_is_cut_when_its_queue_is_full() {
    let mut server = TestServer::start();
    let stalled: TcpStream = connect(server.address, "/flood").await.unwrap();
    assert_eq!(
        timeout(DEADLINE, server.heard.recv())
            .await
            .unwrap()
            .as_deref(),
        Some("full")
    );
    assert_eq!(
        timeout(DEADLINE, server.heard.recv())
            .await
            .unwrap()
            .as_deref(),
        Some("gone")
    );
    drop(stalled);
    server.finish().await;
}
