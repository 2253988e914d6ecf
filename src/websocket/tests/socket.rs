use crate::websocket::{Capacity, Outbox, PeerSocket, SocketOptions, channel};
use actix_web::rt::{spawn, task::JoinHandle};
use bytes::Bytes;
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::{Instant, timeout},
};

const OPTIONS: SocketOptions = SocketOptions {
    user_timeout: Some(Duration::from_secs(7)),
    send_buffer: Some(32 * 1024),
    nodelay: true,
};
const CAPACITY: Capacity = Capacity {
    frames: 10_000,
    bytes: 1 << 30,
};
const LONG: Duration = Duration::from_secs(3_600);
const DEADLINE: Duration = Duration::from_secs(10);

/// Both ends of a connection: the peer's and the server's.
pub(super) async fn connection() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let peer = TcpStream::connect(listener.local_addr().unwrap())
        .await
        .unwrap();
    (peer, listener.accept().await.unwrap().0)
}

/// A peer, its socket, its queue, and the task that carries the queue to it.
async fn carried(farewell: Duration) -> (TcpStream, PeerSocket, Outbox, JoinHandle<()>) {
    let (peer, ours) = connection().await;
    let socket = PeerSocket::new(ours);
    let (outbox, outgoing) = channel(CAPACITY);
    let carrying = spawn(socket.clone().carry(outgoing, farewell));
    (peer, socket, outbox, carrying)
}

async fn soon<T>(future: impl Future<Output = T>) -> T {
    timeout(DEADLINE, future).await.expect("nothing happened")
}

async fn read_to_end(peer: &mut TcpStream) -> Vec<u8> {
    let mut read = Vec::new();
    soon(peer.read_to_end(&mut read)).await.unwrap();
    read
}

#[tokio::test]
async fn options_are_set_on_the_socket_of_the_connection() {
    let (_peer, ours) = connection().await;
    OPTIONS.set_on(&ours).unwrap();
    let socket = socket2::SockRef::from(&ours);
    assert_eq!(socket.tcp_user_timeout().unwrap(), OPTIONS.user_timeout);
    assert!(socket.tcp_nodelay().unwrap());
    assert_eq!(
        socket.send_buffer_size().unwrap(),
        2 * 32 * 1024,
        "Linux doubles it"
    );
}

#[actix_web::test]
async fn frames_are_carried_in_order_and_their_end_ends_the_connection() {
    let (mut peer, _socket, outbox, carrying) = carried(LONG).await;
    let frames: Vec<_> = (0..1_000_u32)
        .map(|n| Bytes::from(vec![n as u8; 999]))
        .collect();
    for frame in &frames {
        outbox.try_send(frame.clone()).unwrap();
    }
    drop(outbox);
    assert!(read_to_end(&mut peer).await == frames.concat());
    drop(peer);
    soon(carrying).await.unwrap();
}

#[actix_web::test]
async fn carrying_to_a_peer_that_never_reads_ends_with_a_cut() {
    let (_peer, socket, outbox, carrying) = carried(LONG).await;
    for _ in 0..1_000 {
        outbox.try_send(Bytes::from(vec![0; 65_536])).unwrap();
    }
    tokio::task::yield_now().await;
    socket.cut();
    socket.cut();
    soon(carrying).await.unwrap();
    assert!(outbox.is_closed());
}

#[actix_web::test]
async fn the_last_frame_reaches_a_peer_that_is_still_talking() {
    let (mut peer, _socket, outbox, carrying) = carried(LONG).await;
    outbox.close(Bytes::from("close"));
    peer.write_all(&[0; 100_000]).await.unwrap();
    assert_eq!(read_to_end(&mut peer).await, b"close");
    drop(peer);
    soon(carrying).await.unwrap();
}

#[actix_web::test]
async fn a_peer_that_stays_is_cut_after_the_farewell_whether_it_reads_or_not() {
    for unread in [0, 1_000] {
        let (_peer, _socket, outbox, carrying) = carried(Duration::from_millis(50)).await;
        for _ in 0..unread {
            outbox.try_send(Bytes::from(vec![0; 65_536])).unwrap();
        }
        let begun = Instant::now();
        outbox.close(Bytes::from("close"));
        soon(carrying).await.unwrap();
        assert!(begun.elapsed() >= Duration::from_millis(50));
    }
}

#[actix_web::test]
async fn an_abort_resets_the_connection() {
    let (mut peer, socket, outbox, carrying) = carried(LONG).await;
    outbox.try_send(Bytes::from(vec![0; 10 << 20])).unwrap();
    tokio::task::yield_now().await;
    socket.abort();
    drop(outbox);
    soon(carrying).await.unwrap();
    drop(socket);
    let error = soon(peer.read_to_end(&mut Vec::new())).await.unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
}

#[tokio::test]
async fn a_peer_has_left_once_it_has_ended_its_side_whatever_of_it_is_still_unread() {
    for reset in [false, true] {
        let (mut peer, ours) = connection().await;
        let socket = PeerSocket::new(ours);
        peer.write_all(b"unread").await.unwrap();
        assert!(!socket.has_left());
        if reset {
            peer.set_zero_linger().unwrap();
        }
        drop(peer);
        soon(async {
            while !socket.has_left() {
                tokio::task::yield_now().await;
            }
        })
        .await;
    }
}
