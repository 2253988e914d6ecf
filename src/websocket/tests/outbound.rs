use crate::websocket::*;
use bytes::Bytes;
use futures_util::FutureExt;
use std::{
    io::{self, IoSlice},
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
};

const CAPACITY: Capacity = Capacity {
    frames: 4,
    bytes: 1000,
};

fn frame(size: usize) -> Bytes {
    Bytes::from(vec![b'x'; size])
}

/// Takes at most this many bytes in one write; the outer `None` if nothing waits yet, the inner one at the end.
fn next_of(outgoing: &mut Outgoing, most: usize) -> Option<Option<Vec<u8>>> {
    if !outgoing.waiting().now_or_never()? {
        return Some(None);
    }
    let mut taken = Vec::new();
    let write = |frames: &[IoSlice<'_>]| {
        frames
            .iter()
            .for_each(|frame| taken.extend_from_slice(frame));
        taken.truncate(most);
        Ok(taken.len())
    };
    outgoing.write(write).unwrap();
    Some(Some(taken))
}

fn next(outgoing: &mut Outgoing) -> Option<Option<Vec<u8>>> {
    next_of(outgoing, usize::MAX)
}

fn bytes(text: &str) -> Option<Option<Vec<u8>>> {
    Some(Some(text.as_bytes().to_vec()))
}

#[test]
fn frames_that_wait_go_into_one_write_in_order() {
    let (outbox, mut outgoing) = channel(CAPACITY);
    for text in ["a", "bc", "def"] {
        outbox.try_send(Bytes::from(text)).unwrap();
    }
    assert_eq!((outbox.queued_frames(), outbox.queued_bytes()), (3, 6));
    assert_eq!(next(&mut outgoing), bytes("abcdef"));
    assert_eq!((outbox.queued_frames(), outbox.queued_bytes()), (0, 0));
    assert_eq!(next(&mut outgoing), None);
}

#[test]
fn what_the_socket_did_not_take_is_written_next() {
    let (outbox, mut outgoing) = channel(CAPACITY);
    for text in ["a", "bc", "def"] {
        outbox.try_send(Bytes::from(text)).unwrap();
    }
    assert_eq!(next_of(&mut outgoing, 2), bytes("ab"));
    assert_eq!((outbox.queued_frames(), outbox.queued_bytes()), (2, 4));
    assert_eq!(next_of(&mut outgoing, 3), bytes("cde"));
    assert_eq!(next(&mut outgoing), bytes("f"));
    assert_eq!(outbox.queued_bytes(), 0);
}

#[test]
fn nothing_is_lost_when_the_socket_takes_nothing() {
    let (outbox, mut outgoing) = channel(CAPACITY);
    outbox.try_send(Bytes::from("a")).unwrap();
    let full = outgoing.write(|_| Err(io::ErrorKind::WouldBlock.into()));
    assert_eq!(full.unwrap_err().kind(), io::ErrorKind::WouldBlock);
    assert_eq!(next(&mut outgoing), bytes("a"));
}

#[test]
fn a_frame_is_written_from_where_it_lies() {
    let (outbox, mut outgoing) = channel(CAPACITY);
    let frame = frame(100);
    outbox.try_send(frame.clone()).unwrap();
    let write = |frames: &[IoSlice<'_>]| {
        assert_eq!(frames[0].as_ptr(), frame.as_ptr());
        Ok(100)
    };
    outgoing.write(write).unwrap();
}

#[test]
fn a_full_queue_refuses_by_frames_and_by_bytes() {
    let (outbox, _outgoing) = channel(CAPACITY);
    for _ in 0..4 {
        outbox.try_send(frame(1)).unwrap();
    }
    assert_eq!(outbox.try_send(frame(1)), Err(Refused::Full));
    let (outbox, _outgoing) = channel(CAPACITY);
    outbox.try_send(frame(2000)).unwrap();
    assert_eq!(outbox.try_send(frame(1)), Err(Refused::Full));
}

