//! Probes the server's health again and again, from its own thread.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};
use tokio::time::Instant;

const EVERY: Duration = Duration::from_millis(10);

pub struct HealthProbe {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Vec<Duration>>,
}

impl HealthProbe {
    pub fn start(address: SocketAddr) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let thread = std::thread::spawn(move || {
            let mut answers = Vec::new();
            while !stopped.load(Ordering::Acquire) {
                let asked = Instant::now();
                // A missing answer is recorded as the full timeout.
                let _ = ask(address);
                answers.push(asked.elapsed());
                std::thread::sleep(EVERY);
            }
            answers
        });
        HealthProbe { stop, thread }
    }

    /// The time that each answer took, shortest first.
    pub fn finish(self) -> Vec<Duration> {
        self.stop.store(true, Ordering::Release);
        let mut answers = self.thread.join().unwrap_or_default();
        answers.sort();
        answers
    }
}

fn ask(address: SocketAddr) -> std::io::Result<()> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    stream.write_all(b"GET /health/live HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n")?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    if answer.starts_with(b"HTTP/1.1 200") {
        Ok(())
    } else {
        Err(std::io::ErrorKind::InvalidData.into())
    }
}
