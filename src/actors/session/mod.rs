//! One actor for each WebSocket: it receives its peer's messages, keeps the heartbeat, and queues encoded frames.
//!
//! A separate task writes the queue to the socket: a peer that stops reading blocks that task, while the heartbeat must continue. The
//! session itself writes only what the socket accepts at once ([`flushing`]).

mod connection_limiter;
mod flushing;
mod gate;
mod gavage;
mod quota;
mod screen;
mod sensors;
mod stall;

pub use connection_limiter::{ConnectionLimiter, ConnectionPermit};
pub use gavage::{Gavage, Ingest};
pub use quota::IngestQuota;
pub use screen::Screen;
pub use sensors::{SampleIngest, Sensors};

use crate::{
    domain::{
        heartbeat::{Beat, Heartbeat},
        identity::Identity,
        reasons::{DropReason, ErrorReason},
        subscriptions::ConnectionId,
    },
    messages::{
        session_to_supervisor::{Listening, SessionClosed, SessionOpened, SetFilter},
        supervisor_to_session::CloseSession,
    },
    protocol::frames::ServerFrame,
    telemetry::metrics::Metrics,
    websocket::{
        self, Budget, Capacity, CloseCode, Ending, Inbound, InboundError, Incoming, Limits, Outbox,
        Outgoing, PeerSocket, Refused, close::OVERLOADED, encoder,
    },
};
use actix::{
    Actor, ActorContext, AsyncContext, Context, Handler, Message, Recipient, StreamHandler,
};
use bytes::Bytes;
use flushing::Flushing;
use futures_util::Stream;
use gate::{Gate, Gated};
use jiff::Timestamp;
use std::{io, time::Duration};
use tokio::time::Instant;

/// Mailbox capacity of a session; when it is full the supervisor closes the session as too slow.
const MAILBOX: usize = 1_024;
/// When the server stops, how long a producer's session waits for the answers to what it has submitted.
const ANSWERS_WITHIN: Duration = Duration::from_secs(3);

/// Settings of every session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionSettings {
    /// Interval of protocol Pings.
    pub heartbeat_interval: Duration,
    /// A peer that sends no frame for this long is gone.
    pub heartbeat_timeout: Duration,
    /// A screen that sends nothing for this long gets an application-level `ping`.
    pub screen_ping_after: Duration,
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
    pub settings: SessionSettings,
    /// Memory budget of the unfinished messages of all peers.
    pub unfinished: Budget,
    pub metrics: Metrics,
}

/// The behaviour of one endpoint.
pub trait Endpoint: Sized + Unpin + 'static {
    /// Label in the metrics.
    fn name(&self) -> &'static str;

    /// Size limits of incoming messages.
    fn limits(&self) -> Limits;

    /// Called for a new connection; returns its subscription.
    fn open(session: &mut Session<Self>, ctx: &mut Context<Session<Self>>) -> Option<Listening>;

    /// Handles a complete text message.
    fn text(session: &mut Session<Self>, text: String, ctx: &mut Context<Session<Self>>);
}

/// The connection of a session.
pub struct Connection {
    pub cid: ConnectionId,
    pub who: Identity,
    /// Used to cut the connection; `None` in tests without sockets.
    pub socket: Option<PeerSocket>,
}

pub struct Session<E: Endpoint> {
    cid: ConnectionId,
    who: Identity,
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
    ending: Option<Ending>,
}

