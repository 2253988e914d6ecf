//! A gate before the inbound stream: while it is closed nothing is read, and TCP slows the peer down.

use futures_util::Stream;
use std::{
    cell::RefCell,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, Waker},
};

/// Cloning shares the gate. It is open at first.
#[derive(Debug, Clone, Default)]
pub struct Gate(Rc<RefCell<State>>);

#[derive(Debug, Default)]
struct State {
    closed: bool,
    waiting: Option<Waker>,
}

impl Gate {
    pub fn close(&self) {
        self.0.borrow_mut().closed = true;
    }

    pub fn open(&self) {
        let waiting = {
            let mut state = self.0.borrow_mut();
            state.closed = false;
            state.waiting.take()
        };
        if let Some(waker) = waiting {
            waker.wake();
        }
    }
}

/// A stream behind a gate.
pub struct Gated<S> {
    stream: S,
    gate: Gate,
}

impl<S> Gated<S> {
    pub fn new(stream: S, gate: Gate) -> Self {
        Gated { stream, gate }
    }
}

impl<S: Stream + Unpin> Stream for Gated<S> {
    type Item = S::Item;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<S::Item>> {
        {
            let mut state = self.gate.0.borrow_mut();
            if state.closed {
                state.waiting = Some(cx.waker().clone());
                return Poll::Pending;
            }
        }
        Pin::new(&mut self.stream).poll_next(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::{FutureExt, StreamExt, stream};

    #[test]
    fn nothing_passes_a_closed_gate_and_everything_passes_it_once_it_is_open_again() {
        let gate = Gate::default();
        let mut gated = Gated::new(stream::iter([1, 2]), gate.clone());
        assert_eq!(gated.next().now_or_never(), Some(Some(1)));
        gate.close();
        assert_eq!(gated.next().now_or_never(), None);
        gate.open();
        assert_eq!(gated.next().now_or_never(), Some(Some(2)));
    }
}
