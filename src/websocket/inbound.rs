//! The request payload of an upgraded connection as a stream of complete messages.

use super::{Decoder, Incoming, Limits, PeerSocket, Violation, header::MAX_HEADER};
use actix_web::error::PayloadError;
use bytes::Bytes;
use futures_util::Stream;
use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};
use thiserror::Error;

/// The HTTP layer stops feeding its payload queue at this many bytes and holds what it reads further to itself.
const PAYLOAD_QUEUE: usize = 32 * 1024;
/// How much is read at once of what the HTTP layer has left in the kernel's buffer.
const RESCUE_PIECE: usize = 16 * 1024;

/// Why no more messages come, other than a Close frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum InboundError {
    #[error(transparent)]
    Violation(#[from] Violation),
    /// FIN or RST without a Close frame, or the connection was dropped on our side.
    #[error("the connection ended without a Close frame")]
    Lost,
}

/// Complete messages, in order. The last item is always the ending, and there is exactly one: a [`Incoming::Close`] or an error.
///
/// Every message that has reached this machine before the connection ended is delivered first, also when the connection
/// broke while something was being written to it. For that, poll the stream (or at least [`Inbound::read_ahead`]) whenever it
/// is ready, and start before the handshake is answered: the HTTP layer throws away what it has read beyond a full queue
/// when the peer leaves.
pub struct Inbound<S> {
    source: Source<S>,
    decoder: Decoder,
    dead: Pin<Box<dyn Future<Output = ()>>>,
    peer: Option<PeerSocket>,
    /// Bytes taken from the payload since it was last seen empty.
    since_empty: usize,
}

enum Source<S> {
    Payload(S),
    /// The HTTP layer is gone, its socket is not: what it has not read can still be had.
    Socket(PeerSocket),
    /// Nothing more will come, but what was read is still to be decoded.
    Exhausted,
    /// The ending has been delivered.
    Ended,
}

impl<S> Inbound<S>
where
    S: Stream<Item = Result<Bytes, PayloadError>> + Unpin,
{
    /// `dead` resolves when the response body was dropped ([`Outbox::closed`](super::Outbox::closed)): then what the payload
    /// has ready is still decoded, and nothing more is awaited.
    ///
    /// With a `peer`, bytes that the HTTP layer left unread when it gave the connection up are read from there.
    pub fn new(
        payload: S,
        limits: Limits,
        dead: impl Future<Output = ()> + 'static,
        peer: Option<PeerSocket>,
    ) -> Self {
        Self {
            source: Source::Payload(payload),
            decoder: Decoder::new(limits),
            dead: Box::pin(dead),
            peer,
            since_empty: 0,
        }
    }

    /// Moves what is ready out of the HTTP layer, at most one frame more than what is being decoded, so that it never has to
    /// stop reading while its peer says goodbye. Polling the stream does this; whoever holds messages back must do it
    /// meanwhile. `Pending` when the source has nothing for now.
    pub fn read_ahead(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while self.decoder.unread() < self.decoder.limits().max_frame + MAX_HEADER {
            match ready!(self.poll_source(cx)) {
                Some(bytes) => self.decoder.push(bytes),
                None => break,
            }
        }
        Poll::Ready(())
    }

    fn poll_source(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        loop {
            match &mut self.source {
                Source::Payload(payload) => match Pin::new(payload).poll_next(cx) {
                    Poll::Ready(Some(Ok(bytes))) => {
                        self.since_empty += bytes.len();
                        return Poll::Ready(Some(bytes));
                    }
                    Poll::Ready(_) => self.source = self.after_payload(),
                    Poll::Pending => {
                        self.since_empty = 0;
                        return self.poll_dead(cx);
                    }
                },
                Source::Socket(peer) => match rescue(peer) {
                    Some(bytes) => return Poll::Ready(Some(bytes)),
                    None => self.source = Source::Exhausted,
                },
                Source::Exhausted | Source::Ended => return Poll::Ready(None),
            }
        }
    }

    fn poll_dead(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        ready!(self.dead.as_mut().poll(cx));
        self.source = Source::Exhausted;
        Poll::Ready(None)
    }

    /// If the payload queue may have been full, the HTTP layer may have taken bytes to its grave, and what follows them on
    /// the socket cannot be understood without.
    fn after_payload(&mut self) -> Source<S> {
        match self.peer.take() {
            Some(peer) if self.since_empty < PAYLOAD_QUEUE => Source::Socket(peer),
            _ => Source::Exhausted,
        }
    }
}

impl<S> Stream for Inbound<S>
where
    S: Stream<Item = Result<Bytes, PayloadError>> + Unpin,
{
    type Item = Result<Incoming, InboundError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        if matches!(this.source, Source::Ended) {
            return Poll::Ready(None);
        }
        loop {
            let source = this.read_ahead(cx);
            let item = match this.decoder.next() {
                Ok(Some(incoming)) => Ok(incoming),
                Err(violation) => Err(violation.into()),
                Ok(None) if matches!(this.source, Source::Exhausted) => Err(InboundError::Lost),
                Ok(None) => {
                    ready!(source);
                    continue;
                }
            };
            if matches!(item, Err(_) | Ok(Incoming::Close(_))) {
                this.source = Source::Ended;
                this.peer = None;
            }
            return Poll::Ready(Some(item));
        }
    }
}

fn rescue(peer: &PeerSocket) -> Option<Bytes> {
    let mut piece = vec![0; RESCUE_PIECE];
    let count = peer
        .read_unread(&mut piece)
        .ok()
        .filter(|&count| count > 0)?;
    piece.truncate(count);
    Some(Bytes::from(piece))
}
