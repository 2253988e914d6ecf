//! The way out: from the supervisor's `Deliver` to the socket. A frame goes into the queue, which is written at the end of the session's
//! turn. If the screen reads too slowly, frames wait in the backlog; a screen that reads nothing is cut.

use super::{Endpoint, Screen, Session};
use crate::{
    domain::{
        backlog::{Next, Overflow},
        reasons::DropReason,
        stream::Published,
    },
    messages::supervisor_to_session::{Deliver, Show},
    protocol::frames::ServerFrame,
    websocket::{Ending, Outbox, Refused, encoder},
};
use actix::{
    ActorFutureExt, AsyncContext, Context, Handler, Message, WrapFuture, fut::ActorFuture,
};
use bytes::Bytes;
use jiff::Timestamp;
use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{self, Poll},
    time::Duration,
};
use tokio::time::Instant;

/// How often a full queue is checked within one stall timeout: a peer is cut at most a sixteenth of it too late.
const LOOKS: u32 = 16;

/// A wait for room in the queue.
#[derive(Debug)]
pub(super) struct Wait {
    number: u64,
    /// Smallest number of queued bytes since it began; a smaller one shows that the peer reads.
    least_queued: usize,
    /// When the number last became smaller.
    read_at: Instant,
}

impl Handler<Deliver> for Session<Screen> {
    type Result = ();

    fn handle(&mut self, delivery: Deliver, ctx: &mut Self::Context) {
        for published in delivery.frames.iter() {
            if published.seq > self.endpoint.known {
                self.queue_published(published, ctx);
            }
        }
    }
}

impl Handler<Show> for Session<Screen> {
    type Result = ();

    fn handle(&mut self, show: Show, ctx: &mut Self::Context) {
        match show {
            Show::Frame(frame) => self.queue_encoded(frame, ctx),
            Show::Snapshot(frames) => self.queue_snapshot(&frames, ctx),
        }
    }
}

impl Session<Screen> {
    /// Queues a frame of the stream, which is flushed after all messages of the session are handled.
    fn queue_published(&mut self, published: &Arc<Published>, ctx: &mut Context<Self>) {
        if self.goes_straight(|outbox| outbox.enqueue(published.frame.clone())) {
            return;
        }
        let pushed = self.endpoint.backlog.push(published.clone());
        self.settle(pushed, ctx);
    }

    /// Queues a frame for this screen only.
    pub(super) fn queue_encoded(&mut self, frame: Bytes, ctx: &mut Context<Self>) {
        if self.goes_straight(|outbox| outbox.try_send(frame.clone())) {
            return;
        }
        let pushed = self.endpoint.backlog.push_own(frame);
        self.settle(pushed, ctx);
    }

    /// Queues the state of the wall, however large it is.
    pub(super) fn queue_snapshot(&mut self, frames: &[Bytes], ctx: &mut Context<Self>) {
        let pushed = self.endpoint.backlog.push_snapshot(frames);
        self.drain();
        self.settle(pushed, ctx);
    }

    /// Queues the frames with which the stream begins.
    pub(super) fn replay(&mut self, missed: Vec<Arc<Published>>, ctx: &mut Context<Self>) {
        self.endpoint.backlog.replay(missed);
        self.drain();
        self.settle(Ok(()), ctx);
    }

    /// Sends directly only if no earlier frame waits.
    fn goes_straight(&self, send: impl FnOnce(&Outbox) -> Result<(), Refused>) -> bool {
        self.endpoint.backlog.is_empty() && send(&self.outbox) != Err(Refused::Full)
    }

    fn settle(&mut self, pushed: Result<(), Overflow>, ctx: &mut Context<Self>) {
        match pushed {
            Err(Overflow) => self.give_up(ctx),
            Ok(()) if !self.endpoint.backlog.is_empty() => self.wait_for_room(ctx),
            Ok(()) => {}
        }
    }