#[test]
fn room_is_announced_when_half_of_the_queue_is_free_and_a_frame_fits_then() {
    let (outbox, mut outgoing) = channel(CAPACITY);
    for size in [30_000, 40_000] {
        let _ = outbox.try_send(frame(size));
    }
    assert_eq!(outbox.try_send(frame(1)), Err(Refused::Full));
    let mut room = Box::pin(outbox.room());
    assert_eq!(room.as_mut().now_or_never(), None);
    let _ = next(&mut outgoing);
    assert_eq!(room.now_or_never(), Some(()));
    assert_eq!(outbox.try_send(frame(5000)), Ok(()));
}

#[actix_web::test]
async fn a_task_waiting_for_room_is_woken() {
    let (outbox, mut outgoing) = channel(Capacity {
        frames: 1,
        bytes: 10,
    });
    let sender = actix_web::rt::spawn(async move {
        for n in 0..100_u8 {
            while outbox.try_send(Bytes::from(vec![n])) == Err(Refused::Full) {
                outbox.room().await;
            }
        }
    });
    let mut received = Vec::new();
    while outgoing.waiting().await {
        received.extend(next(&mut outgoing).flatten().unwrap());
    }
    assert_eq!(received, (0..100).collect::<Vec<u8>>());
    sender.await.unwrap();
}

#[test]
fn nothing_follows_the_close_frame_which_always_fits() {
    let (outbox, mut outgoing) = channel(CAPACITY);
    outbox.try_send(frame(2000)).unwrap();
    outbox.close(Bytes::from("close"));
    assert_eq!(outbox.try_send(frame(1)), Err(Refused::Closed));
    outbox.close(Bytes::from("again"));
    let chunk = next(&mut outgoing).flatten().unwrap();
    assert!(chunk.ends_with(b"close"));
    assert_eq!(next(&mut outgoing), Some(None));
}

#[test]
fn closing_now_skips_what_still_waits() {
    let (outbox, mut outgoing) = channel(CAPACITY);
    outbox.try_send(frame(500)).unwrap();
    outbox.close_now(Bytes::from("close"));
    assert_eq!(next(&mut outgoing), bytes("close"));
    assert_eq!(next(&mut outgoing), Some(None));
    assert_eq!(outbox.queued_bytes(), 0);
}

#[test]
fn what_a_dropped_outbox_has_queued_is_still_written() {
    let (outbox, mut outgoing) = channel(CAPACITY);
    outbox.try_send(Bytes::from("last words")).unwrap();
    drop(outbox);
    assert_eq!(next(&mut outgoing), bytes("last words"));
    assert_eq!(next(&mut outgoing), Some(None));
}

#[actix_web::test]
async fn a_connection_that_is_gone_is_noticed_and_frees_the_queue() {
    let (outbox, outgoing) = channel(CAPACITY);
    for _ in 0..4 {
        outbox.try_send(frame(100)).unwrap();
    }
    let waiting = actix_web::rt::spawn(outbox.room());
    actix_web::rt::task::yield_now().await;
    drop(outgoing);
    waiting.await.unwrap();
    assert!(outbox.is_closed());
    assert_eq!((outbox.queued_bytes(), outbox.queued_frames()), (0, 0));
    assert_eq!(outbox.try_send(frame(1)), Err(Refused::Closed));
}

#[actix_web::test]
async fn the_end_of_the_queue_is_told_when_it_is_closed_and_when_it_is_dropped() {
    let (outbox, outgoing) = channel(CAPACITY);
    let ended = actix_web::rt::spawn(outgoing.ended());
    actix_web::rt::task::yield_now().await;
    assert!(!ended.is_finished());
    outbox.close(Bytes::from("close"));
    ended.await.unwrap();
    let (outbox, outgoing) = channel(CAPACITY);
    let ended = actix_web::rt::spawn(outgoing.ended());
    drop(outbox);
    ended.await.unwrap();
}

