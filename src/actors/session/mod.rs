//! One actor for each WebSocket: it hears what its peer sends, keeps the heartbeat, and hands encoded frames to a queue.
//!
//! The queue is written to the socket by a task of its own: a peer that stops reading stops that task, and the heartbeat
//! must go on. Only what the socket takes at once is written by the session ([`flushing`]).

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

/// Messages that may wait for one session before the supervisor gives it up as too slow.
const MAILBOX: usize = 1_024;
/// When the server stops, how long a producer's session waits for the answers to what it has handed over.
const ANSWERS_WITHIN: Duration = Duration::from_secs(3);

/// Settings of every session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionSettings {
    /// A protocol Ping goes out this often.
    pub heartbeat_interval: Duration,
    /// Without any inbound frame for this long the peer is gone.
    pub heartbeat_timeout: Duration,
    /// A screen that says nothing for this long gets an application-level `ping`.
    pub screen_ping_after: Duration,
    /// Encoded frames that may wait for one peer.
    pub outbox: Capacity,
    /// A peer whose queue is full and who reads nothing for this long is cut.
    pub stall_timeout: Duration,
    /// So many messages in a row that cannot be used are abuse.
    pub max_bad_messages: u32,
}

/// Whom every session knows.
#[derive(Clone)]
pub struct SessionLinks {
    pub opened: Recipient<SessionOpened>,
    pub closed: Recipient<SessionClosed>,
    pub set_filter: Recipient<SetFilter>,
    pub settings: SessionSettings,
    /// What unfinished messages of all peers may hold.
    pub unfinished: Budget,
    pub metrics: Metrics,
}

/// What one endpoint does with its connection.
pub trait Endpoint: Sized + Unpin + 'static {
    /// Label under which sessions are counted.
    fn name(&self) -> &'static str;

    /// Sizes of what this endpoint takes.
    fn limits(&self) -> Limits;

    /// The connection is open; says what it wants to hear.
    fn open(session: &mut Session<Self>, ctx: &mut Context<Session<Self>>) -> Option<Listening>;

    /// A complete text message.
    fn text(session: &mut Session<Self>, text: String, ctx: &mut Context<Session<Self>>);
}

/// What a session has of its connection.
pub struct Connection {
    pub cid: ConnectionId,
    pub who: Identity,
    /// The way to cut the connection; there is none where there are no sockets.
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
    /// Messages that were handed over and are not answered yet.
    unanswered: usize,
    /// The server stops: what is unanswered is the last.
    leaving: bool,
    /// When the peer was last known to be there.
    last_there: Instant,
    /// Messages in a row that could not be used.
    bad_messages: u32,
    ending: Option<Ending>,
}

impl<E: Endpoint> Session<E> {
    /// Starts the session of a connection whose handshake is about to be answered; what it says is to be written there.
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

    /// Before the handshake is answered: whoever has its answer is known, and of two connections of one tab the one that was
    /// answered first is the older one.
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

    /// Queues a frame; says whether it will be sent.
    fn send(&self, frame: &ServerFrame<'_>) -> Result<(), Refused> {
        self.outbox.try_send(encoder::text(&frame.encode()))
    }

    /// Says goodbye as the ending asks, and ends.
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

    /// A message that was handed over is answered.
    fn answered(&mut self, ctx: &mut Context<Self>) {
        self.unanswered = self.unanswered.saturating_sub(1);
        if self.leaving && self.unanswered == 0 {
            self.end(Ending::ServerShutdown, ctx);
        }
    }

    /// A peer that does not read will not read our Close either.
    fn abort(&mut self) {
        if let Some(socket) = self.socket.take() {
            socket.abort();
        }
    }
}

/// It is time for a protocol Ping.
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
                // A full queue is no place for a Ping; whether the peer is alive shows in what it sends.
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

/// The server stops, and whatever is not answered by now will not be.
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
                // A peer that does not read its Pongs has no use for them.
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

/// Some programs of Windows begin a text with a byte order mark, which is no JSON.
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

    /// Counts a message that could not be used; too many in a row are abuse.
    fn note_bad(&mut self, ctx: &mut Context<Self>) {
        self.bad_messages += 1;
        if self.bad_messages >= self.links.settings.max_bad_messages {
            self.end(Ending::WeClosed(CloseCode::Policy.into()), ctx);
        }
    }

    /// Answers input that was not taken with an `error` frame, and counts it.
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