impl<E: Endpoint> Session<E> {
    /// Starts the session of a connection whose handshake is about to be answered. The returned end must be written to the socket.
    pub fn start<S>(
        connection: Connection,
        endpoint: E,
        arriving: S,
        links: SessionLinks,
    ) -> Outgoing
    where
        S: Stream<Item = io::Result<Bytes>> + Unpin + 'static,
    {
        let Connection { cid, who, socket } = connection;
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
            close: ctx.address().recipient(),
            listens,
        });
    }

    /// Queues a frame, or fails if it will not be sent.
    fn send(&self, frame: &ServerFrame<'_>) -> Result<(), Refused> {
        self.outbox.try_send(encoder::text(&frame.encode()))
    }

    /// Sends the Close frame for this ending, if any, and stops.
    fn end(&mut self, ending: Ending, ctx: &mut Context<Self>) {
        if self.ending.is_some() {
            return;
        }
        self.ending = Some(ending);
        let (_, reason) = websocket::classify(ending);
        let goodbye = ending
            .code_to_send()
            .map(|code| encoder::close(code, reason));
        match (ending, goodbye) {
            (Ending::Lost | Ending::PingTimeout, _) | (_, None) => self.abort(),
            (Ending::SlowConsumer, Some(goodbye)) => self.outbox.close_now(goodbye),
            (_, Some(goodbye)) => self.outbox.close(goodbye),
        }
        ctx.stop();
    }

    fn note_presence(&mut self) {
        if !self.socket.as_ref().is_some_and(PeerSocket::has_left) {
            self.last_there = Instant::now();
        }
    }

    /// A submitted message was answered.
    fn answered(&mut self, ctx: &mut Context<Self>) {
        self.unanswered = self.unanswered.saturating_sub(1);
        if self.leaving && self.unanswered == 0 {
            self.end(Ending::ServerShutdown, ctx);
        }
    }

    /// Resets the socket: a peer that does not read would not read a Close frame either.
    fn abort(&mut self) {
        if let Some(socket) = self.socket.take() {
            socket.abort();
        }
    }
}

/// Message to itself: send a protocol Ping.
#[derive(Message)]
#[rtype(result = "()")]
struct HeartbeatDue;

impl<E: Endpoint> Actor for Session<E> {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.notify_later(HeartbeatDue, self.links.settings.heartbeat_interval);
    }

    fn stopped(&mut self, _: &mut Self::Context) {
        self.links.closed.do_send(SessionClosed {
            cid: self.cid,
            ending: self.ending.unwrap_or(Ending::Lost),
            lasted: self.opened.elapsed(),
        });
    }
}

impl<E: Endpoint> Handler<HeartbeatDue> for Session<E> {
    type Result = ();

    fn handle(&mut self, _: HeartbeatDue, ctx: &mut Self::Context) {
        let now = Instant::now();
        if self.inbound.is_closed() {
            self.heartbeat.heard(now);
        }
        self.note_presence();
        match self.heartbeat.beat(now, self.inbound.received()) {
            Beat::Ask => {
                // Ignores a full queue: what the peer sends shows whether it is alive.
                let _ = self.outbox.try_send(encoder::ping(b""));
            }
            Beat::Look => {}
            Beat::GiveUp => return self.end(Ending::PingTimeout, ctx),
        }
        ctx.notify_later(HeartbeatDue, self.heartbeat.due_in(now));
    }
}

impl<E: Endpoint> Handler<CloseSession> for Session<E> {
    type Result = ();

    fn handle(&mut self, close: CloseSession, ctx: &mut Self::Context) {
        if close.ending == Ending::ServerShutdown && self.unanswered > 0 {
            self.leaving = true;
            self.inbound.shut();
            ctx.notify_later(AnswersDue, ANSWERS_WITHIN);
            return;
        }
        self.end(close.ending, ctx);
    }
}

/// Message to itself: the server stops and no longer waits for answers.
#[derive(Message)]
#[rtype(result = "()")]
struct AnswersDue;

impl<E: Endpoint> Handler<AnswersDue> for Session<E> {
    type Result = ();

    fn handle(&mut self, _: AnswersDue, ctx: &mut Self::Context) {
        self.end(Ending::ServerShutdown, ctx);
    }
}

impl<E: Endpoint> StreamHandler<Result<Incoming, InboundError>> for Session<E> {
    fn handle(&mut self, item: Result<Incoming, InboundError>, ctx: &mut Self::Context) {
        let now = Instant::now();
        self.heartbeat.heard(now);
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
