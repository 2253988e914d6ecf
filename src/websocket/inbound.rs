//! The stream of complete messages that arrive on an upgraded connection.

use super::{Decoder, Incoming, Limits, Violation, budget::Exhausted, budget::Share};
use bytes::Bytes;
use futures_util::Stream;
use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};
use thiserror::Error;

/// Why the stream ended without a Close frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum InboundError {
    #[error(transparent)]
    Violation(#[from] Violation),
    #[error(transparent)]
    Overloaded(#[from] Exhausted),
    /// FIN or RST without a Close frame, or our side cut the connection.
    #[error("the connection ended without a Close frame")]
    Lost,
}

/// Yields complete messages, in order. The last item is always the end of the connection and occurs once: [`Incoming::Close`] or an
/// error.
///
/// Every message that reached this machine before the connection ended is delivered first, even if a write to the connection failed: the
/// kernel keeps received data until it is read.
pub struct Inbound<S> {
    arriving: S,
    decoder: Decoder,
    /// This connection's share of the budget for incomplete messages.
    share: Share,
    /// Bytes received.
    received: u64,
    /// The socket has ended, but received bytes remain to be decoded.
    exhausted: bool,
    /// The last item has been delivered.
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

    /// Bytes received, of complete and incomplete messages.
    pub fn received(&self) -> u64 {
        self.received
    }

    /// The next message in the received bytes; `None` if more are needed.
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
    /// Charges the budget only when the peer keeps us waiting: a message that is read in one go holds memory only briefly.
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
