//! Reads the server's own metrics.

use std::time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

/// Values of `/metrics` at one moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ServerFigures {
    transactions: f64,
    readings: f64,
    /// Resident memory, bytes.
    pub memory: Option<u64>,
    /// Open descriptors.
    pub open_files: Option<u64>,
}

/// A server that takes longer to answer counts as dead.
const PATIENCE: Duration = Duration::from_secs(10);

impl ServerFigures {
    /// Reads the metrics of the server with this WebSocket address.
    pub async fn ask(url: &str) -> Option<Self> {
        timeout(PATIENCE, Self::answer(url)).await.ok()?
    }

    async fn answer(url: &str) -> Option<Self> {
        let request = url.into_client_request().ok()?;
        let host = request.uri().authority()?.as_str();
        let mut stream = TcpStream::connect(host).await.ok()?;
        let question =
            format!("GET /metrics HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        stream.write_all(question.as_bytes()).await.ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.ok()?;
        Self::parse(&answer)
    }

    fn parse(metrics: &str) -> Option<Self> {
        let sample = |name: &str| -> Option<f64> {
            let mut values = metrics.lines().filter_map(|line| line.strip_prefix(name));
            values.next()?.trim().parse().ok()
        };
        Some(ServerFigures {
            transactions: sample("gaveurs_batch_size_count ")?,
            readings: sample("gaveurs_batch_size_sum ")?,
            memory: sample("process_resident_memory_bytes ").map(|bytes| bytes as u64),
            open_files: sample("process_open_fds ").map(|files| files as u64),
        })
    }

    /// Readings and transactions committed since `before`.
    pub fn batches_since(self, before: Self) -> (f64, f64) {
        (
            self.readings - before.readings,
            self.transactions - before.transactions,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_did_is_the_difference_of_two_looks() {
        let at = |count: u32, sum: u32| {
            ServerFigures::parse(&format!(
                "# TYPE gaveurs_batch_size histogram\ngaveurs_batch_size_sum {sum}.0\ngaveurs_batch_size_count {count}\nprocess_resident_memory_bytes 4096\n"
            ))
        };
        let (before, after) = (at(10, 100).unwrap(), at(12, 150).unwrap());
        assert_eq!(after.batches_since(before), (50.0, 2.0));
        assert_eq!(after.memory, Some(4096));
        assert_eq!(ServerFigures::parse("HTTP/1.1 404 Not Found"), None);
    }
}
