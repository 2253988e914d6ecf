//! Writes what a session's messages have queued, in one write, as soon as all of them are handled. This saves a turn of the writing task,
//! which only writes what the socket did not accept at once.

use super::{Endpoint, Session};
use actix::{Context, fut::ActorFuture};
use std::{
    io,
    pin::Pin,
    task::{self, Poll},
};

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
        Poll::Pending
    }
}
