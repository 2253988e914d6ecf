use super::{
    client_frame,
    socket::{OPTIONS, connection},
};
use crate::websocket::*;
use actix_web::error::PayloadError;
use bytes::Bytes;
use futures_util::{FutureExt, Stream, StreamExt, future, stream};
use std::task::{Context, Waker};
use tokio::io::AsyncWriteExt;

type Item = Result<Bytes, PayloadError>;
type Heard = Vec<Result<Incoming, InboundError>>;

const LIMITS: Limits = Limits {
    max_frame: 64 * 1024,
    max_message: 64 * 1024,
};

fn inbound<S: Stream<Item = Item> + Unpin>(payload: S) -> Inbound<S> {
    Inbound::new(payload, LIMITS, future::pending(), None)
}

fn heard(text: &str) -> Result<Incoming, InboundError> {
    Ok(Incoming::Text(text.to_owned()))
}

fn frame(text: &str) -> Item {
    Ok(Bytes::from(client_frame(0x81, text.as_bytes())))
}

fn broken() -> Item {
    Err(PayloadError::Incomplete(None))
}

fn collect<S: Stream<Item = Item> + Unpin>(inbound: Inbound<S>) -> Option<Heard> {
    inbound.collect::<Heard>().now_or_never()
}

#[test]
fn messages_before_the_end_are_delivered_and_the_end_once() {
    let payload = stream::iter([frame("one"), frame("two"), broken(), frame("never")]);
    let lost = Err(InboundError::Lost);
    assert_eq!(
        collect(inbound(payload)),
        Some(vec![heard("one"), heard("two"), lost])
    );
}

#[test]
fn an_end_without_an_error_is_a_loss_too() {
    let payload = stream::iter([frame("one")]);
    assert_eq!(
        collect(inbound(payload)),
        Some(vec![heard("one"), Err(InboundError::Lost)])
    );
}

#[test]
fn a_close_is_the_last_item() {
    let close = Ok(Bytes::from(client_frame(0x88, b"")));
    let payload = stream::iter([close, frame("late"), broken()]);
    assert_eq!(
        collect(inbound(payload)),
        Some(vec![Ok(Incoming::Close(None))])
    );
}

#[test]
fn a_violation_is_the_last_item() {
    let payload = stream::iter([frame("one"), Ok(Bytes::from_static(&[0xFF])), frame("late")]);
    let violation = Err(InboundError::Violation(Violation::ReservedBits));
    assert_eq!(
        collect(inbound(payload)),
        Some(vec![heard("one"), violation])
    );
}

#[test]
fn a_cut_inside_a_frame_is_a_loss_and_no_message() {
    let half = Bytes::from(client_frame(0x81, b"cut off")).slice(..9);
    let payload = stream::iter([Ok(half), broken()]);
    assert_eq!(
        collect(inbound(payload)),
        Some(vec![Err(InboundError::Lost)])
    );
}

#[test]
fn a_payload_that_never_ends_is_left_when_the_connection_is_dead() {
    let payload = || stream::iter([frame("one")]).chain(stream::pending());
    let alive = Inbound::new(payload(), LIMITS, future::pending(), None);
    assert_eq!(collect(alive), None);
    let dead = Inbound::new(payload(), LIMITS, future::ready(()), None);
    assert_eq!(
        collect(dead),
        Some(vec![heard("one"), Err(InboundError::Lost)])
    );
}

#[test]
fn a_flood_is_read_ahead_by_one_frame_limit_only() {
    let taken = std::cell::Cell::new(0);
    let chunk = Bytes::from(client_frame(0x81, &[b'x'; 994]));
    let endless = stream::repeat_with(|| {
        taken.set(taken.get() + chunk.len());
        Ok(chunk.clone())
    });
    let mut inbound = inbound(endless);
    let first = inbound.next().now_or_never().flatten();
    assert!(matches!(first, Some(Ok(Incoming::Text(_)))));
    assert!(
        taken.get() <= LIMITS.max_frame + 14 + chunk.len(),
        "{}",
        taken.get()
    );
}

#[test]
fn what_was_read_ahead_is_heard_later_in_order() {
    let payload = stream::iter([frame("one"), frame("two"), broken()]);
    let mut inbound = inbound(payload);
    let mut cx = Context::from_waker(Waker::noop());
    assert!(inbound.read_ahead(&mut cx).is_ready());
    assert!(inbound.read_ahead(&mut cx).is_ready());
    let expected = vec![heard("one"), heard("two"), Err(InboundError::Lost)];
    assert_eq!(collect(inbound), Some(expected));
}

/// The HTTP layer gives up on a connection at the first failed write, with the peer's last words still in the kernel.
#[tokio::test]
async fn bytes_that_the_http_layer_left_on_the_socket_are_still_heard() {
    let (mut peer, ours) = connection().await;
    let handle = PeerSocket::duplicate(&ours, OPTIONS).unwrap();
    let [first, last] = ["one", "two"].map(|text| client_frame(0x81, text.as_bytes()));
    peer.write_all(&first[4..]).await.unwrap();
    peer.write_all(&last).await.unwrap();
    drop(peer);
    ours.readable().await.unwrap();
    drop(ours);
    let payload = stream::iter([Ok(Bytes::copy_from_slice(&first[..4])), broken()]);
    let inbound = Inbound::new(payload, LIMITS, future::pending(), Some(handle));
    let lost = Err(InboundError::Lost);
    assert_eq!(
        collect(inbound),
        Some(vec![heard("one"), heard("two"), lost])
    );
}

/// Behind a full payload queue the HTTP layer may have read bytes that nobody will ever see.
#[tokio::test]
async fn the_socket_is_not_read_when_bytes_before_may_be_missing() {
    let (mut peer, ours) = connection().await;
    let handle = PeerSocket::duplicate(&ours, OPTIONS).unwrap();
    peer.write_all(&client_frame(0x81, b"behind a hole"))
        .await
        .unwrap();
    ours.readable().await.unwrap();
    let full = "x".repeat(40_000);
    let payload = stream::iter([frame(&full), broken()]);
    let inbound = Inbound::new(payload, LIMITS, future::pending(), Some(handle));
    assert_eq!(
        collect(inbound),
        Some(vec![heard(&full), Err(InboundError::Lost)])
    );
}
