//! Encoded frames on their way to one peer: a bounded queue whose far end is the response body.
//!
//! Both ends live on the worker thread of their connection, so the queue needs no lock.

use bytes::{Bytes, BytesMut};
use futures_util::Stream;
use std::{
    cell::RefCell,
    collections::VecDeque,
    convert::Infallible,
    future::{Future, poll_fn},
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, Waker},
};
use thiserror::Error;

/// Frames that are ready are joined into chunks of up to this many bytes, one chunk per write.
pub const CHUNK_BYTES: usize = 64 * 1024;
/// Slots that an empty queue keeps; more are given back, so that an idle peer costs little after a burst.
const IDLE_SLOTS: usize = 16;

/// How much may wait for a peer. A frame is taken while fewer than `frames` and fewer than `bytes` wait, so the bytes may
/// exceed their bound by one frame, and a frame larger than `bytes` is not stuck for ever. At least one frame may wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capacity {
    pub frames: usize,
    pub bytes: usize,
}

/// Why a frame was not queued.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Refused {
    #[error("the queue of this peer is full")]
    Full,
    #[error("the connection is closed or closing")]
    Closed,
}

/// A queue for one peer: the sender, and the response body that drains it.
pub fn channel(capacity: Capacity) -> (Outbox, Body) {
    let queue = Rc::new(RefCell::new(Queue::new(capacity)));
    (
        Outbox {
            queue: queue.clone(),
        },
        Body { queue },
    )
}

/// The sending end. Dropping it ends the body once everything queued has been written.
#[derive(Debug)]
pub struct Outbox {
    queue: Rc<RefCell<Queue>>,
}

impl Outbox {
    /// Queues one encoded frame, or refuses it at once.
    pub fn try_send(&self, frame: Bytes) -> Result<(), Refused> {
        let waker = self.queue.borrow_mut().push(frame)?;
        wake(waker);
        Ok(())
    }

    /// Queues the Close frame, whatever the capacity says, and nothing after it. The body ends behind it and the framework
    /// drops the TCP connection.
    pub fn close(&self, frame: Bytes) {
        let waker = self.queue.borrow_mut().push_last(frame);
        wake(waker);
    }

    /// Like [`close`](Self::close), but what still waits is thrown away: for a peer that must go before it has read all.
    pub fn close_now(&self, frame: Bytes) {
        self.queue.borrow_mut().clear();
        self.close(frame);
    }

    /// Whether [`try_send`](Self::try_send) would find no room.
    pub fn is_full(&self) -> bool {
        !self.queue.borrow().accepts_more()
    }

    pub fn queued_bytes(&self) -> usize {
        self.queue.borrow().bytes
    }

    pub fn queued_frames(&self) -> usize {
        self.queue.borrow().frames.len()
    }

    /// True once the body was dropped (the connection is gone) or [`close`](Self::close) was called.
    pub fn is_closed(&self) -> bool {
        let queue = self.queue.borrow();
        queue.closing || queue.body_dropped
    }

    /// Resolves when the queue is at most half full, or when the body was dropped. Half, so that a sender waiting for room
    /// is not woken for every single frame. After that the next frame is taken.
    pub fn room(&self) -> impl Future<Output = ()> + use<> {
        let queue = self.queue.clone();
        poll_fn(move |cx| queue.borrow_mut().poll_room(cx))
    }

    /// Resolves when the body was dropped: the connection is gone, or all up to the Close frame has been handed over.
    pub fn closed(&self) -> impl Future<Output = ()> + use<> {
        let queue = self.queue.clone();
        poll_fn(move |cx| queue.borrow_mut().poll_closed(cx))
    }
}

impl Drop for Outbox {
    fn drop(&mut self) {
        let waker = self.queue.borrow_mut().end();
        wake(waker);
    }
}

/// The response body. Give it to `HttpResponseBuilder::streaming`.
#[derive(Debug)]
pub struct Body {
    queue: Rc<RefCell<Queue>>,
}

impl Stream for Body {
    type Item = Result<Bytes, Infallible>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let (poll, wakers) = self.queue.borrow_mut().poll_chunk(cx);
        wake(wakers);
        poll.map(|chunk| chunk.map(Ok))
    }
}

impl Drop for Body {
    fn drop(&mut self) {
        let wakers = self.queue.borrow_mut().drop_body();
        wake(wakers);
    }
}

