//! Hostile input to a process whose memory is measured.

use crate::{
    common::{
        client::Client,
        database::TestDatabase,
        raw::{self, BINARY, CONTINUE, FIRST, TEXT, close_code},
        readings::meal,
        server::{ask_text, until},
    },
    process::Process,
};
use futures_util::future::join_all;
use std::{net::SocketAddr, time::Duration};
use tokio::{io::AsyncWriteExt, net::TcpStream, time::timeout};

const EACH: usize = 50;
/// Default limit of a screen's message.
const LIMIT: usize = 16 * 1024;
/// Limit and buffers, in KB; an announced gigabyte would be a thousand times as much.
const MOST_PER_PEER: u64 = 128;

async fn attack(address: SocketAddr, wire: &[u8]) -> TcpStream {
    let mut stream = raw::connect(address, "/ws/gaveur/7").await;
    // The server may close before it has read everything.
    let _ = stream.write_all(wire).await;
    stream
}

#[actix_web::test]
async fn hostile_bytes_cost_little_memory_and_end_with_their_code() {
    let database = TestDatabase::create_bare().await;
    let url = database.url();
    let mut server =
        Process::start_quiet(&["serve", "--bind", "127.0.0.1:0", "--database-url", &url]);
    let address = server.address().await;
    let mut announced = raw::header(TEXT, 1 << 30);
    announced.extend([b'x'; 4 * LIMIT]);
    let piece = [b'x'; LIMIT / 2];
    let mut endless = raw::frame(FIRST, &piece);
    endless.extend(raw::frame(CONTINUE, &piece).repeat(20));
    let reserved = raw::frame(TEXT | 0x40, b"x");
    let invalid = raw::frame(TEXT, b"\xff\xfe");
    let useless = raw::frame(BINARY, b"x").repeat(1_000);
    let attacks = [
        (announced, 1009),
        (endless, 1009),
        (reserved, 1002),
        (invalid, 1007),
        (useless, 1008),
    ];
    // Runs once first, so that the process has allocated what it always needs.
    for (wire, code) in &attacks {
        assert_eq!(
            close_code(&mut attack(address, wire).await).await,
            Some(*code)
        );
    }
    server.forget_peak();
    let before = server.peak_kilobytes();
    let mut held = Vec::new();
    for _ in 0..EACH {
        for (wire, code) in &attacks {
            assert_eq!(
                close_code(&mut attack(address, wire).await).await,
                Some(*code)
            );
        }
        // A message of the maximum length that never ends.
        held.push(attack(address, &raw::frame(TEXT, &[b'x'; LIMIT])[..LIMIT]).await);
    }
    let grown = server.peak_kilobytes().saturating_sub(before);
    assert!(
        grown < EACH as u64 * MOST_PER_PEER,
        "{grown} KB for {EACH} of each kind"
    );
    drop(held);
    server.terminate();
    assert_eq!(server.ended().await.code, Some(0));
}

/// Budget of unfinished messages in the next test, bytes.
const UNFINISHED: usize = 4 << 20;

#[actix_web::test]
async fn half_messages_of_all_peers_together_hold_no_more_than_they_may() {
    let database = TestDatabase::create_bare().await;
    let url = database.url();
    let bound = UNFINISHED.to_string();
    let serve = ["serve", "--bind", "127.0.0.1:0", "--database-url", &url];
    let flags = ["--unfinished-messages", &bound];
    let mut server = Process::start_quiet(&[&serve[..], &flags].concat());
    let address = server.address().await;
    let wire = raw::frame(TEXT, &[b'x'; 200_000]);
    let mut held = Vec::new();
    for _ in 0..200 {
        held.push(raw::connect(address, "/ws/gavage").await);
    }
    // What the connections themselves cost is not counted.
    server.forget_peak();
    let before = server.peak_kilobytes();
    for stream in &mut held {
        let _ = stream.write_all(&wire[..190_000]).await;
    }
    let refused = "gaveurs_drops_total{reason=\"unfinished_messages_full\"} ";
    until("most of them are refused", async || {
        let metrics = ask_text(address, "/metrics").await.1;
        let count = metrics.lines().find_map(|line| line.strip_prefix(refused));
        count.is_some_and(|count| count.parse::<u32>().unwrap() >= 150)
    })
    .await;
    assert_eq!(close_code(held.last_mut().unwrap()).await, Some(1013));
    let grown = server.peak_kilobytes().saturating_sub(before);
    assert!(grown < 4 * UNFINISHED as u64 / 1_024, "{grown} KB");
    // Producers with short messages are not affected.
    let mut producer = Client::connect(address, "/ws/gavage").await;
    producer.next().await;
    assert_eq!(producer.ask(meal("LL2611001", 7, 0)).await["type"], "ack");
    producer.close().await;
    drop(held);
    server.terminate();
    assert_eq!(server.ended().await.code, Some(0));
}

#[actix_web::test]
async fn answers_that_a_screen_does_not_read_hold_little_memory() {
    const SCREENS: u64 = 6;
    let database = TestDatabase::create_bare().await;
    let url = database.url();
    let serve = ["serve", "--bind", "127.0.0.1:0", "--database-url", &url];
    // So that no screen is cut for reading nothing.
    let flags = ["--stall-timeout", "1h"];
    let mut server = Process::start_quiet(&[&serve[..], &flags].concat());
    let address = server.address().await;
    let wish = format!(
        r#"{{"type":"subscribe","filters":{{"x":"{}"}}}}"#,
        "x".repeat(LIMIT - 100)
    );
    // So that the pages of the program that this needs have been read before.
    let mut reading = Client::connect(address, "/ws/realtime/").await;
    reading.send(&wish).await;
    reading.next_of("subscribe_ack").await;
    reading.close().await;
    server.forget_peak();
    let before = server.peak_kilobytes();
    let wish = raw::frame(TEXT, wish.as_bytes());
    let asking = (0..SCREENS).map(async |_| {
        let mut screen = raw::connect(address, "/ws/realtime/").await;
        for _ in 0..2_000 {
            let sent = screen.write_all(&wish);
            if !matches!(timeout(Duration::from_secs(5), sent).await, Ok(Ok(()))) {
                break;
            }
        }
    });
    join_all(asking).await;
    let grown = server.peak_kilobytes().saturating_sub(before);
    assert!(grown < SCREENS * 6 * 1_024, "{grown} KB");
    server.terminate();
    assert_eq!(server.ended().await.code, Some(0));
}
