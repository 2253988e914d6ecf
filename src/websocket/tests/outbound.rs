use crate::websocket::*;
use bytes::Bytes;
use futures_util::{FutureExt, StreamExt};

const CAPACITY: Capacity = Capacity {
    frames: 4,
    bytes: 1000,
};

fn frame(size: usize) -> Bytes {
    Bytes::from(vec![b'x'; size])
}

fn next(body: &mut Body) -> Option<Option<Bytes>> {
    body.next()
        .now_or_never()
        .map(|item| item.map(|Ok(chunk)| chunk))
}

#[test]
fn frames_that_wait_become_one_chunk_in_order() {
    let (outbox, mut body) = channel(CAPACITY);
    for text in ["a", "bc", "def"] {
        outbox.try_send(Bytes::from(text)).unwrap();
    }
    assert_eq!((outbox.queued_frames(), outbox.queued_bytes()), (3, 6));
    assert_eq!(next(&mut body), Some(Some(Bytes::from("abcdef"))));
    assert_eq!((outbox.queued_frames(), outbox.queued_bytes()), (0, 0));
    assert_eq!(next(&mut body), None);
}

#[test]
fn a_lone_frame_is_not_copied() {
    let (outbox, mut body) = channel(CAPACITY);
    let frame = frame(100);
    outbox.try_send(frame.clone()).unwrap();
    let chunk = next(&mut body).flatten().unwrap();
    assert_eq!(chunk.as_ptr(), frame.as_ptr());
}

#[test]
fn a_chunk_stays_within_16_kib_unless_one_frame_is_larger() {
    let (outbox, mut body) = channel(Capacity {
        frames: 9,
        bytes: 1 << 20,
    });
    for size in [8_000, 8_000, 8_000, 100_000] {
        outbox.try_send(frame(size)).unwrap();
    }
    let sizes: Vec<_> = std::iter::from_fn(|| next(&mut body).flatten())
        .map(|chunk| chunk.len())
        .collect();
    assert_eq!(sizes, [16_000, 8_000, 100_000]);
}

#[test]
fn a_full_queue_refuses_by_frames_and_by_bytes() {
    let (outbox, _body) = channel(CAPACITY);
    for _ in 0..4 {
        outbox.try_send(frame(1)).unwrap();
    }
    assert_eq!(outbox.try_send(frame(1)), Err(Refused::Full));
    let (outbox, _body) = channel(CAPACITY);
    outbox.try_send(frame(2000)).unwrap();
    assert_eq!(outbox.try_send(frame(1)), Err(Refused::Full));
}

#[test]
fn room_is_announced_when_half_of_the_queue_is_free_and_a_frame_fits_then() {
    let (outbox, mut body) = channel(CAPACITY);
    for size in [30_000, 40_000] {
        let _ = outbox.try_send(frame(size));
    }
    assert_eq!(outbox.try_send(frame(1)), Err(Refused::Full));
    let mut room = Box::pin(outbox.room());
    assert_eq!(room.as_mut().now_or_never(), None);
    let _ = next(&mut body);
    assert_eq!(room.now_or_never(), Some(()));
    assert_eq!(outbox.try_send(frame(5000)), Ok(()));
}

#[actix_web::test]
async fn a_task_waiting_for_room_is_woken() {
    let (outbox, mut body) = channel(Capacity {
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
    while let Some(Ok(chunk)) = body.next().await {
        received.extend(chunk);
    }
    assert_eq!(received, (0..100).collect::<Vec<u8>>());
    sender.await.unwrap();
}

#[test]
fn the_body_ends_behind_the_close_frame_which_always_fits() {
    let (outbox, mut body) = channel(CAPACITY);
    outbox.try_send(frame(2000)).unwrap();
    outbox.close(Bytes::from("close"));
    assert_eq!(outbox.try_send(frame(1)), Err(Refused::Closed));
    outbox.close(Bytes::from("again"));
    let chunk = next(&mut body).flatten().unwrap();
    assert!(chunk.ends_with(b"close"));
    assert_eq!(next(&mut body), Some(None));
}

#[test]
fn closing_now_skips_what_still_waits() {
    let (outbox, mut body) = channel(CAPACITY);
    outbox.try_send(frame(500)).unwrap();
    outbox.close_now(Bytes::from("close"));
    assert_eq!(next(&mut body), Some(Some(Bytes::from("close"))));
    assert_eq!(next(&mut body), Some(None));
    assert_eq!(outbox.queued_bytes(), 0);
}

#[test]
fn a_dropped_outbox_lets_the_body_finish() {
    let (outbox, mut body) = channel(CAPACITY);
    outbox.try_send(Bytes::from("last words")).unwrap();
    drop(outbox);
    assert_eq!(next(&mut body), Some(Some(Bytes::from("last words"))));
    assert_eq!(next(&mut body), Some(None));
}

#[actix_web::test]
async fn a_dropped_body_is_noticed_and_frees_the_queue() {
    let (outbox, body) = channel(CAPACITY);
    for _ in 0..4 {
        outbox.try_send(frame(100)).unwrap();
    }
    let waiting = actix_web::rt::spawn(futures_util::future::join(outbox.room(), outbox.closed()));
    actix_web::rt::task::yield_now().await;
    drop(body);
    waiting.await.unwrap();
    assert!(outbox.is_closed());
    assert_eq!((outbox.queued_bytes(), outbox.queued_frames()), (0, 0));
    assert_eq!(outbox.try_send(frame(1)), Err(Refused::Closed));
}
