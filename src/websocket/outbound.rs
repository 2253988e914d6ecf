//! The bounded queue of encoded frames between a session and the task that writes to its socket.
//!
//! Both ends are used on the worker thread of their connection, so the queue needs no lock.

use bytes::{Buf, Bytes};
use std::{
    cell::RefCell,
    collections::VecDeque,
    future::{Future, poll_fn},
    io::{self, IoSlice},
    rc::Rc,
    task::{Context, Poll, Waker},
};
use thiserror::Error;

/// Maximum number of frames in one write.
const GATHERED: usize = 64;
/// Slots that an empty queue keeps; the rest is freed, so that an idle peer costs little after a burst.
const IDLE_SLOTS: usize = 4;

/// How much may wait for a peer. A frame is accepted while fewer than `frames` frames and fewer than `bytes` bytes wait. So the bytes may
/// exceed their bound by one frame, and a frame larger than `bytes` can still be sent. At least one frame may wait.
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

/// Creates a queue for one peer: the sending end and the writing end.
pub fn channel(capacity: Capacity) -> (Outbox, Outgoing) {
    let queue = Rc::new(RefCell::new(Queue::new(capacity)));
    (
        Outbox {
            queue: queue.clone(),
        },
        Outgoing { queue },
    )
}

/// The sending end. Dropping it closes the connection once everything queued has been written.
#[derive(Debug)]
pub struct Outbox {
    queue: Rc<RefCell<Queue>>,
}

impl Outbox {
    /// Queues one encoded frame, or fails at once.
    ///
    /// # Errors
    /// The queue is full or closed.
    pub fn try_send(&self, frame: Bytes) -> Result<(), Refused> {
        let waker = {
            let mut queue = self.queue.borrow_mut();
            queue.push(frame)?;
            queue.awaiting_frames.take()
        };
        wake(waker);
        Ok(())
    }

    /// Like [`try_send`](Self::try_send), but does not wake the writing end: call [`flush`](Self::flush) afterwards.
    ///
    /// # Errors
    /// The queue is full or closed.
    pub fn enqueue(&self, frame: Bytes) -> Result<(), Refused> {
        self.queue.borrow_mut().push(frame)
    }

