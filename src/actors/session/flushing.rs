//! What a session's messages have put into its queue is written as soon as all of them are handled, in one go. That saves a turn of the
//! task that writes, which is left with what the socket does not take at once.

use super::{Endpoint, Session};
use actix::{Context, fut::ActorFuture};
use std::{
    io,
    pin::Pin,
    task::{self, Poll},
};

/// Never ready. An actor empties its mailbox, then looks at its futures, all of them, since they share one waker: this one is
/// looked at after the last message that has come.
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
