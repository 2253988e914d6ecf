//! Producers over WebSocket, each with a window of unacked frames.

use crate::{feed::Feed, latency::Latencies};
use anyhow::{Context, bail};
use futures_util::{SinkExt, StreamExt, future::try_join_all, stream::FusedStream};
use gaveurs::protocol::frames;
use std::{collections::VecDeque, time::Duration};
use tokio::{
    net::TcpStream,
    time::{Instant, sleep_until},
};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async, tungstenite::Message};

#[derive(Debug, Clone)]
pub struct Load {
    pub url: String,
    pub producers: u64,
    /// Frames that a producer sends before it waits for an ack.
    pub window: usize,
    /// Readings in a frame.
    pub batch: usize,
    /// Readings a second of all producers together; `None`: as many as their windows allow.
    pub rate: Option<u32>,
    pub duration: Duration,
    pub first_lot: u64,
}

/// Result of a load.
#[derive(Debug, Default)]
pub struct LoadResult {
    /// Readings.
    pub acked: u64,
    pub elapsed: Duration,
    /// Time from sending a frame to its ack.
    pub latencies: Latencies,
}

impl LoadResult {
    pub fn rate(&self) -> f64 {
        self.acked as f64 / self.elapsed.as_secs_f64()
    }

    pub fn merge(&mut self, later: &LoadResult) {
        self.acked += later.acked;
        self.elapsed += later.elapsed;
        self.latencies.merge(&later.latencies);
    }
}

impl Load {
    /// # Errors
    /// A connection fails, or the server refuses a reading.
    pub async fn run(&self) -> anyhow::Result<LoadResult> {
        let connecting = (0..self.producers).map(|number| Producer::connect(self, number));
        let producers = try_join_all(connecting).await?;
        let begun = Instant::now();
        let until = begun + self.duration;
        let running = (0..)
            .zip(producers)
            .map(|(number, producer)| producer.run(self.pace(begun, number), until));
        let mut outcome = LoadResult::default();
        for (acked, latencies) in try_join_all(running).await? {
            outcome.acked += acked;
            outcome.latencies.merge(&latencies);
        }
        outcome.elapsed = begun.elapsed();
        Ok(outcome)
    }
}

impl Load {
    /// The pace of the producer with this number: the producers' starts are spread over one interval between frames.
    fn pace(&self, begun: Instant, number: u32) -> Pace {
        let interval = self.rate.map(|rate| {
            let frames = f64::from(rate) / self.batch as f64 / self.producers as f64;
            Duration::from_secs_f64(1.0 / frames)
        });
        let interval = interval.unwrap_or_default();
        Pace {
            due: begun + interval * number / u32::try_from(self.producers).unwrap_or(u32::MAX),
            interval,
        }
    }
}

/// When a producer sends next. A delayed producer catches up.
struct Pace {
    due: Instant,
    interval: Duration,
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

    async fn run(mut self, mut pace: Pace, until: Instant) -> anyhow::Result<(u64, Latencies)> {
        let (mut acked, mut latencies) = (0, Latencies::default());
        loop {
            while self.may_send(until) && pace.due <= Instant::now() {
                let frame = self.next_frame();
                self.under_way.push_back(Instant::now());
                self.socket.feed(frame).await?;
                pace.due += pace.interval;
            }
            let sends_later = self.may_send(until);
            if self.under_way.is_empty() && !sends_later {
                self.socket.close(None).await?;
                return Ok((acked, latencies));
            }
            self.socket.flush().await?;
            let is_acked = tokio::select! {
                is_acked = self.is_acked() => is_acked?,
                () = sleep_until(pace.due.min(until)), if sends_later => false,
            };
            if is_acked {
                if let Some(sent) = self.under_way.pop_front() {
                    latencies.record(sent.elapsed());
                }
                acked += self.batch as u64;
            }
        }
    }

    fn may_send(&self, until: Instant) -> bool {
        self.under_way.len() < self.window && Instant::now() < until
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

    /// True if the next frame is an ack; false for the welcome and pings.
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
