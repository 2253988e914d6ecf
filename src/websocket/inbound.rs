//! What arrives on an upgraded connection, as a stream of complete messages.

use super::{Decoder, Incoming, Limits, Violation, budget::Exhausted, budget::Share};
use bytes::Bytes;
use futures_util::Stream;
use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};
use thiserror::Error;

/// Why no more messages come, other than a Close frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum InboundError {
    #[error(transparent)]
    Violation(#[from] Violation),
    #[error(transparent)]
    Overloaded(#[from] Exhausted),
    /// FIN or RST without a Close frame, or the connection was cut on our side.
    #[error("the connection ended without a Close frame")]
    Lost,
}

/// Complete messages, in order. The last item is always the ending, and there is exactly one: a [`Incoming::Close`] or an error.
///
/// Every message that has reached this machine before the connection ended is delivered first, also when the connection
/// broke while something was being written to it: the kernel keeps what has arrived until it is read.
pub struct Inbound<S> {
    arriving: S,
    decoder: Decoder,
    /// What an unfinished message holds of the budget of all peers.
    share: Share,
    /// Bytes that have come.
    received: u64,
    /// Nothing more will arrive, but what did is still to be decoded.
    exhausted: bool,
    /// The ending has been delivered.
    ended: bool,
}

impl<S> Inbound<S>
where
    S: Stream<Item = io::Result<Bytes>> + Unpin,
{
    pub fn new(arriving: S, limits: Limits, share: Share) -> Self {
        Self {
            arriving,
            decoder: Decoder::new(limits),
            share,
            received: 0,
            exhausted: false,
            ended: false,
        }
    }

    /// Bytes that have come, of finished messages and of an unfinished one.
    pub fn received(&self) -> u64 {
        self.received
    }

    /// The next message of what has arrived; `None` when more is needed.
    fn decode(&mut self) -> Option<Result<Incoming, InboundError>> {
        match self.decoder.next() {
            Ok(Some(incoming)) => Some(Ok(incoming)),
            Err(violation) => Some(Err(violation.into())),
            Ok(None) if self.exhausted => Some(Err(InboundError::Lost)),
            Ok(None) => None,
        }
    }
}

impl<S> Inbound<S> {
    /// Only who keeps us waiting counts: a message that is read whole in one go holds nothing for long.
    fn wait_for_more(&mut self) -> Poll<Option<Result<Incoming, InboundError>>> {
        match self.share.hold(self.decoder.buffered()) {
            Ok(()) => Poll::Pending,
            Err(exhausted) => {
                self.ended = true;
                Poll::Ready(Some(Err(exhausted.into())))
            }
        }
    }
}

impl<S> Stream for Inbound<S>
where
    S: Stream<Item = io::Result<Bytes>> + Unpin,
{
    type Item = Result<Incoming, InboundError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        if this.ended {
            return Poll::Ready(None);
        }
        loop {
            if let Some(item) = this.decode() {
                this.ended = matches!(item, Err(_) | Ok(Incoming::Close(_)));
                return Poll::Ready(Some(item));
            }
            match Pin::new(&mut this.arriving).poll_next(cx) {
                Poll::Ready(Some(Ok(bytes))) => {
                    this.received += bytes.len() as u64;
                    this.decoder.push(bytes);
                }
                Poll::Ready(Some(Err(_)) | None) => this.exhausted = true,
                Poll::Pending => return this.wait_for_more(),
            }
        }
    }
}
