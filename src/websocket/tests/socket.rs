use crate::websocket::{PeerSocket, SocketOptions};
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::{Instant, timeout},
};

pub(super) const OPTIONS: SocketOptions = SocketOptions {
    user_timeout: Some(Duration::from_secs(7)),
    send_buffer: Some(32 * 1024),
    nodelay: true,
};
const DEADLINE: Duration = Duration::from_secs(10);

/// Both ends of a connection: the peer's, the server's.
pub(super) async fn connection() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let peer = TcpStream::connect(listener.local_addr().unwrap())
        .await
        .unwrap();
    (peer, listener.accept().await.unwrap().0)
}

#[tokio::test]
async fn options_are_set_on_the_socket_of_the_connection() {
    let (_peer, ours) = connection().await;
    let _handle = PeerSocket::duplicate(&ours, OPTIONS).unwrap();
    let socket = socket2::SockRef::from(&ours);
    assert_eq!(socket.tcp_user_timeout().unwrap(), OPTIONS.user_timeout);
    assert!(socket.tcp_nodelay().unwrap());
    assert_eq!(
        socket.send_buffer_size().unwrap(),
        2 * 32 * 1024,
        "Linux doubles it"
    );
}

#[tokio::test]
async fn cutting_ends_both_sides_while_the_other_handle_is_open() {
    let (mut peer, mut ours) = connection().await;
    let handle = PeerSocket::duplicate(&ours, OPTIONS).unwrap();
    handle.cut();
    handle.cut();
    assert_eq!(
        timeout(DEADLINE, peer.read(&mut [0]))
            .await
            .unwrap()
            .unwrap(),
        0
    );
    assert!(ours.write_all(b"too late").await.is_err());
}

#[tokio::test]
async fn a_writer_stuck_on_a_peer_that_never_reads_is_freed_by_a_cut() {
    let (_peer, mut ours) = connection().await;
    let handle = PeerSocket::duplicate(&ours, OPTIONS).unwrap();
    let writing = tokio::spawn(async move { while ours.write_all(&[0; 65_536]).await.is_ok() {} });
    tokio::task::yield_now().await;
    handle.cut();
    timeout(DEADLINE, writing).await.unwrap().unwrap();
}

#[tokio::test]
async fn lingering_ends_when_the_peer_leaves() {
    let (mut peer, ours) = connection().await;
    let handle = PeerSocket::duplicate(&ours, OPTIONS).unwrap();
    let lingering = tokio::spawn(handle.linger(Duration::from_secs(3600)));
    drop(ours);
    peer.write_all(&[0; 100_000]).await.unwrap();
    drop(peer);
    timeout(DEADLINE, lingering).await.unwrap().unwrap();
}

#[tokio::test]
async fn lingering_cuts_a_peer_that_stays() {
    let (mut peer, ours) = connection().await;
    let handle = PeerSocket::duplicate(&ours, OPTIONS).unwrap();
    let started = Instant::now();
    handle.linger(Duration::from_millis(50)).await;
    assert!(started.elapsed() >= Duration::from_millis(50));
    assert_eq!(
        timeout(DEADLINE, peer.read(&mut [0]))
            .await
            .unwrap()
            .unwrap(),
        0
    );
}
