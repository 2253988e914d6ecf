//! Peers that send and disconnect without reading, like the gavage simulator.

use crate::{
    raw_client::{CLOSE, TEXT, connect, frame},
    server::TestServer,
};
use futures_util::future::join_all;
use std::{collections::BTreeSet, net::SocketAddr, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

const CLIENTS: usize = 200;
const DEADLINE: Duration = Duration::from_secs(20);

#[derive(Clone, Copy)]
enum Leave {
    CloseFrame,
    Fin,
    /// FIN after all data has arrived: a close with unread data makes the kernel discard what it has not sent yet.
    FinBehindData,
    Reset,
}

async fn leave(mut stream: TcpStream, how: Leave) {
    match how {
        Leave::CloseFrame => {
            let close = frame(CLOSE, &1000u16.to_be_bytes());
            stream.write_all(&close).await.unwrap();
        }
        // The welcome is still unread here, so this becomes a FIN or, just as often, a reset.
        Leave::Fin => {}
        Leave::FinBehindData => {
            stream.shutdown().await.unwrap();
            let _ = stream.read_to_end(&mut Vec::new()).await;
        }
        Leave::Reset => stream.set_zero_linger().unwrap(),
    }
}

async fn send_and_leave(address: SocketAddr, path: &str, payload: Vec<u8>, how: Leave) {
    let mut stream = connect(address, path).await.unwrap();
    stream.write_all(&frame(TEXT, &payload)).await.unwrap();
    leave(stream, how).await;
}

async fn hear(server: &mut TestServer, mut missing: BTreeSet<String>) -> BTreeSet<String> {
    let all = async {
        while !missing.is_empty() {
            let Some(message) = server.heard.recv().await else {
                break;
            };
            missing.remove(&message);
        }
    };
    let _ = timeout(DEADLINE, all).await;
    missing
}

#[actix_web::test]
async fn every_message_of_a_peer_that_leaves_at_once_is_received() {
    let mut server = TestServer::start();
    let modes = [Leave::CloseFrame, Leave::Fin];
    let names: Vec<_> = (0..CLIENTS).map(|n| format!("message {n}")).collect();
    let clients = names.iter().enumerate().map(|(n, name)| {
        send_and_leave(
            server.address,
            "/collect",
            name.clone().into_bytes(),
            modes[n % 2],
        )
    });
    join_all(clients).await;
    let missing = hear(&mut server, names.into_iter().collect()).await;
    assert!(missing.is_empty(), "{} lost: {missing:?}", missing.len());
    server.finish().await;
}

#[actix_web::test]
async fn peers_that_reset_do_not_disturb_those_that_say_goodbye() {
    let mut server = TestServer::start();
    let modes = [Leave::Reset, Leave::Fin, Leave::Reset, Leave::CloseFrame];
    let names: Vec<_> = (0..CLIENTS).map(|n| format!("message {n}")).collect();
    let clients = names.iter().enumerate().map(|(n, name)| {
        send_and_leave(
            server.address,
            "/collect",
            name.clone().into_bytes(),
            modes[n % 4],
        )
    });
    join_all(clients).await;
    let polite = names.into_iter().skip(1).step_by(2).collect();
    let missing = hear(&mut server, polite).await;
    assert!(missing.is_empty(), "{} lost: {missing:?}", missing.len());
    server.finish().await;
}

#[actix_web::test]
async fn a_frame_of_145_kb_is_received_whole_from_a_peer_that_leaves_behind_it() {
    let mut server = TestServer::start();
    let payload = |n: usize| format!("{n:08}").repeat(145_000 / 8);
    let messages: Vec<_> = (0..20).map(payload).collect();
    for message in &messages {
        send_and_leave(
            server.address,
            "/collect",
            message.clone().into_bytes(),
            Leave::FinBehindData,
        )
        .await;
    }
    let missing = hear(&mut server, messages.into_iter().collect()).await;
    assert!(missing.is_empty(), "{} lost", missing.len());
    server.finish().await;
}

#[actix_web::test]
async fn a_burst_of_small_messages_is_received_whole_from_a_peer_that_leaves_behind_it() {
    let mut server = TestServer::start();
    let names: Vec<_> = (0..5000)
        .map(|n| format!("reading number {n:06}"))
        .collect();
    let burst: Vec<u8> = names
        .iter()
        .flat_map(|name| frame(TEXT, name.as_bytes()))
        .collect();
    let mut stream = connect(server.address, "/collect").await.unwrap();
    stream.write_all(&burst).await.unwrap();
    leave(stream, Leave::FinBehindData).await;
    let missing = hear(&mut server, names.into_iter().collect()).await;
    assert!(missing.is_empty(), "{} lost", missing.len());
    server.finish().await;
}

#[actix_web::test]
async fn a_message_is_received_although_the_server_was_writing_when_the_peer_left() {
    let mut server = TestServer::start();
    let names: Vec<_> = (0..CLIENTS).map(|n| format!("message {n}")).collect();
    let clients = names.iter().map(|name| {
        send_and_leave(
            server.address,
            "/chatter",
            name.clone().into_bytes(),
            Leave::Fin,
        )
    });
    join_all(clients).await;
    let missing = hear(&mut server, names.into_iter().collect()).await;
    assert!(missing.is_empty(), "{} lost: {missing:?}", missing.len());
    server.finish().await;
}
