//! Producers over WebSocket, each with a number of frames under way.

use super::{feed::Feed, latency::Latencies};
use crate::protocol::frames;
use anyhow::{Context, bail};
use futures_util::{SinkExt, StreamExt, future::try_join_all, stream::FusedStream};
use std::{collections::VecDeque, time::Duration};
use tokio::{net::TcpStream, time::Instant};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async, tungstenite::Message};

#[derive(Debug, Clone)]
pub struct Load {
    pub url: String,
    pub producers: u64,
    /// Frames that a producer sends before it waits for an ack.
    pub window: usize,
    /// Readings in a frame.
    pub batch: usize,
    pub duration: Duration,
    pub first_lot: u64,
}

/// What came back.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Readings.
    pub acked: u64,
    pub elapsed: Duration,
    /// From the sending of a frame to its ack.
    pub latencies: Latencies,
}

impl Outcome {
    pub fn rate(&self) -> f64 {
        self.acked as f64 / self.elapsed.as_secs_f64()
    }
}

impl Load {
    /// # Errors
    /// A connection that cannot be made or is lost, or a reading that the server does not take.
    pub async fn run(&self) -> anyhow::Result<Outcome> {
        let connecting = (0..self.producers).map(|number| Producer::connect(self, number));
        let producers = try_join_all(connecting).await?;
        let begun = Instant::now();
        let running = producers
            .into_iter()
            .map(|producer| producer.run(begun + self.duration));
        let mut outcome = Outcome::default();
        for (acked, latencies) in try_join_all(running).await? {
            outcome.acked += acked;
            outcome.latencies.merge(&latencies);
        }
        outcome.elapsed = begun.elapsed();
        Ok(outcome)
    }
}

struct Producer {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    feed: Feed,
    window: usize,
    batch: usize,
    under_way: VecDeque<Instant>,
}

impl Producer {
    async fn connect(load: &Load, number: u64) -> anyhow::Result<Self> {
        let connected = connect_async(&load.url).await;
        let (socket, _) =
            connected.with_context(|| format!("there is no server at {}", load.url))?;
        Ok(Producer {
            socket,
            feed: Feed::new(number, load.producers, load.first_lot),
            window: load.window,
            batch: load.batch,
            under_way: VecDeque::new(),
        })
    }

    async fn run(mut self, until: Instant) -> anyhow::Result<(u64, Latencies)> {
        let (mut acked, mut latencies) = (0, Latencies::default());
        loop {
            while Instant::now() < until && self.under_way.len() < self.window {
                let frame = self.next_frame();
                self.under_way.push_back(Instant::now());
                self.socket.feed(frame).await?;
            }
            if self.under_way.is_empty() {
                self.socket.close(None).await?;
                return Ok((acked, latencies));
            }
            self.socket.flush().await?;
            if self.is_acked().await? {
                if let Some(sent) = self.under_way.pop_front() {
                    latencies.record(sent.elapsed());
                }
                acked += self.batch as u64;
            }
        }
    }

    fn next_frame(&mut self) -> Message {
        let readings = self.feed.by_ref().take(self.batch);
        let texts: Vec<_> = readings
            .map(|reading| String::from_utf8_lossy(&frames::reading_data(&reading)).into_owned())
            .collect();
        match texts.as_slice() {
            [single] => Message::text(single.as_str()),
            many => Message::text(format!("[{}]", many.join(","))),
        }
    }

    /// Whether the next frame is an ack; the welcome and pings are not.
    async fn is_acked(&mut self) -> anyhow::Result<bool> {
        if self.socket.is_terminated() {
            bail!("the server closed the connection");
        }
        match self.socket.next().await {
            Some(Ok(Message::Text(text))) if text.starts_with(r#"{"type":"ack""#) => Ok(true),
            Some(Ok(Message::Text(text))) if text.starts_with(r#"{"type":"error""#) => {
                bail!("the server refused a reading: {text}")
            }
            Some(Ok(Message::Close(_))) | None => bail!("the server closed the connection"),
            Some(Ok(_)) => Ok(false),
            Some(Err(error)) => Err(error).context("the connection was lost"),
        }
    }
}
