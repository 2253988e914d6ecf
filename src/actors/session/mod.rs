//! One actor for each WebSocket: it receives its peer's messages, keeps the heartbeat, and queues encoded frames.
//!
//! A separate task writes the queue to the socket: a peer that stops reading blocks that task, while the heartbeat must continue. The
//! session itself writes only what the socket accepts at once ([`delivery::Flushing`]).
//!
//! This file is the way in, the same for all endpoints: a message arrives, the endpoint parses it, and what is to be stored is submitted
//! to a writer (`admission.rs`).

mod admission;
mod authentication;
mod delivery;
mod gate;
mod gavage;
mod lifecycle;
mod screen;
mod sensors;
mod viewer;

pub use admission::IngestQuota;
pub use authentication::Identify;
pub use gavage::{Gavage, Ingest};
pub use screen::Screen;
pub use sensors::{SampleIngest, Sensors};
pub use viewer::{ONE_FRAME, Viewer};

use crate::{
    domain::{
        access::Policy,
        expiry::Expiry,
        heartbeat::Heartbeat,
        identity::Identity,
        rate::{Meter, Rate},
        reasons::{DropReason, ErrorReason},
        subscriptions::ConnectionId,
    },
    messages::session_to_supervisor::{
        Listening, SessionClosed, SessionOpened, SetFilter, SetGrant,
    },
    protocol::frames::{At, ServerFrame},
    telemetry::metrics::Metrics,
    websocket::{
        self, Budget, Capacity, CloseCode, Ending, Inbound, InboundError, Incoming, Limits, Outbox,
        Outgoing, PeerSocket, Refused, close::OVERLOADED, encoder,
    },
};
use actix::{Actor, AsyncContext, Context, Recipient, SpawnHandle, StreamHandler};
use bytes::Bytes;
use delivery::Flushing;
use futures_util::Stream;
use gate::{Gate, Gated};
use jiff::Timestamp;
use std::{io, sync::Arc, time::Duration};
use tokio::time::Instant;

/// Mailbox capacity of a session; when it is full the supervisor closes the session as too slow.
const MAILBOX: usize = 1_024;

/// Settings of every session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionSettings {
    /// Interval of protocol Pings.
    pub heartbeat_interval: Duration,
    /// A peer that sends no frame for this long is gone.
    pub heartbeat_timeout: Duration,
    /// A screen that sends nothing for this long gets an application-level `ping`.
    pub screen_ping_after: Duration,
    /// Interval of the frames by which a tab sees that the server lives.
    pub screen_beat: Duration,
    /// Limits of the frames that wait for one peer.
    pub outbox: Capacity,
    /// A peer with a full queue that reads nothing for this long is cut.
    pub stall_timeout: Duration,
    /// After this many invalid messages in a row the connection is closed.
    pub max_bad_messages: u32,
}

/// The links of a session to other actors and services.
#[derive(Clone)]
pub struct SessionLinks {
    pub opened: Recipient<SessionOpened>,
    pub closed: Recipient<SessionClosed>,
    pub set_filter: Recipient<SetFilter>,
    pub set_grant: Recipient<SetGrant>,
    /// `None` without an identity provider.
    pub identify: Option<Identify>,
    pub settings: SessionSettings,
    /// Memory budget of the unfinished messages of all peers.
    pub unfinished: Budget,
    pub metrics: Metrics,
}

/// The behaviour of one endpoint.
pub trait Endpoint: Sized + Unpin + 'static {
    /// Label in the metrics.
    fn name(&self) -> &'static str;

    /// Which callers may have such a connection.
    fn policy(&self) -> Policy;

    /// Size limits of incoming messages.
    fn limits(&self) -> Limits;

    /// Called for a new connection; returns its subscription.
    fn open(session: &mut Session<Self>, ctx: &mut Context<Session<Self>>) -> Option<Listening>;

    /// Handles a complete text message.
    fn text(session: &mut Session<Self>, text: String, ctx: &mut Context<Session<Self>>);

    /// Called when everything that has arrived is handled.
    fn turn_ended(_: &mut Session<Self>) {}
}

/// The connection of a session.
pub struct Connection {
    pub cid: ConnectionId,
    pub who: Identity,
    /// How many messages the peer may send.
    pub rate: Option<Rate>,
    /// The id of the key that admitted it; `None` without authentication.
    pub key: Option<Arc<str>>,
    /// When the caller's token expires.
    pub until: Option<Timestamp>,
    /// Used to cut the connection; `None` in tests without sockets.
    pub socket: Option<PeerSocket>,
}

pub struct Session<E: Endpoint> {
    cid: ConnectionId,
    who: Identity,
    key: Option<Arc<str>>,
    messages: Option<Meter>,
    endpoint: E,
    links: SessionLinks,
    outbox: Outbox,
    socket: Option<PeerSocket>,
    inbound: Gate,
    opened: Instant,
    heartbeat: Heartbeat,
    last_message: Instant,
    /// Messages submitted to a writer and not answered yet.
    unanswered: usize,
    /// The server stops: end when the last message is answered.
    leaving: bool,
    /// When the peer was last known to be connected.
    last_there: Instant,
    /// Invalid messages in a row.
    bad_messages: u32,
    /// Of the caller's token.
    expiry: Option<Expiry>,
    expiry_timer: Option<SpawnHandle>,
    ending: Option<Ending>,
}