    fn wait_for_room(&mut self, ctx: &mut Context<Self>) {
        if self.endpoint.wait.is_some() {
            return;
        }
        self.endpoint.waits += 1;
        let number = self.endpoint.waits;
        self.endpoint.wait = Some(Wait {
            number,
            least_queued: self.outbox.queued_bytes(),
            read_at: Instant::now(),
        });
        let room = self.outbox.room().into_actor(self);
        ctx.spawn(room.map(|(), session, ctx| session.room_found(ctx)));
        look_later(number, self.links.settings.stall_timeout / LOOKS, ctx);
    }

    fn room_found(&mut self, ctx: &mut Context<Self>) {
        self.endpoint.wait = None;
        self.drain();
        self.settle(Ok(()), ctx);
    }

    fn drain(&mut self) {
        while !self.outbox.is_full()
            && let Some(next) = self.endpoint.backlog.pop()
        {
            let frame = match next {
                Next::Frame(frame) => frame,
                Next::Gap(gap) => {
                    let metrics = &self.links.metrics;
                    metrics.dropped(DropReason::ReplacedByNewer, gap.skipped);
                    encoder::text(&ServerFrame::gap(gap, Timestamp::now()).encode())
                }
            };
            // Ignores the error: the queue is not full, and a closed connection needs no frame.
            let _ = self.outbox.try_send(frame);
        }
        self.endpoint.backlog.shrink();
    }

    /// Closes the connection because too much waits. The peer may still be reading, so it gets a Close frame.
    fn give_up(&mut self, ctx: &mut Context<Self>) {
        let unread = self.outbox.queued_frames() + self.endpoint.backlog.len();
        self.links
            .metrics
            .dropped(DropReason::SlowConsumer, unread as u64);
        self.end(Ending::SlowConsumer, ctx);
    }
}

/// Message to itself: check whether the peer has read anything.
#[derive(Message)]
#[rtype(result = "()")]
struct StallDue {
    wait: u64,
    at: Instant,
}

fn look_later(wait: u64, after: Duration, ctx: &mut Context<Session<Screen>>) {
    let at = Instant::now() + after;
    ctx.notify_later(StallDue { wait, at }, after);
}

impl Handler<StallDue> for Session<Screen> {
    type Result = ();

    fn handle(&mut self, due: StallDue, ctx: &mut Self::Context) {
        let queued = self.outbox.queued_bytes();
        let wait = self.endpoint.wait.as_mut();
        let Some(wait) = wait.filter(|wait| wait.number == due.wait) else {
            return;
        };
        let (look, late) = (self.links.settings.stall_timeout / LOOKS, due.at.elapsed());
        if late > look {
            // The check was late because this process was paused; that time does not count.
            wait.read_at += late;
        }
        if queued < wait.least_queued {
            wait.least_queued = queued;
            wait.read_at = Instant::now();
        }
        let stall_timeout = self.links.settings.stall_timeout;
        let left = stall_timeout.saturating_sub(wait.read_at.elapsed());
        if left.is_zero() {
            self.give_up(ctx);
            return self.abort();
        }
        look_later(due.wait, left.min(look), ctx);
    }
}

/// Ends the turn of a session as soon as all its messages are handled: writes what they have queued, in one write. This saves a turn of the
/// writing task, which only writes what the socket did not accept at once.
///
/// A future that is never ready. An actor empties its mailbox and then polls all its futures, since they share one waker; so this one is
/// polled after the last message that has arrived.
pub(super) struct Flushing;

impl<E: Endpoint> ActorFuture<Session<E>> for Flushing {
    type Output = ();

    fn poll(
        self: Pin<&mut Self>,
        session: &mut Session<E>,
        _: &mut Context<Session<E>>,
        _: &mut task::Context<'_>,
    ) -> Poll<()> {
        let socket = session.socket.as_ref();
        session.outbox.flush(|frames| match socket {
            Some(socket) => socket.try_write(frames),
            None => Err(io::ErrorKind::WouldBlock.into()),
        });
        E::turn_ended(session);
        Poll::Pending
    }
}
