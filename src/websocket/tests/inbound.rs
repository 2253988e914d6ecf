use super::{client_frame, socket::connection};
use crate::websocket::*;
use bytes::Bytes;
use futures_util::{FutureExt, Stream, StreamExt, stream};
use std::io;
use tokio::io::AsyncWriteExt;

type Item = io::Result<Bytes>;
type Heard = Vec<Result<Incoming, InboundError>>;

const LIMITS: Limits = Limits {
    max_frame: 64 * 1024,
    max_message: 64 * 1024,
};

fn inbound<S: Stream<Item = Item> + Unpin>(payload: S) -> Inbound<S> {
    Inbound::new(payload, LIMITS, Budget::new(usize::MAX).share())
}

fn heard(text: &str) -> Result<Incoming, InboundError> {
    Ok(Incoming::Text(text.to_owned()))
}

fn frame(text: &str) -> Item {
    Ok(Bytes::from(client_frame(0x81, text.as_bytes())))
}

fn broken() -> Item {
    Err(io::ErrorKind::ConnectionReset.into())
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
fn no_more_is_read_than_the_message_that_is_wanted() {
    let taken = std::cell::Cell::new(0);
    let endless = stream::repeat_with(|| {
        taken.set(taken.get() + 1);
        frame("one")
    });
    let mut inbound = inbound(endless);
    assert_eq!(inbound.next().now_or_never(), Some(Some(heard("one"))));
    assert_eq!(taken.get(), 1);
}

/// The kernel keeps received data, also from a peer that left while something was being written to it.
#[actix_web::test]
async fn what_arrived_before_a_reset_is_still_heard() {
    let (mut peer, ours) = connection().await;
    let socket = PeerSocket::new(ours);
    let [first, last] = ["one", "two"].map(|text| client_frame(0x81, text.as_bytes()));
    peer.write_all(&first[4..]).await.unwrap();
    peer.write_all(&last).await.unwrap();
    // The peer closes with unread data, so its kernel sends a reset.
    socket.write(b"welcome").await.unwrap();
    peer.readable().await.unwrap();
    drop(peer);
    while socket.write(b"ack").await.is_ok() {}
    let early = Bytes::copy_from_slice(&first[..4]);
    let all: Heard = Inbound::new(
        socket.arriving(early),
        LIMITS,
        Budget::new(usize::MAX).share(),
    )
    .collect()
    .await;
    assert_eq!(all, [heard("one"), heard("two"), Err(InboundError::Lost)]);
}

#[test]
fn whoever_would_hold_more_than_all_peers_together_may_is_closed_and_gives_back_what_it_held() {
    let budget = Budget::new(6_000);
    let half = |bytes: usize| {
        let whole = client_frame(0x81, &vec![b'x'; 2 * bytes]);
        let piece: Item = Ok(Bytes::copy_from_slice(&whole[..whole.len() - bytes]));
        let waits = stream::iter([piece]).chain(stream::pending());
        Inbound::new(waits, LIMITS, budget.share())
    };
    let mut first = half(2_000);
    assert_eq!(first.next().now_or_never(), None);
    assert!(
        (2_000..=4_100).contains(&budget.held()),
        "{}",
        budget.held()
    );
    let mut second = half(5_000);
    let refused = second.next().now_or_never().flatten();
    assert!(matches!(refused, Some(Err(InboundError::Overloaded(_)))));
    assert_eq!(second.next().now_or_never(), Some(None));
    // A message that arrives whole does not use the budget.
    let pieces = stream::iter([frame(&"x".repeat(60_000))]).chain(stream::pending());
    let mut whole = Inbound::new(pieces, LIMITS, budget.share());
    assert!(matches!(whole.next().now_or_never(), Some(Some(Ok(_)))));
    drop((first, second, whole));
    assert_eq!(budget.held(), 0);
}
