//! A screen that asks and does not read, so that one sees the server leave it behind.

use futures_util::SinkExt;
use std::{net::SocketAddr, time::Duration};
use tokio::{
    net::{TcpSocket, TcpStream},
    time::{sleep, timeout},
};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{self, Message},
};

/// The answers to what it says fill the way to it: the server repeats the filters that it asks for.
const SAYS_EVERY: Duration = Duration::from_millis(60);
/// Of the blanks in its filters; a screen may send 16 KiB.
const PADDING: usize = 14 * 1024;
/// Small, so that unread frames pile up in the server and not in the kernel.
const RECEIVE_BUFFER: u32 = 4_096;
const PATIENCE: Duration = Duration::from_secs(5);
/// After it was cut it comes again.
const COMES_AGAIN: Duration = Duration::from_secs(2);

/// Runs until it is dropped. The key is that of somebody who may see the wall, on a server that asks for one.
pub async fn open(server: SocketAddr, key: Option<String>) {
    let key = key.map(|key| format!("&key={key}")).unwrap_or_default();
    let path = format!("/ws/realtime/?uid=ecran-lent{key}");
    loop {
        match stay(server, &path).await {
            Ok(()) => {}
            Err(error) => log::info!("the screen that does not read was cut: {error}"),
        }
        sleep(COMES_AGAIN).await;
    }
}

async fn stay(server: SocketAddr, path: &str) -> Result<(), tungstenite::Error> {
    let mut socket = connect(server, path).await?;
    let filters = format!("{{{}}}", " ".repeat(PADDING));
    let says = format!("{{\"type\":\"subscribe\",\"filters\":{filters}}}");
    loop {
        sleep(SAYS_EVERY).await;
        let sent = timeout(PATIENCE, socket.send(Message::text(says.clone()))).await;
        match sent {
            Ok(sent) => sent?,
            // The server does not read either, which ends with the connection.
            Err(_) => return Ok(()),
        }
    }
}

async fn connect(
    server: SocketAddr,
    path: &str,
) -> Result<WebSocketStream<TcpStream>, tungstenite::Error> {
    let socket = match server {
        SocketAddr::V4(_) => TcpSocket::new_v4(),
        SocketAddr::V6(_) => TcpSocket::new_v6(),
    }?;
    socket.set_recv_buffer_size(RECEIVE_BUFFER)?;
    let stream = socket.connect(server).await?;
    let (socket, _) = client_async(format!("ws://{server}{path}"), stream).await?;
    Ok(socket)
}
