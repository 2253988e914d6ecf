//! Quality stations that send one sample after the other, each until it is acked.

use super::{Crowd, tally::SharedTally};
use crate::station_load::frame;
use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use std::{pin::pin, time::Duration};
use tokio::{
    net::TcpStream,
    time::{MissedTickBehavior, interval, sleep, timeout},
};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async, tungstenite::Message};

/// Bytes of a sample.
const SIZE: usize = 21_000;
const PACE: Duration = Duration::from_secs(1);
/// Timeout for connecting and for an ack; after it the connection counts as dead.
const PATIENCE: Duration = Duration::from_secs(30);
const BEFORE_RECONNECTING: Duration = Duration::from_millis(500);

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

enum Answer {
    Acked,
    Refused,
    /// The server asks for the sample again later.
    Later,
}

struct Station {
    crowd: Crowd,
    tally: SharedTally,
    number: u32,
    sent: u64,
    /// The unacked sample.
    waiting: Option<String>,
}

/// Runs one station until the run is stopped.
pub async fn inspect(number: u32, crowd: Crowd, tally: SharedTally) {
    let stopped = crowd.clone();
    let mut station = Station {
        crowd,
        tally,
        number,
        sent: 0,
        waiting: None,
    };
    let mut stop = pin!(stopped.stopped());
    loop {
        tokio::select! {
            () = stop.as_mut() => break,
            () = station.until_lost() => station.tally.borrow_mut().totals.reconnections += 1,
        }
        tokio::select! {
            () = stop.as_mut() => break,
            () = sleep(BEFORE_RECONNECTING) => {}
        }
    }
    station.tally.borrow_mut().totals.samples_unanswered += u64::from(station.waiting.is_some());
}

impl Station {
    async fn until_lost(&mut self) {
        let url = format!("{}/ws/sensors/", self.crowd.server);
        let Ok(Ok((mut socket, _))) = timeout(PATIENCE, connect_async(url)).await else {
            return;
        };
        let mut ticks = interval(PACE);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let Ok(Some(answer)) = timeout(PATIENCE, self.send(&mut socket)).await else {
                return;
            };
            let mut tally = self.tally.borrow_mut();
            match answer {
                Answer::Acked => tally.totals.samples_acked += 1,
                Answer::Refused => tally.totals.samples_refused += 1,
                Answer::Later => continue,
            }
            self.waiting = None;
        }
    }

    /// Sends the sample and returns the server's answer; `None` if the connection is lost. Answers pings meanwhile.
    async fn send(&mut self, socket: &mut Socket) -> Option<Answer> {
        let (number, sent) = (self.number, &mut self.sent);
        let text = self.waiting.get_or_insert_with(|| {
            *sent += 1;
            let id = format!("{}{number}-{sent}", self.crowd.prefix);
            frame(&id, &format!("ESP32_LL_{number:04}"), SIZE)
        });
        socket.send(Message::text(text.as_str())).await.ok()?;
        loop {
            let Message::Text(text) = socket.next().await?.ok()? else {
                continue;
            };
            let answer: Value = serde_json::from_str(&text).ok()?;
            match answer["type"].as_str() {
                Some("ack") => return Some(Answer::Acked),
                Some("error") if answer["retry_after_ms"].is_null() => {
                    log::warn!("a sample is refused: {}", answer["error"]);
                    return Some(Answer::Refused);
                }
                Some("error") => return Some(Answer::Later),
                _ => {}
            }
        }
    }
}
