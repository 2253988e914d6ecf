//! A client that can break the protocol: raw bytes on a socket, without a library.

use std::net::SocketAddr;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
};

pub const CONTINUE: u8 = 0x00;
pub const FIRST: u8 = 0x01;
pub const TEXT: u8 = 0x81;
pub const BINARY: u8 = 0x82;
pub const CLOSE: u8 = 0x88;
/// The FIN bit, which ends a fragmented message.
pub const LAST: u8 = 0x80;

/// Connects and upgrades. Reads exactly the head of the response.
pub async fn connect(address: SocketAddr, path: &str) -> TcpStream {
    upgrade(TcpStream::connect(address).await.unwrap(), path).await
}

/// Uses a receive buffer that is full after a few dozen frames.
pub async fn connect_narrow(address: SocketAddr, path: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4_096).unwrap();
    upgrade(socket.connect(address).await.unwrap(), path).await
}

/// Sends one request and reads the whole response.
pub async fn ask(address: SocketAddr, request: &str) -> Answer {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    answer(&mut stream).await
}

/// Reads a response until the server closes the connection.
pub async fn answer(stream: &mut TcpStream) -> Answer {
    let mut text = Vec::new();
    // Data received before a reset counts.
    let _ = stream.read_to_end(&mut text).await;
    let text = String::from_utf8_lossy(&text);
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_default();
    let status = head.split(' ').nth(1).unwrap_or_default();
    Answer {
        status: status.parse().unwrap_or_default(),
        head: head.to_lowercase(),
        body: body.to_owned(),
    }
}

/// An HTTP response; all fields are empty if there was none.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    /// In lower case.
    pub head: String,
    pub body: String,
}

/// The text of a GET with `Connection: close`.
pub fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
}

/// The text of a POST of this JSON with `Connection: close`.
pub fn post(path: &str, json: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{json}",
        json.len()
    )
}

async fn upgrade(mut stream: TcpStream, path: &str) -> TcpStream {
    // Data that Nagle's algorithm holds back would be lost when the socket is closed with unread data.
    stream.set_nodelay(true).unwrap();
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    assert!(head.starts_with(b"HTTP/1.1 101 "), "not upgraded");
    stream
}

/// A client's frame, with a mask of zero.
pub fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = header(first, payload.len());
    frame.extend(payload);
    frame
}

/// Only the header of a frame that announces `length` bytes.
pub fn header(first: u8, length: usize) -> Vec<u8> {
    let mut header = vec![first];
    match length {
        0..=125 => header.push(0x80 | length as u8),
        126..=0xFFFF => {
            header.push(0x80 | 126);
            header.extend((length as u16).to_be_bytes());
        }
        _ => {
            header.push(0x80 | 127);
            header.extend((length as u64).to_be_bytes());
        }
    }
    header.extend([0; 4]);
    header
}

/// Reads until the server closes the connection; returns the code of its Close frame.
pub async fn close_code(stream: &mut TcpStream) -> Option<u16> {
    let mut received = Vec::new();
    // A reset after the Close frame does not discard what was received before.
    let _ = stream.read_to_end(&mut received).await;
    close_code_in(&received)
}

/// Reads until a Close frame has come; returns its code. `None` if the connection ends without one.
pub async fn closed(stream: &mut TcpStream) -> Option<u16> {
    let mut received = Vec::new();
    loop {
        let count = stream.read_buf(&mut received).await.unwrap_or(0);
        let code = close_code_in(&received);
        if code.is_some() || count == 0 {
            return code;
        }
    }
}

/// The code of the Close frame in what a server has sent.
fn close_code_in(mut received: &[u8]) -> Option<u16> {
    loop {
        let (first, length, after) = match *received {
            [first, 126, high, low, ref after @ ..] => {
                (first, usize::from(high) << 8 | usize::from(low), after)
            }
            [first, length @ 0..=125, ref after @ ..] => (first, usize::from(length), after),
            _ => return None,
        };
        let (payload, next) = after.split_at_checked(length)?;
        if first == CLOSE {
            return payload.first_chunk().map(|code| u16::from_be_bytes(*code));
        }
        received = next;
    }
}
