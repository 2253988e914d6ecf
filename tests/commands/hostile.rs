//! Bytes that are meant to hurt, beside a process whose memory is watched.

use crate::{
    common::{
        database::TestDatabase,
        raw::{self, BINARY, CONTINUE, FIRST, TEXT, close_code},
    },
    process::Process,
};
use std::net::SocketAddr;
use tokio::{io::AsyncWriteExt, net::TcpStream};

const EACH: usize = 50;
/// Of a screen's message, without a setting.
const LIMIT: usize = 16 * 1024;
/// Limit and buffers, in KB; a gigabyte that is announced would be a thousand times as much.
const MOST_PER_PEER: u64 = 128;

async fn attack(address: SocketAddr, wire: &[u8]) -> TcpStream {
    let mut stream = raw::connect(address, "/ws/gaveur/7").await;
    // The server may have closed before it has read all.
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
    // Once, so that what the process needs anyway is there.
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
        // One that never ends, as long as it may be.
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
