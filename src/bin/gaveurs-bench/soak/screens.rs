//! Screens that connect, watch for a while, disconnect in one way or another, and reconnect as the same tab.

use super::{
    Crowd,
    position::{Position, SeqCheck},
    producers::age,
    tally::SharedTally,
};
use futures_util::StreamExt;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::{borrow::Cow, pin::pin, time::Duration};
use tokio::{
    net::TcpStream,
    time::{Instant, sleep, timeout, timeout_at},
};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async, tungstenite::Message};

const PATIENCE: Duration = Duration::from_secs(10);
/// Number of gaveurs in the feeds.
const GAVEURS: u64 = 200;

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

#[derive(Deserialize)]
struct Frame<'a> {
    #[serde(borrow)]
    r#type: Cow<'a, str>,
    seq: Option<u64>,
    epoch: Option<Cow<'a, str>>,
    recovered: Option<bool>,
    to: Option<u64>,
    skipped: Option<u64>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Meal {
    timestamp: jiff::Timestamp,
}

struct Screen {
    path: String,
    crowd: Crowd,
    tally: SharedTally,
    /// `None` before the first connection.
    position: Option<Position>,
}

/// Runs one screen until the run is stopped: every other screen is a supervisor's, the others are farmers'.
pub async fn watch(number: u64, crowd: Crowd, tally: SharedTally) {
    let tab = format!("{}{number}", crowd.prefix);
    let path = match number % 2 {
        0 => format!("/ws/realtime/?uid=soak-{number}&sid={tab}"),
        _ => format!("/ws/gaveur/{}?sid={tab}", 1 + number % GAVEURS),
    };
    let stopped = crowd.clone();
    let mut screen = Screen {
        path,
        crowd,
        tally,
        position: None,
    };
    let mut stop = pin!(stopped.stopped());
    let coming_and_going = async {
        loop {
            screen.visit().await;
            sleep(screen.crowd.stay.mul_f64(rand::random::<f64>() / 4.0)).await;
        }
    };
    tokio::select! {
        () = stop.as_mut() => {}
        () = coming_and_going => {}
    }
}

impl Screen {
    async fn visit(&mut self) {
        let mut url = format!("{}{}", self.crowd.server, self.path);
        if let Some(position) = &self.position {
            url += &format!("&epoch={}&last_seq={}", position.epoch, position.seq);
        }
        let Ok(Ok((mut socket, _))) = timeout(PATIENCE, connect_async(url)).await else {
            return;
        };
        self.open(true);
        let leave_at = Instant::now() + self.crowd.stay.mul_f64(0.2 + rand::random::<f64>());
        while let Ok(Some(Ok(message))) = timeout_at(leave_at, socket.next()).await {
            if let Message::Text(text) = message {
                self.see(&text);
            }
        }
        self.open(false);
        self.leave(socket).await;
    }

    fn open(&self, opens: bool) {
        let totals = &mut self.tally.borrow_mut().totals;
        totals.screens_opened += u64::from(opens);
        totals.screens_open = totals
            .screens_open
            .saturating_add_signed(if opens { 1 } else { -1 });
    }

    /// Half of the screens send Close and read the remaining frames; the others just disconnect.
    async fn leave(&mut self, mut socket: Socket) {
        if rand::random() && socket.close(None).await.is_ok() {
            while let Ok(Some(Ok(message))) = timeout(PATIENCE, socket.next()).await {
                if let Message::Text(text) = message {
                    self.see(&text);
                }
            }
        }
    }

    fn see(&mut self, text: &str) {
        let Ok(frame) = serde_json::from_str::<Frame<'_>>(text) else {
            log::warn!("a screen cannot read {text}");
            return;
        };
        match (&*frame.r#type, frame.seq) {
            ("resume", _) => self.resume(&frame),
            ("gap", _) => self.gap(&frame),
            // The state of the wall; the frames after it continue from its number.
            ("snapshot", _) | (_, None) => {}
            (kind, Some(seq)) => self.numbered(kind, seq, frame.data),
        }
    }

    fn resume(&mut self, frame: &Frame<'_>) {
        let recovered = frame.recovered.unwrap_or(false);
        if self.position.is_some() && !recovered {
            self.tally.borrow_mut().totals.not_resumed += 1;
        }
        let position = self.position.get_or_insert_default();
        position.resume(
            recovered,
            frame.epoch.as_deref().unwrap_or_default(),
            frame.to.unwrap_or(0),
        );
    }

    fn gap(&mut self, frame: &Frame<'_>) {
        self.tally.borrow_mut().totals.frames_skipped += frame.skipped.unwrap_or(0);
        self.position
            .get_or_insert_default()
            .gap(frame.to.unwrap_or(0));
    }

    fn numbered(&mut self, kind: &str, seq: u64, data: Option<&RawValue>) {
        let position = self.position.get_or_insert_default();
        let is_replayed = position.is_replayed(seq);
        let mut tally = self.tally.borrow_mut();
        tally.totals.frames_shown += 1;
        match position.frame(seq) {
            SeqCheck::Next => {}
            SeqCheck::After(missed) => tally.totals.frames_missed += missed,
            SeqCheck::Repeated => tally.totals.frames_repeated += 1,
        }
        let is_meal = matches!(kind, "gavage" | "gavage_realtime");
        let meal = data.filter(|_| is_meal && !is_replayed);
        if let Some(Ok(meal)) = meal.map(|data| serde_json::from_str::<Meal>(data.get())) {
            tally.deliveries.record(age(meal.timestamp));
        }
    }
}
