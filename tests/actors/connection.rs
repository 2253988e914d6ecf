//! A session connected to a test peer; probes stand in for its supervisor and writers.

use crate::{
    common::raw::frame,
    probe::{Heard, probe},
};
use bytes::Bytes;
use futures_util::stream;
use gaveurs::{
    actors::session::{Connection, Screen, Session, SessionLinks, SessionSettings},
    domain::{identity::Identity, scope::Scope, stream::Topic, subscriptions::ConnectionId},
    messages::session_to_supervisor::{SessionClosed, SessionOpened, SetFilter},
    telemetry::metrics::Metrics,
    websocket::{Budget, Capacity, Limits, Outgoing},
};
use std::time::Duration;
use tokio::{
    sync::mpsc::{UnboundedSender, unbounded_channel},
    time::timeout,
};

pub const SETTINGS: SessionSettings = SessionSettings {
    heartbeat_interval: Duration::from_secs(20),
    heartbeat_timeout: Duration::from_secs(60),
    screen_ping_after: Duration::from_secs(30),
    screen_beat: Duration::from_secs(10),
    outbox: Capacity {
        frames: 8,
        bytes: 64 * 1024,
    },
    stall_timeout: Duration::from_secs(1),
    max_bad_messages: 1_000,
};
const LIMITS: Limits = Limits {
    max_frame: 64 * 1_024,
    max_message: 64 * 1_024,
};

pub const PING: u8 = 0x89;
pub const PONG: u8 = 0x8A;

pub struct Line {
    outgoing: Outgoing,
    unread: Vec<u8>,
    incoming: UnboundedSender<Bytes>,
    pub opened: Heard<SessionOpened>,
    pub closed: Heard<SessionClosed>,
    pub filters: Heard<SetFilter>,
    pub metrics: Metrics,
}

/// Opens a screen of gaveur 1 under a paused clock. The session sends nothing unasked.
pub fn screen(settings: SessionSettings) -> Line {
    screen_of(Topic::Gaveur(1), settings)
}

/// The same for any topic.
pub fn screen_of(topic: Topic, settings: SessionSettings) -> Line {
    screen_for(Identity::default(), topic, settings)
}

/// The same for a peer who says who it is.
pub fn screen_for(who: Identity, topic: Topic, settings: SessionSettings) -> Line {
    tokio::time::pause();
    let (opened, heard_opened) = probe();
    let (closed, heard_closed) = probe();
    let (set_filter, heard_filters) = probe();
    let metrics = Metrics::new();
    let links = SessionLinks {
        opened,
        closed,
        set_filter,
        set_grant: probe().0,
        identify: None,
        settings,
        unfinished: Budget::new(LIMITS.max_message),
        metrics: metrics.clone(),
    };
    let connection = Connection {
        until: None,
        cid: ConnectionId(7),
        who,
        rate: None,
        key: None,
        socket: None,
    };
    let (incoming, mut arriving) = unbounded_channel();
    let payload = stream::poll_fn(move |cx| arriving.poll_recv(cx).map(|bytes| bytes.map(Ok)));
    let outgoing = Session::start(
        connection,
        Screen::new(topic, Scope::Everything, LIMITS, None),
        payload,
        links,
    );
    Line {
        outgoing,
        unread: Vec::new(),
        incoming,
        opened: heard_opened,
        closed: heard_closed,
        filters: heard_filters,
        metrics,
    }
}

impl Line {
    /// The peer sends a frame.
    pub fn send(&self, first: u8, payload: impl AsRef<[u8]>) {
        self.send_bytes(frame(first, payload.as_ref()));
    }

    /// The peer sends bytes, a frame or a part of one.
    pub fn send_bytes(&self, bytes: Vec<u8>) {
        self.incoming.send(bytes.into()).unwrap();
    }

    /// The next frame to the peer as its first byte and payload; `None` at the end of the connection.
    pub async fn next(&mut self) -> Option<(u8, Vec<u8>)> {
        loop {
            if let Some(frame) = self.take_frame() {
                return Some(frame);
            }
            let waiting = timeout(Duration::from_secs(3_600), self.outgoing.waiting()).await;
            if !waiting.expect("nothing was sent for an hour") {
                return None;
            }
            let unread = &mut self.unread;
            let read = self.outgoing.write(|frames| {
                let before = unread.len();
                frames
                    .iter()
                    .for_each(|frame| unread.extend_from_slice(frame));
                Ok(unread.len() - before)
            });
            read.unwrap();
        }
    }

    /// The peer reads what is available.
    pub async fn read_all(&mut self) {
        while let Ok(Some(_)) = timeout(Duration::from_millis(1), self.next()).await {}
    }

    fn take_frame(&mut self) -> Option<(u8, Vec<u8>)> {
        let (first, length, header) = match *self.unread.as_slice() {
            [first, 126, high, low, ..] => (first, usize::from(high) << 8 | usize::from(low), 4),
            [first, length @ 0..=125, ..] => (first, usize::from(length), 2),
            _ => return None,
        };
        if self.unread.len() < header + length {
            return None;
        }
        let frame: Vec<u8> = self.unread.drain(..header + length).collect();
        Some((first, frame[header..].to_vec()))
    }
}
