//! What arrives on an upgraded connection, as a stream of complete messages.

use super::{Decoder, Incoming, Limits, Violation};
use bytes::Bytes;
use futures_util::Stream;
use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};
use thiserror::Error;

/// Why no more messages come, other than a Close frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum InboundError {
    #[error(transparent)]
    Violation(#[from] Violation),
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
    /// Nothing more will arrive, but what did is still to be decoded.
    exhausted: bool,
    /// The ending has been delivered.
    ended: bool,
}

impl<S> Inbound<S>
where
    S: Stream<Item = io::Result<Bytes>> + Unpin,
{
    pub fn new(arriving: S, limits: Limits) -> Self {
        Self {
            arriving,
            decoder: Decoder::new(limits),
            exhausted: false,
            ended: false,
        }
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
            match ready!(Pin::new(&mut this.arriving).poll_next(cx)) {
                Some(Ok(bytes)) => this.decoder.push(bytes),
                Some(Err(_)) | None => this.exhausted = true,
            }
        }
    }
}
