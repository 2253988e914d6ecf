//! A TCP line to the database that a test can cut or stall.

use std::net::SocketAddr;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
    task::JoinHandle,
};

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Line {
    To(SocketAddr),
    /// Bytes are swallowed.
    Stalled,
    /// Connections are ended, new ones at once.
    Cut,
}

pub struct Proxy {
    pub address: SocketAddr,
    line: watch::Sender<Line>,
    accepting: JoinHandle<()>,
}

impl Proxy {
    pub async fn start(target: SocketAddr) -> Self {
        Self::start_at("127.0.0.1:0".parse().unwrap(), target).await
    }

    /// In the place of an earlier one, whose address has refused connections since that was dropped.
    pub async fn start_at(address: SocketAddr, target: SocketAddr) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let line = watch::Sender::new(Line::To(target));
        let accepting = tokio::task::spawn_local(accept(listener, line.subscribe()));
        Proxy {
            address,
            line,
            accepting,
        }
    }

    /// A line to the database of this address, and the address that leads over it.
    pub async fn before(url: &str) -> (Self, String) {
        let proxy = Self::start(target_of(url)).await;
        let through = url.replace(host_of(url), &proxy.address.to_string());
        (proxy, through)
    }

    pub fn line(&self) -> Line {
        *self.line.borrow()
    }

    pub fn set(&self, line: Line) {
        self.line.send_replace(line);
    }
}

/// Where the database of this address listens.
pub fn target_of(url: &str) -> SocketAddr {
    let host = host_of(url).replace("localhost", "127.0.0.1");
    host.parse().unwrap()
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.set(Line::Cut);
        self.accepting.abort();
    }
}

/// Host and port of a database address.
fn host_of(url: &str) -> &str {
    let authority = url.split("://").nth(1).unwrap();
    let authority = authority.split(['/', '?']).next().unwrap();
    authority.split('@').next_back().unwrap()
}

async fn accept(listener: TcpListener, line: watch::Receiver<Line>) {
    while let Ok((client, _)) = listener.accept().await {
        tokio::task::spawn_local(connect(client, line.clone()));
    }
}

async fn connect(client: TcpStream, mut line: watch::Receiver<Line>) {
    let target = match line
        .wait_for(|line| *line != Line::Stalled)
        .await
        .as_deref()
    {
        Ok(Line::To(target)) => *target,
        _ => return,
    };
    let Ok(server) = TcpStream::connect(target).await else {
        return;
    };
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    tokio::select! {
        () = pump(from_client, to_server, line.clone()) => {}
        () = pump(from_server, to_client, line.clone()) => {}
        _ = line.wait_for(|line| *line == Line::Cut) => {}
    }
}

async fn pump(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut line: watch::Receiver<Line>) {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let Ok(count @ 1..) = from.read(&mut buffer).await else {
            return;
        };
        if line.wait_for(|line| *line != Line::Stalled).await.is_err() {
            return;
        }
        if to.write_all(&buffer[..count]).await.is_err() {
            return;
        }
    }
}
