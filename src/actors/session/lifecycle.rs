//! The life of a session: its heartbeat, and the ways in which it ends.

use super::{Endpoint, Session};
use crate::{
    domain::{expiry::Due, heartbeat::Beat},
    messages::{session_to_supervisor::SessionClosed, supervisor_to_session::CloseSession},
    protocol::frames::{At, ServerFrame},
    websocket::{self, Ending, PeerSocket, encoder},
};
use actix::{Actor, ActorContext, AsyncContext, Context, Handler, Message};
use jiff::Timestamp;
use std::time::Duration;
use tokio::time::Instant;

/// When the server stops, how long a producer's session waits for the answers to what it has submitted.
const ANSWERS_WITHIN: Duration = Duration::from_secs(3);

impl<E: Endpoint> Actor for Session<E> {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.notify_later(HeartbeatDue, self.links.settings.heartbeat_interval);
        self.watch_expiry(ctx);
    }

    fn stopped(&mut self, _: &mut Self::Context) {
        E::turn_ended(self);
        self.links.closed.do_send(SessionClosed {
            cid: self.cid,
            ending: self.ending.unwrap_or(Ending::Lost),
            lasted: self.opened.elapsed(),
        });
    }
}

/// Message to itself: send a protocol Ping.
#[derive(Message)]
#[rtype(result = "()")]
struct HeartbeatDue;

impl<E: Endpoint> Handler<HeartbeatDue> for Session<E> {
    type Result = ();

    fn handle(&mut self, _: HeartbeatDue, ctx: &mut Self::Context) {
        let now = Instant::now();
        if self.inbound.is_closed() {
            self.heartbeat.received(now);
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

/// Message to itself: the caller's token may have expired.
#[derive(Message)]
#[rtype(result = "()")]
struct ExpiryDue;

impl<E: Endpoint> Handler<ExpiryDue> for Session<E> {
    type Result = ();

    fn handle(&mut self, _: ExpiryDue, ctx: &mut Self::Context) {
        let Some(expiry) = &mut self.expiry else {
            return;
        };
        match expiry.due(Timestamp::now()) {
            Due::Wait(duration) => self.expiry_timer = Some(ctx.notify_later(ExpiryDue, duration)),
            Due::Warn(at) => {
                self.warn_of_expiry(at);
                self.watch_expiry(ctx);
            }
            Due::Close => self.end(Ending::AccessExpired, ctx),
        }
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

impl<E: Endpoint> Session<E> {
    /// Sends the Close frame for this ending, if any, and stops.
    pub(super) fn end(&mut self, ending: Ending, ctx: &mut Context<Self>) {
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

    /// Replaces the timer, if there is one, by one for the token that the caller has now.
    pub(super) fn watch_expiry(&mut self, ctx: &mut Context<Self>) {
        if let Some(timer) = self.expiry_timer.take() {
            ctx.cancel_future(timer);
        }
        if self.expiry.is_some() {
            self.expiry_timer = Some(ctx.notify_later(ExpiryDue, Duration::ZERO));
        }
    }

    /// Older screens, which have no tab, would show the frame to their user.
    fn warn_of_expiry(&self, at: Timestamp) {
        if self.who.tab.is_some() {
            self.reply(&ServerFrame::AuthExpiring {
                expires_at: At(at),
                timestamp: At::now(),
            });
        }
    }

    /// Resets the socket: a peer that does not read would not read a Close frame either.
    pub(super) fn abort(&mut self) {
        if let Some(socket) = self.socket.take() {
            socket.abort();
        }
    }

    /// Looks whether the peer is still connected. Returns when it was last seen if it is not.
    pub(super) fn note_presence(&mut self) -> Option<Instant> {
        if self.socket.as_ref().is_some_and(PeerSocket::has_left) {
            return Some(self.last_there);
        }
        self.last_there = Instant::now();
        None
    }

    /// A submitted message was answered.
    pub(super) fn answered(&mut self, ctx: &mut Context<Self>) {
        self.unanswered = self.unanswered.saturating_sub(1);
        if self.leaving && self.unanswered == 0 {
            self.end(Ending::ServerShutdown, ctx);
        }
    }
}
