//! A client that can break the protocol: raw bytes on a socket, without a library.

use std::{io, net::SocketAddr};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

pub const TEXT: u8 = 0x81;
pub const CLOSE: u8 = 0x88;
const MASK: [u8; 4] = [0x37, 0xFA, 0x21, 0x3D];

/// Connects and upgrades. Reads exactly the head of the response.
pub async fn connect(address: SocketAddr, path: &str) -> io::Result<TcpStream> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    assert!(head.starts_with(b"HTTP/1.1 101 "), "not upgraded");
    Ok(stream)
}

/// A masked frame, as a client sends it.
pub fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = header(first, payload.len() as u64);
    frame.extend(
        payload
            .iter()
            .zip(MASK.iter().cycle())
            .map(|(byte, key)| byte ^ key),
    );
    frame
}

/// Only the header of a masked frame that announces `length` bytes.
pub fn header(first: u8, length: u64) -> Vec<u8> {
    let mut header = vec![first];
    match length {
        0..=125 => header.push(0x80 | length as u8),
        126..=0xFFFF => {
            header.push(0x80 | 126);
            header.extend((length as u16).to_be_bytes());
        }
        _ => {
            header.push(0x80 | 127);
            header.extend(length.to_be_bytes());
        }
    }
    header.extend(MASK);
    header
}

/// Reads until the server closes; returns the code of its Close frame. Server frames here are all short.
pub async fn read_close_code(stream: &mut TcpStream) -> Option<u16> {
    let mut received = Vec::new();
    // A reset after the Close frame does not discard what was received before.
    let _ = stream.read_to_end(&mut received).await;
    let mut rest = received.as_slice();
    while let [first, length, after @ ..] = rest {
        let (payload, next) = after.split_at_checked(usize::from(*length))?;
        if *first == CLOSE {
            return payload.first_chunk().map(|code| u16::from_be_bytes(*code));
        }
        rest = next;
    }
    None
}
