//! Encodes server frames. They are encoded once: a [`Bytes`] is cloned by reference count for every receiver.

use super::close::may_be_sent;
use bytes::{BufMut, Bytes, BytesMut};

const TEXT: u8 = 0x81;
const CLOSE: u8 = 0x88;
const PING: u8 = 0x89;
const PONG: u8 = 0x8A;
const MAX_CONTROL: usize = super::header::MAX_CONTROL;

/// A text frame. The payload must be UTF-8.
pub fn text(payload: &[u8]) -> Bytes {
    text_of(&[payload])
}

/// The same of a payload in parts.
pub fn text_of(parts: &[&[u8]]) -> Bytes {
    frame(TEXT, parts)
}

/// The payload of one of these frames.
pub fn payload(frame: &Bytes) -> Bytes {
    let header = match frame.get(1) {
        Some(126) => 4,
        Some(127) => 10,
        _ => 2,
    };
    frame.slice(header..)
}

/// A Ping; a payload beyond 125 bytes is truncated.
pub fn ping(payload: &[u8]) -> Bytes {
    frame(PING, &[&payload[..payload.len().min(MAX_CONTROL)]])
}

/// A Pong, which repeats the payload of the Ping it answers; beyond 125 bytes it is truncated.
pub fn pong(payload: &[u8]) -> Bytes {
    frame(PONG, &[&payload[..payload.len().min(MAX_CONTROL)]])
}

/// A Close with a code and a readable reason, truncated to 123 bytes at a character boundary.
///
/// Codes that must not be sent (RFC 6455 §7.4.1), such as 1005 and 1006, give an empty Close.
pub fn close(code: u16, reason: &str) -> Bytes {
    if !may_be_sent(code) {
        return frame(CLOSE, &[]);
    }
    let reason = &reason[..reason.floor_char_boundary(MAX_CONTROL - 2)];
    frame(CLOSE, &[&code.to_be_bytes(), reason.as_bytes()])
}

fn frame(first: u8, parts: &[&[u8]]) -> Bytes {
    let length = parts.iter().map(|part| part.len()).sum();
    let mut frame = BytesMut::with_capacity(header_size(length) + length);
    frame.put_u8(first);
    put_length(&mut frame, length);
    for part in parts {
        frame.put_slice(part);
    }
    frame.freeze()
}

fn header_size(length: usize) -> usize {
    match length {
        0..=125 => 2,
        126..=0xFFFF => 4,
        _ => 10,
    }
}

fn put_length(frame: &mut BytesMut, length: usize) {
    match header_size(length) {
        2 => frame.put_u8(length as u8),
        4 => {
            frame.put_u8(126);
            frame.put_u16(length as u16);
        }
        _ => {
            frame.put_u8(127);
            frame.put_u64(length as u64);
        }
    }
}
