//! Stations over WebSocket, each sending at its own pace without waiting for acks.

use crate::latency::Latencies;
use anyhow::{Context, bail};
use futures_util::{SinkExt, StreamExt, future::try_join_all};
use gaveurs::simulator::sqal::foie::{Foies, Label};
use jiff::Timestamp;
use serde_json::json;
use std::{collections::VecDeque, time::Duration};
use tokio::{
    net::TcpStream,
    time::{Instant, MissedTickBehavior, interval_at, sleep, timeout},
};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async, tungstenite::Message};

/// How long to wait for the last acks.
const LAST_ACKS: Duration = Duration::from_secs(30);
/// A number of a histogram, in the stations' format.
const NUMBER: f64 = 0.188_714_702_663_619_14;

#[derive(Debug, Clone)]
pub struct StationLoad {
    /// Address of `/ws/sensors/`.
    pub url: String,
    pub stations: u32,
    /// Size of a frame, bytes.
    pub bytes: usize,
    /// Time from one frame of a station to the next.
    pub pace: Duration,
    pub duration: Duration,
}

/// Result of a load.
#[derive(Debug, Default)]
pub struct StationLoadResult {
    pub sent: u64,
    pub acked: u64,
    pub bytes: u64,
    pub elapsed: Duration,
    /// Time from sending a frame to its ack.
    pub latencies: Latencies,
}

impl StationLoad {
    /// # Errors
    /// A connection fails, or the server refuses a sample.
    pub async fn run(&self) -> anyhow::Result<StationLoadResult> {
        let begun = Instant::now();
        let stations = (0..self.stations).map(|index| self.station(index));
        let mut outcome = StationLoadResult::default();
        for station in try_join_all(stations).await? {
            outcome.sent += station.sent;
            outcome.acked += station.acked;
            outcome.bytes += station.bytes;
            outcome.latencies.merge(&station.latencies);
        }
        outcome.elapsed = begun.elapsed();
        Ok(outcome)
    }

    /// The starts of the stations are spread over one pace.
    async fn station(&self, index: u32) -> anyhow::Result<StationLoadResult> {
        let connected = connect_async(&self.url).await;
        let (mut socket, _) =
            connected.with_context(|| format!("there is no server at {}", self.url))?;
        let device_id = format!("ESP32_LL_{index:04}");
        let template = frame("@", &device_id, self.bytes);
        let run = rand::random::<u32>();
        sleep(self.pace * index / self.stations).await;
        let until = Instant::now() + self.duration;
        let mut ticks = interval_at(Instant::now(), self.pace);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
        let (mut outcome, mut under_way) = (StationLoadResult::default(), VecDeque::new());
        while Instant::now() < until {
            tokio::select! {
                _ = ticks.tick() => {
                    let id = format!("\"B-{run}-{index}-{}\"", outcome.sent);
                    let text = template.replacen("\"@\"", &id, 1);
                    outcome.sent += 1;
                    outcome.bytes += text.len() as u64;
                    under_way.push_back(Instant::now());
                    socket.send(Message::text(text)).await?;
                }
                acked = is_acked(&mut socket) => note(acked?, &mut under_way, &mut outcome),
            }
        }
        let last = async {
            while !under_way.is_empty() {
                note(is_acked(&mut socket).await?, &mut under_way, &mut outcome);
            }
            anyhow::Ok(())
        };
        timeout(LAST_ACKS, last)
            .await
            .context("the last acks do not come")??;
        socket.close(None).await?;
        Ok(outcome)
    }
}

fn note(acked: bool, under_way: &mut VecDeque<Instant>, outcome: &mut StationLoadResult) {
    if let Some(sent) = acked.then(|| under_way.pop_front()).flatten() {
        outcome.acked += 1;
        outcome.latencies.record(sent.elapsed());
    }
}

/// True if the next frame is an ack; false for the welcome and pings.
async fn is_acked(socket: &mut WebSocketStream<MaybeTlsStream<TcpStream>>) -> anyhow::Result<bool> {
    match socket.next().await {
        Some(Ok(Message::Text(text))) if text.starts_with(r#"{"type":"ack""#) => Ok(true),
        Some(Ok(Message::Text(text))) if text.starts_with(r#"{"type":"error""#) => {
            bail!("the server does not take a sample: {text}")
        }
        Some(Ok(Message::Close(_))) | None => bail!("the server closed the connection"),
        Some(Ok(_)) => Ok(false),
        Some(Err(error)) => Err(error.into()),
    }
}

/// A simulated sample, padded to its size with histograms as in large real frames.
pub fn frame(sample_id: &str, device_id: &str, bytes: usize) -> String {
    let label = Label {
        sample_id,
        device_id,
        code_lot: "LL0000000",
        at: Timestamp::now(),
    };
    let mut frame = Foies::of_lot(7, device_id).next_frame(label);
    let missing = bytes.saturating_sub(frame.to_string().len());
    let numbers = missing / (NUMBER.to_string().len() + 1);
    frame["vl53l8ch"]["bins_analysis"] = json!({"histograms": vec![NUMBER; numbers]});
    frame.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_has_the_size_that_is_asked_for() {
        for bytes in [21_000, 145_000] {
            let size = frame("S", "ESP32_LL_01", bytes).len();
            assert!(size.abs_diff(bytes) < 200, "{size} for {bytes}");
        }
    }
}