/// A writer that accepts at most `most` bytes.
fn taking(taken: &mut Vec<u8>, most: usize) -> impl FnOnce(&[IoSlice<'_>]) -> io::Result<usize> {
    move |frames| {
        let bytes = frames.iter().flat_map(|frame| frame.iter());
        taken.extend(bytes.take(most));
        Ok(taken.len())
    }
}

#[derive(Default)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Starts to wait for a frame, as the writing end does; the returned closure says whether it was woken since.
fn wait_for_a_frame(outgoing: &mut Outgoing) -> impl Fn() -> bool + use<> {
    let woken = Arc::new(Woken::default());
    let waker = Waker::from(woken.clone());
    let waiting = pin!(outgoing.waiting()).poll(&mut Context::from_waker(&waker));
    assert_eq!(waiting, Poll::Pending);
    move || woken.0.load(Ordering::Relaxed)
}

#[test]
fn what_was_put_is_flushed_in_one_write_and_whoever_writes_sleeps_on() {
    let (outbox, mut outgoing) = channel(CAPACITY);
    let woken = wait_for_a_frame(&mut outgoing);
    for text in ["a", "bc"] {
        outbox.enqueue(Bytes::from(text)).unwrap();
    }
    let mut taken = Vec::new();
    outbox.flush(taking(&mut taken, usize::MAX));
    assert_eq!(taken, b"abc");
    assert_eq!((outbox.queued_frames(), outbox.queued_bytes()), (0, 0));
    assert!(!woken());
    outbox.try_send(Bytes::from("d")).unwrap();
    assert!(woken());
    assert_eq!(next(&mut outgoing), bytes("d"));
}

#[test]
fn what_a_flush_does_not_get_rid_of_is_left_to_whoever_writes() {
    let (outbox, mut outgoing) = channel(CAPACITY);
    let woken = wait_for_a_frame(&mut outgoing);
    outbox.enqueue(Bytes::from("abc")).unwrap();
    outbox.flush(taking(&mut Vec::new(), 2));
    assert!(woken());
    assert_eq!(next(&mut outgoing), bytes("c"));
    let woken = wait_for_a_frame(&mut outgoing);
    outbox.enqueue(Bytes::from("d")).unwrap();
    outbox.flush(|_| Err(io::ErrorKind::WouldBlock.into()));
    assert!(woken());
    assert_eq!(next(&mut outgoing), bytes("d"));
}

#[test]
fn a_flush_overtakes_nothing_and_precedes_no_handshake() {
    let (outbox, mut outgoing) = channel(CAPACITY);
    outbox.enqueue(Bytes::from("early")).unwrap();
    outbox.flush(|_| panic!("the handshake may not have been answered"));
    assert_eq!(next(&mut outgoing), bytes("early"));
    let _ = wait_for_a_frame(&mut outgoing);
    outbox.try_send(Bytes::from("first")).unwrap();
    outbox.enqueue(Bytes::from("second")).unwrap();
    outbox.flush(|_| panic!("somebody writes already"));
    assert_eq!(next(&mut outgoing), bytes("firstsecond"));
}

#[test]
fn a_close_that_throws_away_what_waits_finishes_the_frame_that_has_begun() {
    for (taken, rest) in [(0, "bye"), (2, "nebye"), (4, "bye"), (5, "wobye")] {
        let (outbox, mut outgoing) = channel(CAPACITY);
        for text in ["one\n", "two", "three"] {
            outbox.try_send(Bytes::from(text)).unwrap();
        }
        if taken > 0 {
            next_of(&mut outgoing, taken);
        }
        outbox.close_now(Bytes::from("bye"));
        let rest = rest.replace("nebye", "e\nbye");
        assert_eq!(next(&mut outgoing), bytes(&rest), "{taken}");
        assert_eq!(outbox.queued_bytes(), 0);
        assert_eq!(next(&mut outgoing), Some(None));
    }
}
