//! A TCP balancer as it stands before several servers: round robin over those that say they are ready.

use futures_util::future::join_all;
use std::{
    cell::{Cell, RefCell},
    net::SocketAddr,
    rc::Rc,
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional},
    net::{TcpListener, TcpStream},
    task::{JoinHandle, spawn_local},
    time::{sleep, timeout},
};

/// How often each server is asked whether it is ready, and how long it may take to answer.
const CHECK_EVERY: Duration = Duration::from_millis(200);
const CHECK_PATIENCE: Duration = Duration::from_millis(500);

struct Backend {
    address: SocketAddr,
    is_ready: Cell<bool>,
}

#[derive(Default)]
struct Backends {
    all: RefCell<Vec<Rc<Backend>>>,
    next: Cell<usize>,
}

impl Backends {
    /// The addresses to try for a new connection, in their order: first the next one that is ready.
    fn in_turn(&self) -> Vec<SocketAddr> {
        let all = self.all.borrow();
        let first = self.next.replace(self.next.get().wrapping_add(1));
        let turned = (0..all.len()).map(|step| &all[(first + step) % all.len()]);
        let ready = turned.filter(|backend| backend.is_ready.get());
        ready.map(|backend| backend.address).collect()
    }
}

pub struct Balancer {
    pub address: SocketAddr,
    backends: Rc<Backends>,
    tasks: [JoinHandle<()>; 2],
}

impl Balancer {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let backends = Rc::<Backends>::default();
        let accepting = spawn_local(accept(listener, backends.clone()));
        let checking = spawn_local(check(backends.clone()));
        Balancer {
            address,
            backends,
            tasks: [accepting, checking],
        }
    }

    /// Sends connections to this server too, from now on for as long as it is ready.
    pub fn add(&self, address: SocketAddr) {
        let is_ready = Cell::new(true);
        let mut all = self.backends.all.borrow_mut();
        all.push(Rc::new(Backend { address, is_ready }));
    }

    /// Sends no further connections there.
    pub fn remove(&self, address: SocketAddr) {
        let mut all = self.backends.all.borrow_mut();
        all.retain(|backend| backend.address != address);
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

async fn check(backends: Rc<Backends>) {
    loop {
        sleep(CHECK_EVERY).await;
        let all = backends.all.borrow().clone();
        let asked = all.into_iter().map(|backend| async move {
            let is_ready = is_ready(backend.address).await;
            backend.is_ready.set(is_ready.is_some());
        });
        join_all(asked).await;
    }
}

/// Asks for its health, on a connection of its own.
async fn is_ready(address: SocketAddr) -> Option<()> {
    let asking = async {
        let mut stream = TcpStream::connect(address).await?;
        let question =
            format!("GET /health/ready HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        stream.write_all(question.as_bytes()).await?;
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).await?;
        std::io::Result::Ok(answer)
    };
    // Whoever is frozen takes the connection and does not answer.
    let answer = timeout(CHECK_PATIENCE, asking).await.ok()?.ok()?;
    answer.ends_with(b" 200").then_some(())
}

async fn accept(listener: TcpListener, backends: Rc<Backends>) {
    while let Ok((mut client, _)) = listener.accept().await {
        let addresses = backends.in_turn();
        spawn_local(async move {
            for address in addresses {
                if let Ok(mut server) = TcpStream::connect(address).await {
                    // Either side may end it.
                    let _ = copy_bidirectional(&mut client, &mut server).await;
                    return;
                }
            }
        });
    }
}
