//! A TCP proxy in front of a server that a test can cut or stall.

use std::{
    io,
    net::SocketAddr,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, split},
    net::{TcpListener, TcpStream, UnixStream},
    sync::watch,
    task::JoinHandle,
};

/// Where a server listens.
#[derive(Debug, Clone, PartialEq)]
pub enum Target {
    Tcp(SocketAddr),
    Unix(PathBuf),
}

impl From<SocketAddr> for Target {
    fn from(address: SocketAddr) -> Self {
        Target::Tcp(address)
    }
}

pub trait Stream: AsyncRead + AsyncWrite + Unpin {}

impl<T: AsyncRead + AsyncWrite + Unpin> Stream for T {}

impl Target {
    pub async fn connect(&self) -> io::Result<Box<dyn Stream>> {
        Ok(match self {
            Target::Tcp(address) => Box::new(TcpStream::connect(address).await?),
            Target::Unix(path) => Box::new(UnixStream::connect(path).await?),
        })
    }
}

#[derive(Debug, Clone, PartialEq)]
pub enum Line {
    To(Target),
    /// Data is discarded.
    Stalled,
    /// Existing connections are closed, new ones at once.
    Cut,
}

/// What happens to existing connections.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Fate {
    /// All data on them is discarded for ever, as by a firewall that has lost their state.
    Forgotten,
    /// They are closed as soon as one side sends.
    EndedWhenUsed,
}

/// Connections up to this number have the fate.
#[derive(Debug, Clone, Copy)]
struct Doom {
    last: u64,
    fate: Fate,
}

/// What a connection obeys.
#[derive(Clone)]
struct Orders {
    number: u64,
    line: watch::Receiver<Line>,
    doom: watch::Receiver<Doom>,
}

impl Orders {
    /// Waits until the line is not stalled.
    async fn flows(&mut self) -> Option<Line> {
        let line = self.line.wait_for(|line| *line != Line::Stalled).await;
        line.as_deref().ok().cloned()
    }

    fn fate(&self) -> Option<Fate> {
        let doom = *self.doom.borrow();
        (self.number <= doom.last).then_some(doom.fate)
    }
}

pub struct Proxy {
    pub address: SocketAddr,
    line: watch::Sender<Line>,
    doom: watch::Sender<Doom>,
    born: Arc<AtomicU64>,
    accepting: JoinHandle<()>,
}

impl Proxy {
    pub async fn start(target: impl Into<Target>) -> Self {
        Self::start_at("127.0.0.1:0".parse().unwrap(), target.into()).await
    }

    /// Replaces an earlier proxy, whose address has refused connections since it was dropped.
    pub async fn start_at(address: SocketAddr, target: Target) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let line = watch::Sender::new(Line::To(target));
        let doom = watch::Sender::new(Doom {
            last: 0,
            fate: Fate::Forgotten,
        });
        let born = Arc::new(AtomicU64::new(0));
        let orders = Orders {
            number: 0,
            line: line.subscribe(),
            doom: doom.subscribe(),
        };
        let accepting = accept(listener, orders, born.clone());
        let accepting = tokio::task::spawn_local(accepting);
        Proxy {
            address,
            line,
            doom,
            born,
            accepting,
        }
    }

    /// A proxy for the database with this address, and the address that leads through the proxy.
    pub async fn before(url: &str) -> (Self, String) {
        let proxy = Self::start(target_of(url)).await;
        let through = through(url, proxy.address);
        (proxy, through)
    }

    pub fn line(&self) -> Line {
        self.line.borrow().clone()
    }

    pub fn set(&self, line: Line) {
        self.line.send_replace(line);
    }

    /// Existing connections pass no more data, and neither side is informed.
    pub fn forget(&self) {
        self.doom(Fate::Forgotten);
    }

    /// Existing connections are closed as soon as one side sends.
    pub fn end_when_used(&self) {
        self.doom(Fate::EndedWhenUsed);
    }

    fn doom(&self, fate: Fate) {
        let last = self.born.load(Ordering::Relaxed);
        self.doom.send_replace(Doom { last, fate });
    }
}

/// Where the server of this database listens.
pub fn target_of(url: &str) -> Target {
    let host = host_of(url).replace("%2F", "/");
    if host.starts_with('/') {
        return Target::Unix(PathBuf::from(host).join(".s.PGSQL.5432"));
    }
    Target::Tcp(host.replace("localhost", "127.0.0.1").parse().unwrap())
}

/// The address of this database behind a proxy.
pub fn through(url: &str, proxy: SocketAddr) -> String {
    url.replace(host_of(url), &proxy.to_string())
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

async fn accept(listener: TcpListener, orders: Orders, born: Arc<AtomicU64>) {
    while let Ok((client, _)) = listener.accept().await {
        let number = born.fetch_add(1, Ordering::Relaxed) + 1;
        let orders = Orders {
            number,
            ..orders.clone()
        };
        tokio::task::spawn_local(connect(client, orders));
    }
}

async fn connect(client: TcpStream, mut orders: Orders) {
    let Some(Line::To(target)) = orders.flows().await else {
        return;
    };
    let Ok(server) = target.connect().await else {
        return;
    };
    let (from_client, to_client) = split(client);
    let (from_server, to_server) = split(server);
    tokio::select! {
        () = pump(from_client, to_server, orders.clone()) => {}
        () = pump(from_server, to_client, orders.clone()) => {}
        _ = orders.line.wait_for(|line| *line == Line::Cut) => {}
    }
}

async fn pump(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut orders: Orders,
) {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let read = from.read(&mut buffer).await;
        if orders.fate() == Some(Fate::Forgotten) {
            return std::future::pending().await;
        }
        let Ok(count @ 1..) = read else {
            return;
        };
        if orders.fate() == Some(Fate::EndedWhenUsed) {
            return;
        }
        if orders.flows().await.is_none() {
            return;
        }
        if to.write_all(&buffer[..count]).await.is_err() {
            return;
        }
    }
}