/// Called without the queue borrowed, since a waker may run anything.
fn wake(wakers: impl IntoIterator<Item = Waker>) {
    wakers.into_iter().for_each(Waker::wake);
}

#[derive(Debug)]
struct Queue {
    capacity: Capacity,
    frames: VecDeque<Bytes>,
    bytes: usize,
    closing: bool,
    body_dropped: bool,
    body: Option<Waker>,
    awaiting_room: Vec<Waker>,
    awaiting_close: Vec<Waker>,
}

impl Queue {
    fn new(capacity: Capacity) -> Self {
        Self {
            capacity,
            frames: VecDeque::new(),
            bytes: 0,
            closing: false,
            body_dropped: false,
            body: None,
            awaiting_room: Vec::new(),
            awaiting_close: Vec::new(),
        }
    }

    fn push(&mut self, frame: Bytes) -> Result<Option<Waker>, Refused> {
        if self.closing || self.body_dropped {
            return Err(Refused::Closed);
        }
        if !self.accepts_more() {
            return Err(Refused::Full);
        }
        self.append(frame);
        Ok(self.body.take())
    }

    fn push_last(&mut self, frame: Bytes) -> Option<Waker> {
        if self.closing || self.body_dropped {
            return None;
        }
        self.append(frame);
        self.end()
    }

    fn end(&mut self) -> Option<Waker> {
        self.closing = true;
        self.body.take()
    }

    fn append(&mut self, frame: Bytes) {
        self.bytes += frame.len();
        self.frames.push_back(frame);
    }

    fn clear(&mut self) {
        self.frames.clear();
        self.bytes = 0;
    }

    fn accepts_more(&self) -> bool {
        self.frames.len() < self.capacity.frames.max(1) && self.bytes < self.capacity.bytes.max(1)
    }

    fn has_room(&self) -> bool {
        self.frames.len() <= self.capacity.frames / 2 && self.bytes <= self.capacity.bytes / 2
    }

    fn poll_chunk(&mut self, cx: &mut Context<'_>) -> (Poll<Option<Bytes>>, Vec<Waker>) {
        match self.take_chunk() {
            Some(chunk) if self.has_room() => (
                Poll::Ready(Some(chunk)),
                std::mem::take(&mut self.awaiting_room),
            ),
            Some(chunk) => (Poll::Ready(Some(chunk)), Vec::new()),
            None if self.closing => (Poll::Ready(None), Vec::new()),
            None => {
                self.body = Some(cx.waker().clone());
                (Poll::Pending, Vec::new())
            }
        }
    }

    /// Everything that is ready, as far as it fits into one chunk. A lone frame is passed on without copying.
    fn take_chunk(&mut self) -> Option<Bytes> {
        let first = self.frames.pop_front()?;
        let chunk = match self.count_fitting(first.len()) {
            (0, _) => first,
            (count, size) => {
                let mut chunk = BytesMut::with_capacity(size);
                chunk.extend_from_slice(&first);
                self.frames
                    .drain(..count)
                    .for_each(|frame| chunk.extend_from_slice(&frame));
                chunk.freeze()
            }
        };
        self.bytes -= chunk.len();
        if self.frames.is_empty() {
            self.frames.shrink_to(IDLE_SLOTS);
        }
        Some(chunk)
    }

    /// How many of the waiting frames fit behind `size` bytes, and the size with them.
    fn count_fitting(&self, mut size: usize) -> (usize, usize) {
        let mut count = 0;
        for frame in &self.frames {
            if size + frame.len() > CHUNK_BYTES {
                break;
            }
            size += frame.len();
            count += 1;
        }
        (count, size)
    }

    fn drop_body(&mut self) -> Vec<Waker> {
        self.body_dropped = true;
        self.clear();
        self.frames.shrink_to(0);
        let mut wakers = std::mem::take(&mut self.awaiting_room);
        wakers.append(&mut self.awaiting_close);
        wakers
    }

    fn poll_room(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.body_dropped || self.has_room() {
            return Poll::Ready(());
        }
        register(&mut self.awaiting_room, cx);
        Poll::Pending
    }

    fn poll_closed(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.body_dropped {
            return Poll::Ready(());
        }
        register(&mut self.awaiting_close, cx);
        Poll::Pending
    }
}

/// Remembers a task once, however often its future is polled.
fn register(wakers: &mut Vec<Waker>, cx: &Context<'_>) {
    if !wakers.iter().any(|waker| waker.will_wake(cx.waker())) {
        wakers.push(cx.waker().clone());
    }
}
