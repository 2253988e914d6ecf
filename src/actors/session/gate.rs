//! A gate before the inbound stream: while it is closed nothing is read, and TCP slows the peer down.

use crate::websocket::{Inbound, InboundError, Incoming};
use bytes::Bytes;
use futures_util::Stream;
use std::{
    cell::RefCell,
    io,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, Waker},
};

/// Clones share the gate, which is initially open.
#[derive(Debug, Clone, Default)]
pub struct Gate(Rc<RefCell<State>>);

#[derive(Debug, Default)]
struct State {
    closed: bool,
    /// Closed for good.
    shut: bool,
    received: u64,
    waiting: Option<Waker>,
}

impl Gate {
    pub fn close(&self) {
        self.0.borrow_mut().closed = true;
    }

    /// Closes it for good.
    pub fn shut(&self) {
        let mut state = self.0.borrow_mut();
        (state.closed, state.shut) = (true, true);
    }

    pub fn is_closed(&self) -> bool {
        self.0.borrow().closed
    }

    /// Number of bytes received.
    pub fn received(&self) -> u64 {
        self.0.borrow().received
    }

    pub fn open(&self) {
        let waiting = {
            let mut state = self.0.borrow_mut();
            state.closed = state.shut;
            state.waiting.take()
        };
        if let Some(waker) = waiting {
            waker.wake();
        }
    }

    /// True if the gate is closed; then the task is woken when it opens.
    fn holds_up(&self, cx: &Context<'_>) -> bool {
        let mut state = self.0.borrow_mut();
        if state.closed {
            state.waiting = Some(cx.waker().clone());
        }
        state.closed
    }
}

/// The messages of a peer, read through a gate.
pub struct Gated<S> {
    messages: Inbound<S>,
    gate: Gate,
}

impl<S> Gated<S> {
    pub fn new(messages: Inbound<S>, gate: Gate) -> Self {
        Gated { messages, gate }
    }
}

impl<S> Stream for Gated<S>
where
    S: Stream<Item = io::Result<Bytes>> + Unpin,
{
    type Item = Result<Incoming, InboundError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if this.gate.holds_up(cx) {
            return Poll::Pending;
        }
        let next = Pin::new(&mut this.messages).poll_next(cx);
        this.gate.0.borrow_mut().received = this.messages.received();
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::websocket::{Budget, Limits};
    use futures_util::{FutureExt, StreamExt, stream};

    /// A masked text frame of one letter, with a mask of zero.
    fn frame(letter: u8) -> io::Result<Bytes> {
        Ok(Bytes::copy_from_slice(&[0x81, 0x81, 0, 0, 0, 0, letter]))
    }

    fn text(letter: &str) -> Option<Option<Result<Incoming, InboundError>>> {
        Some(Some(Ok(Incoming::Text(letter.to_owned()))))
    }

    #[test]
    fn nothing_passes_a_closed_gate_and_everything_passes_it_once_it_is_open_again() {
        let gate = Gate::default();
        let limits = Limits {
            max_frame: 100,
            max_message: 100,
        };
        let share = Budget::new(100).share();
        let inbound = Inbound::new(stream::iter([frame(b'a'), frame(b'b')]), limits, share);
        let mut gated = Gated::new(inbound, gate.clone());
        assert_eq!(gated.next().now_or_never(), text("a"));
        gate.close();
        assert_eq!(gated.next().now_or_never(), None);
        gate.open();
        assert_eq!(gated.next().now_or_never(), text("b"));
        assert_eq!(gate.received(), 14);
    }

    #[test]
    fn a_gate_that_is_shut_does_not_open_again() {
        let gate = Gate::default();
        gate.shut();
        gate.open();
        assert!(gate.is_closed());
    }
}
