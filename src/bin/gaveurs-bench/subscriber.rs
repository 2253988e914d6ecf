//! Cheap subscribers: after the handshake they parse only headers and timestamps of frames.

use anyhow::{Context as _, bail};
use serde::{Deserialize, Serialize};
use std::{
    net::SocketAddr,
    time::{SystemTime, UNIX_EPOCH},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// Latencies are counted in steps of 1 µs; the last step counts all longer ones.
const STEPS: usize = 2_000_000;

/// Opens a WebSocket; reads the response up to the end of its head.
pub async fn connect(address: SocketAddr, path: &str) -> anyhow::Result<TcpStream> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await?;
    let head = read_head(&mut stream).await;
    let head = head.context("the handshake was not answered")?;
    if !head.starts_with(b"HTTP/1.1 101") {
        bail!(
            "the handshake was refused: {}",
            String::from_utf8_lossy(&head)
        );
    }
    Ok(stream)
}

/// Reads no more than the head: what follows are frames.
async fn read_head(stream: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    const END: &[u8] = b"\r\n\r\n";
    let mut begun = [0; 4_096];
    loop {
        let count = stream.peek(&mut begun).await?;
        let mut windows = begun[..count].windows(END.len());
        if let Some(at) = windows.position(|piece| piece == END) {
            let mut head = vec![0; at + END.len()];
            stream.read_exact(&mut head).await?;
            return Ok(head);
        }
        if count == 0 || count == begun.len() {
            return Err(std::io::ErrorKind::InvalidData.into());
        }
        tokio::task::yield_now().await;
    }
}

/// Now, µs since 1970; two processes of one machine share this clock.
pub fn now_us() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_micros() as u64)
}

/// How many frames arrived, and how long after their publication.
pub struct Latencies {
    counts: Vec<u32>,
    frames: u64,
    longest: u64,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Summary {
    pub frames: u64,
    pub p50_us: u64,
    pub p99_us: u64,
    pub max_us: u64,
}

impl Latencies {
    pub fn new() -> Self {
        Latencies {
            counts: vec![0; STEPS],
            frames: 0,
            longest: 0,
        }
    }

    fn note(&mut self, latency: u64) {
        self.frames += 1;
        self.longest = self.longest.max(latency);
        self.counts[(latency as usize).min(STEPS - 1)] += 1;
    }

    fn quantile(&self, share: f64) -> u64 {
        let wanted = (self.frames as f64 * share).ceil() as u64;
        let mut seen = 0;
        let reached = self.counts.iter().position(|count| {
            seen += u64::from(*count);
            seen >= wanted
        });
        reached.unwrap_or(0) as u64
    }

    pub fn summary(&self) -> Summary {
        Summary {
            frames: self.frames,
            p50_us: self.quantile(0.5),
            p99_us: self.quantile(0.99),
            max_us: self.longest,
        }
    }
}

/// Received bytes of one connection that are not parsed yet.
#[derive(Default)]
pub struct Reader {
    bytes: Vec<u8>,
}

/// In a measured frame, 16 digits of µs follow this.
pub const STAMP: &str = "sent at ";

/// Marks a frame of the warm-up.
pub const WARMING: &str = "warming ";

/// Every frame of the measurement begins with this.
const HEAD: &[u8] = br#"{"id":""#;

impl Reader {
    /// Adds received bytes and counts the complete frames.
    pub fn take(&mut self, received: &[u8], latencies: &mut Latencies) {
        let now = now_us();
        self.frames(received, |payload| {
            if let Some(sent) = sent_at(payload) {
                latencies.note(now.saturating_sub(sent));
            }
        });
    }

    /// Adds received bytes and hears the payload of each complete frame.
    pub fn frames(&mut self, received: &[u8], mut hear: impl FnMut(&[u8])) {
        self.bytes.extend_from_slice(received);
        let mut rest = self.bytes.as_slice();
        while let Some((payload, after)) = split_frame(rest) {
            hear(payload);
            rest = after;
        }
        let consumed = self.bytes.len() - rest.len();
        self.bytes.drain(..consumed);
    }
}

/// The payload of the first (unmasked) frame, and the bytes after it.
fn split_frame(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, payload) = match bytes {
        [_, 127, rest @ ..] => {
            let (length, payload) = rest.split_first_chunk()?;
            (u64::from_be_bytes(*length) as usize, payload)
        }
        [_, 126, high, low, payload @ ..] => {
            (usize::from(u16::from_be_bytes([*high, *low])), payload)
        }
        [_, length @ 0..=125, payload @ ..] => (usize::from(*length), payload),
        _ => return None,
    };
    payload.split_at_checked(length)
}

fn sent_at(payload: &[u8]) -> Option<u64> {
    let digits = match payload.strip_prefix(HEAD) {
        Some(id) => id.strip_prefix(STAMP.as_bytes())?,
        None => {
            let mut stamps = payload.windows(STAMP.len());
            let at = stamps.position(|piece| piece == STAMP.as_bytes())?;
            &payload[at + STAMP.len()..]
        }
    };
    std::str::from_utf8(digits.get(..16)?).ok()?.parse().ok()
}

/// A client's text frame, with a mask of zero.
pub fn masked(text: &[u8]) -> Vec<u8> {
    let mut frame = vec![0x81];
    match (u8::try_from(text.len()), u16::try_from(text.len())) {
        (Ok(length @ 0..=125), _) => frame.push(0x80 | length),
        (_, Ok(length)) => {
            frame.push(0x80 | 126);
            frame.extend(length.to_be_bytes());
        }
        _ => {
            frame.push(0x80 | 127);
            frame.extend((text.len() as u64).to_be_bytes());
        }
    }
    frame.extend([0; 4]);
    frame.extend(text);
    frame
}

#[cfg(test)]
mod tests {
    use super::*;
    use gaveurs::websocket::encoder;

    #[test]
    fn frames_are_counted_however_they_are_cut() {
        let text = |size: usize| {
            format!(
                "{{\"id\":\"{STAMP}{:016}\",\"message\":\"{}\"}}",
                now_us(),
                "x".repeat(size)
            )
        };
        let frames = [text(10), text(300), text(70_000)].map(|text| encoder::text(text.as_bytes()));
        let stream = frames.concat();
        let (mut reader, mut latencies) = (Reader::default(), Latencies::new());
        for piece in stream.chunks(37) {
            reader.take(piece, &mut latencies);
        }
        assert_eq!(latencies.summary().frames, 3);
        assert!(reader.bytes.is_empty());
    }

    #[test]
    fn the_stamp_of_a_reading_is_found() {
        let payload = format!(
            r#"{{"type":"gavage","data":{{"genetique":"{STAMP}{:016}"}}}}"#,
            42
        );
        assert_eq!(sent_at(payload.as_bytes()), Some(42));
        assert_eq!(sent_at(br#"{"type":"ping"}"#), None);
        let warming = format!(r#"{{"id":"{WARMING}{:016}"}}"#, 42);
        assert_eq!(sent_at(warming.as_bytes()), None);
    }

    #[test]
    fn quantiles_are_those_of_the_counts() {
        let mut latencies = Latencies::new();
        (1..=100).for_each(|latency| latencies.note(latency));
        let summary = latencies.summary();
        assert_eq!(
            (summary.p50_us, summary.p99_us, summary.max_us),
            (50, 99, 100)
        );
    }
}