impl<E: Endpoint> Session<E> {
    /// Starts the session of a connection whose handshake is about to be answered. The returned queue must be written to the socket.
    pub fn start<S>(
        connection: Connection,
        endpoint: E,
        arriving: S,
        links: SessionLinks,
    ) -> Outgoing
    where
        S: Stream<Item = io::Result<Bytes>> + Unpin + 'static,
    {
        let Connection {
            cid,
            who,
            rate,
            key,
            until,
            socket,
        } = connection;
        let (outbox, outgoing) = websocket::channel(links.settings.outbox);
        let inbound = Inbound::new(arriving, endpoint.limits(), links.unfinished.share());
        Self::create(|ctx| {
            ctx.set_mailbox_capacity(MAILBOX);
            let gate = Gate::default();
            ctx.add_stream(Gated::new(inbound, gate.clone()));
            ctx.spawn(Flushing);
            let now = Instant::now();
            let heartbeat = Heartbeat::new(
                links.settings.heartbeat_interval,
                links.settings.heartbeat_timeout,
                now,
            );
            let mut session = Session {
                cid,
                who,
                key,
                messages: rate.map(|rate| Meter::new(rate, now)),
                endpoint,
                links,
                outbox,
                socket,
                inbound: gate,
                opened: now,
                heartbeat,
                last_message: now,
                last_there: now,
                unanswered: 0,
                leaving: false,
                bad_messages: 0,
                expiry: until.map(Expiry::new),
                expiry_timer: None,
                ending: None,
            };
            session.announce(ctx);
            session
        });
        outgoing
    }

    /// Announces the session before the handshake is answered. So a client with an answer is known to the supervisor, and of two
    /// connections of one tab the one that was answered first is the older one.
    fn announce(&mut self, ctx: &mut Context<Self>) {
        let listens = E::open(self, ctx);
        self.links.opened.do_send(SessionOpened {
            cid: self.cid,
            endpoint: self.endpoint.name(),
            who: self.who.clone(),
            key: self.key.clone(),
            policy: self.endpoint.policy(),
            close: ctx.address().recipient(),
            listens,
        });
    }

    /// Queues a frame, or fails if it will not be sent.
    fn send(&self, frame: &ServerFrame<'_>) -> Result<(), Refused> {
        self.outbox.try_send(encoder::text(&frame.encode()))
    }
}

impl<E: Endpoint> StreamHandler<Result<Incoming, InboundError>> for Session<E> {
    fn handle(&mut self, item: Result<Incoming, InboundError>, ctx: &mut Self::Context) {
        let now = Instant::now();
        self.heartbeat.received(now);
        let meter = self.messages.as_mut();
        if item.is_ok() && meter.is_some_and(|meter| !meter.admits(now)) {
            return self.end(Ending::WeClosed(CloseCode::Policy.into()), ctx);
        }
        match item {
            Ok(Incoming::Text(text)) => {
                self.last_message = now;
                E::text(self, without_mark(text), ctx);
            }
            Ok(Incoming::Binary(_)) => self.refuse_binary(ctx),
            Ok(Incoming::Ping(payload)) => {
                // A peer that does not read does not need its Pongs.
                let _ = self.outbox.try_send(encoder::pong(&payload));
            }
            Ok(Incoming::Pong(_)) => {}
            Ok(Incoming::Close(reason)) => {
                self.end(
                    Ending::PeerClosed(reason.map(|reason| reason.code.into())),
                    ctx,
                );
            }
            Err(InboundError::Violation(violation)) => {
                self.end(Ending::WeClosed(violation.close_code()), ctx)
            }
            Err(InboundError::Overloaded(_)) => {
                self.links
                    .metrics
                    .dropped(DropReason::UnfinishedMessagesFull, 1);
                self.end(Ending::WeClosed(OVERLOADED), ctx);
            }
            Err(InboundError::Lost) => self.end(Ending::Lost, ctx),
        }
    }
}

/// Some Windows programs start a text with a byte order mark, which is not valid JSON.
fn without_mark(text: String) -> String {
    match text.strip_prefix('\u{feff}') {
        None => text,
        Some(rest) => rest.to_owned(),
    }
}

impl<E: Endpoint> Session<E> {
    fn refuse_binary(&mut self, ctx: &mut Context<Self>) {
        let sentence = "binary frames are not understood here: send JSON as text";
        self.refuse(ErrorReason::Binary, sentence, "", None);
        self.note_bad(ctx);
    }

    /// Counts an invalid message; after too many in a row it closes the connection.
    fn note_bad(&mut self, ctx: &mut Context<Self>) {
        self.bad_messages += 1;
        if self.bad_messages >= self.links.settings.max_bad_messages {
            self.end(Ending::WeClosed(CloseCode::Policy.into()), ctx);
        }
    }

    /// Answers refused input with an `error` frame, and counts it.
    fn refuse(
        &self,
        reason: ErrorReason,
        sentence: &str,
        input: &str,
        retry_after_ms: Option<u64>,
    ) {
        self.links.metrics.error(reason);
        let error = ServerFrame::error(sentence, input, retry_after_ms, Timestamp::now());
        if self.send(&error) == Err(Refused::Full) {
            self.links.metrics.dropped(DropReason::AnswerQueueFull, 1);
        }
    }
}

impl<E: Endpoint> Session<E> {
    /// Greets a producer or a station. What it sends shows whether it is connected, because many never read their acks.
    fn greet_producer(&self, message: &'static str) {
        self.reply(&ServerFrame::ConnectionEstablished {
            timestamp: At::now(),
            message,
            active_connections: None,
        });
        if let Some(socket) = &self.socket {
            socket.tolerate_not_reading();
        }
    }

    /// Queues an answer. If a producer does not read its answers, its messages are still read.
    fn reply(&self, frame: &ServerFrame<'_>) -> bool {
        let sent = self.send(frame);
        if sent == Err(Refused::Full) {
            self.links.metrics.dropped(DropReason::AnswerQueueFull, 1);
        }
        sent.is_ok()
    }
}