    /// Passes the queued frames to `write`, as [`Outgoing::write`] does, unless older frames are still being written. The writing end
    /// writes the remaining frames, also if `write` fails.
    pub fn flush(&self, write: impl FnOnce(&[IoSlice<'_>]) -> io::Result<usize>) {
        let wakers = self.queue.borrow_mut().flush(write);
        wake(wakers);
    }

    /// Queues the Close frame regardless of capacity; nothing can be queued after it. The connection ends when it is written.
    pub fn close(&self, frame: Bytes) {
        let waker = self.queue.borrow_mut().push_last(frame);
        wake(waker);
    }

    /// Like [`close`](Self::close), but discards the waiting frames, for a peer that must go before it has read all. A partly written
    /// frame is finished, otherwise the peer could not parse the Close.
    pub fn close_now(&self, frame: Bytes) {
        self.queue.borrow_mut().clear_unbegun();
        self.close(frame);
    }

    /// True if [`try_send`](Self::try_send) would refuse a frame.
    pub fn is_full(&self) -> bool {
        !self.queue.borrow().accepts_more()
    }

    pub fn queued_bytes(&self) -> usize {
        self.queue.borrow().bytes
    }

    pub fn queued_frames(&self) -> usize {
        self.queue.borrow().frames.len()
    }

    /// True once the connection is gone or [`close`](Self::close) was called.
    pub fn is_closed(&self) -> bool {
        let queue = self.queue.borrow();
        queue.closing || queue.gone
    }

    /// Resolves when the queue is at most half full, or when the connection has ended. Half, so that a waiting sender is not woken for
    /// every single frame. After that the next frame is accepted.
    pub fn room(&self) -> impl Future<Output = ()> + use<> {
        let queue = self.queue.clone();
        poll_fn(move |cx| queue.borrow_mut().poll_room(cx))
    }
}

impl Drop for Outbox {
    fn drop(&mut self) {
        let waker = self.queue.borrow_mut().end();
        wake(waker);
    }
}

/// The writing end. Dropping it marks the connection as ended.
#[derive(Debug)]
pub struct Outgoing {
    queue: Rc<RefCell<Queue>>,
}

impl Outgoing {
    /// Resolves to `true` when frames wait to be written, or to `false` when the queue is empty and closed.
    pub fn waiting(&mut self) -> impl Future<Output = bool> + '_ {
        poll_fn(|cx| self.queue.borrow_mut().poll_waiting(cx))
    }

    /// Passes the next frames to `write`, which returns how many bytes it wrote; the rest stays queued.
    ///
    /// # Errors
    /// The errors of `write`.
    pub fn write(
        &mut self,
        write: impl FnOnce(&[IoSlice<'_>]) -> io::Result<usize>,
    ) -> io::Result<()> {
        let wakers = self.queue.borrow_mut().write(write)?;
        wake(wakers);
        Ok(())
    }

    /// True if everything queued has been written.
    pub fn is_empty(&self) -> bool {
        self.queue.borrow().frames.is_empty()
    }

    /// Resolves when no more frames can be queued; some may still wait to be written.
    pub fn ended(&self) -> impl Future<Output = ()> + use<> {
        let queue = self.queue.clone();
        poll_fn(move |cx| queue.borrow_mut().poll_ended(cx))
    }
}

impl Drop for Outgoing {
    fn drop(&mut self) {
        let wakers = self.queue.borrow_mut().leave();
        wake(wakers);
    }
}

/// Call without a borrow of the queue, since a waker may run any code.
fn wake(wakers: impl IntoIterator<Item = Waker>) {
    wakers.into_iter().for_each(Waker::wake);
}

#[derive(Debug)]
struct Queue {
    capacity: Capacity,
    frames: VecDeque<Bytes>,
    bytes: usize,
    /// Part of the first frame is written.
    begun: bool,
    closing: bool,
    /// The connection has ended.
    gone: bool,
    awaiting_frames: Option<Waker>,
    awaiting_end: Option<Waker>,
    awaiting_room: Vec<Waker>,
}

impl Queue {
    fn new(capacity: Capacity) -> Self {
        Self {
            capacity,
            frames: VecDeque::new(),
            bytes: 0,
            begun: false,
            closing: false,
            gone: false,
            awaiting_frames: None,
            awaiting_end: None,
            awaiting_room: Vec::new(),
        }
    }

    fn push(&mut self, frame: Bytes) -> Result<(), Refused> {
        if self.closing || self.gone {
            return Err(Refused::Closed);
        }
        if !self.accepts_more() {
            return Err(Refused::Full);
        }
        self.append(frame);
        Ok(())
    }

    fn push_last(&mut self, frame: Bytes) -> Vec<Waker> {
        if self.closing || self.gone {
            return Vec::new();
        }
        self.append(frame);
        self.end()
    }

    fn end(&mut self) -> Vec<Waker> {
        self.closing = true;
        let waiting = [self.awaiting_frames.take(), self.awaiting_end.take()];
        waiting.into_iter().flatten().collect()
    }

    fn append(&mut self, frame: Bytes) {
        self.bytes += frame.len();
        self.frames.push_back(frame);
    }

    fn clear(&mut self) {
        self.frames.clear();
        self.bytes = 0;
    }

    fn clear_unbegun(&mut self) {
        self.frames.truncate(usize::from(self.begun));
        self.bytes = self.frames.front().map_or(0, Bytes::len);
    }

    fn accepts_more(&self) -> bool {
        self.frames.len() < self.capacity.frames.max(1) && self.bytes < self.capacity.bytes.max(1)
    }

    fn has_room(&self) -> bool {
        self.frames.len() <= self.capacity.frames / 2 && self.bytes <= self.capacity.bytes / 2
    }

    fn poll_waiting(&mut self, cx: &Context<'_>) -> Poll<bool> {
        if self.frames.is_empty() && !self.closing {
            self.awaiting_frames = Some(cx.waker().clone());
            return Poll::Pending;
        }
        Poll::Ready(!self.frames.is_empty())
    }

    fn poll_ended(&mut self, cx: &Context<'_>) -> Poll<()> {
        if self.closing {
            return Poll::Ready(());
        }
        self.awaiting_end = Some(cx.waker().clone());
        Poll::Pending
    }

    fn write(
        &mut self,
        write: impl FnOnce(&[IoSlice<'_>]) -> io::Result<usize>,
    ) -> io::Result<Vec<Waker>> {
        let mut gathered = [IoSlice::new(&[]); GATHERED];
        let count = self.frames.len().min(GATHERED);
        for (slice, frame) in gathered.iter_mut().zip(&self.frames) {
            *slice = IoSlice::new(frame);
        }
        let written = write(&gathered[..count])?;
        self.take_off(written);
        Ok(if self.has_room() {
            std::mem::take(&mut self.awaiting_room)
        } else {
            Vec::new()
        })
    }

    fn flush(&mut self, write: impl FnOnce(&[IoSlice<'_>]) -> io::Result<usize>) -> Vec<Waker> {
        if self.frames.is_empty() || self.awaiting_frames.is_none() {
            return Vec::new();
        }
        // Ignores an error: writing the rest reports it again.
        let mut wakers = self.write(write).unwrap_or_default();
        if !self.frames.is_empty() {
            wakers.extend(self.awaiting_frames.take());
        }
        wakers
    }

    fn take_off(&mut self, mut written: usize) {
        self.bytes -= written;
        if written > 0 {
            self.begun = false;
        }
        while let Some(first) = self.frames.front_mut() {
            if written < first.len() {
                first.advance(written);
                self.begun |= written > 0;
                return;
            }
            written -= first.len();
            self.frames.pop_front();
        }
        self.frames.shrink_to(IDLE_SLOTS);
    }

    fn leave(&mut self) -> Vec<Waker> {
        self.gone = true;
        self.clear();
        self.frames.shrink_to(0);
        std::mem::take(&mut self.awaiting_room)
    }

    fn poll_room(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.gone || self.has_room() {
            return Poll::Ready(());
        }
        register(&mut self.awaiting_room, cx);
        Poll::Pending
    }
}

/// Stores the task's waker once, however often its future is polled.
fn register(wakers: &mut Vec<Waker>, cx: &Context<'_>) {
    if !wakers.iter().any(|waker| waker.will_wake(cx.waker())) {
        wakers.push(cx.waker().clone());
    }
}
