//! A screen's tab, which keeps its position and may reconnect to any process.

use crate::{common::server::DEADLINE, faults::Silence};
use futures_util::StreamExt;
use serde_json::Value;
use std::{net::SocketAddr, time::Duration};
use tokio::{
    net::TcpStream,
    time::{Instant, timeout},
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, Utf8Bytes},
};

/// Shorter times without a frame are not noted.
const NOTICEABLE: Duration = Duration::from_millis(100);

/// A numbered frame.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    pub epoch: String,
    pub seq: u64,
    pub text: Utf8Bytes,
}

impl Seen {
    pub fn value(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

    pub fn is(&self, kind: &str) -> bool {
        kind_of(&self.text) == kind
    }
}

fn kind_of(text: &str) -> &str {
    let rest = text.strip_prefix(r#"{"type":""#).unwrap_or_default();
    rest.split('"').next().unwrap_or_default()
}

/// What came of an attempt to get a frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Turn {
    Heard,
    /// Nothing came for so long.
    Silent,
    Ended,
}

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

pub struct Tab {
    path: String,
    epoch: String,
    position: u64,
    socket: Option<Socket>,
    /// Every numbered frame.
    pub seen: Vec<Seen>,
    /// Where it was told that it could not be told what it had missed, and why: how much it had seen.
    pub lost_place: Vec<(usize, String)>,
    last_frame: Instant,
    /// The times without a numbered frame that one can notice.
    pub silences: Vec<Silence>,
}

impl Tab {
    /// `path` is that of the socket with the tab's `sid`.
    pub fn new(path: &str) -> Self {
        Tab {
            path: path.to_owned(),
            epoch: String::new(),
            position: 0,
            socket: None,
            seen: Vec::new(),
            lost_place: Vec::new(),
            last_frame: Instant::now(),
            silences: Vec::new(),
        }
    }

    pub fn is_connected(&self) -> bool {
        self.socket.is_some()
    }

    /// Reconnects with its position; false if nobody answers.
    pub async fn try_connect(&mut self, address: SocketAddr, patience: Duration) -> bool {
        self.socket = None;
        let Tab { path, epoch, .. } = self;
        let mut url = format!("ws://{address}{path}");
        if !epoch.is_empty() {
            url.push_str(&format!("&epoch={epoch}&last_seq={}", self.position));
        }
        let Ok(Ok((socket, _))) = timeout(patience, connect_async(url)).await else {
            return false;
        };
        self.socket = Some(socket);
        true
    }

    pub async fn connect(&mut self, address: SocketAddr) {
        assert!(
            self.try_connect(address, DEADLINE).await,
            "nobody answers at {address}"
        );
    }

    /// A tab that has its place in the stream.
    pub async fn open(path: &str, address: SocketAddr) -> Self {
        let mut tab = Tab::new(path);
        tab.connect(address).await;
        while tab.lost_place.is_empty() {
            assert_eq!(tab.hear(DEADLINE).await, Turn::Heard);
        }
        tab
    }

    /// Ends the connection as a page does that is left.
    pub async fn leave(&mut self) {
        if let Some(mut socket) = self.socket.take() {
            // What is under way is for the next connection.
            let _ = timeout(Duration::from_millis(200), socket.close(None)).await;
        }
    }

    /// Takes the next frame.
    pub async fn hear(&mut self, patience: Duration) -> Turn {
        let Some(socket) = &mut self.socket else {
            return Turn::Ended;
        };
        match timeout(patience, socket.next()).await {
            Err(_) => Turn::Silent,
            Ok(Some(Ok(Message::Text(text)))) => {
                self.take(text);
                Turn::Heard
            }
            Ok(Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Binary(_)))) => Turn::Heard,
            Ok(_) => {
                self.socket = None;
                Turn::Ended
            }
        }
    }

    fn take(&mut self, text: Utf8Bytes) {
        match kind_of(&text) {
            "resume" => self.resume(&serde_json::from_str(&text).unwrap()),
            // It has the position that the resume frame has told.
            "snapshot" => {}
            _ => {
                let frame: Value = serde_json::from_str(&text).unwrap();
                if let Some(seq) = frame["seq"].as_u64() {
                    self.number(seq, text);
                }
            }
        }
    }

    fn resume(&mut self, resume: &Value) {
        if resume["recovered"] != true {
            let reason = resume["reason"].as_str().unwrap_or_default();
            self.lost_place.push((self.seen.len(), reason.to_owned()));
            self.position = resume["to"].as_u64().unwrap();
        }
        self.epoch = resume["epoch"].as_str().unwrap().to_owned();
    }

    fn number(&mut self, seq: u64, text: Utf8Bytes) {
        let now = Instant::now();
        let begun = std::mem::replace(&mut self.last_frame, now);
        if now.duration_since(begun) >= NOTICEABLE {
            self.silences.push(Silence { begun, over: now });
        }
        self.position = seq;
        let epoch = self.epoch.clone();
        self.seen.push(Seen { epoch, seq, text });
    }

    /// How many frames of this type it has seen.
    pub fn count(&self, kind: &str) -> usize {
        self.seen.iter().filter(|seen| seen.is(kind)).count()
    }

    /// Whether the last frame of this type that it has seen is this one, apart from its `seq`.
    pub fn has_seen_last(&self, kind: &str, text: &str) -> bool {
        let last = self.seen.iter().rev().find(|seen| seen.is(kind));
        last.is_some_and(|last| last.text.starts_with(text))
    }

    /// Hears until it has seen so many frames of this type.
    pub async fn until(&mut self, kind: &str, count: usize) {
        let begun = Instant::now();
        while self.count(kind) < count {
            let turn = self.hear(DEADLINE).await;
            let found = self.count(kind);
            assert!(
                turn == Turn::Heard && begun.elapsed() < DEADLINE,
                "{found} of {count} frames {kind}: {turn:?}"
            );
        }
    }

    /// Whether it was told before this frame that something is missing.
    pub fn is_lost_before(&self, number: usize) -> bool {
        self.lost_place.iter().any(|(at, _)| *at == number)
    }

    /// Where positions have a gap or a repetition of which it was not told; each epoch has its own.
    pub fn gaps(&self) -> Vec<String> {
        let pairs = self.seen.windows(2).enumerate();
        let gaps = pairs.filter(|(number, pair)| {
            let is_next = pair[0].epoch == pair[1].epoch && pair[1].seq == pair[0].seq + 1;
            !is_next && !self.is_lost_before(number + 1)
        });
        gaps.map(|(_, pair)| format!("{} follows {}", pair[1].seq, pair[0].seq))
            .collect()
    }

    pub fn assert_without_gap(&self) {
        assert_eq!(self.gaps(), Vec::<String>::new(), "{}", self.path);
    }
}
