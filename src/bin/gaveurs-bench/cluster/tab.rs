//! A screen's tab that moves from one server to another with its position.

use anyhow::Context as _;
use futures_util::StreamExt;
use serde::Deserialize;
use std::{net::SocketAddr, time::Duration};
use tokio::{net::TcpStream, time::Instant};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async, tungstenite::Message};

#[derive(Deserialize)]
struct Head<'a> {
    r#type: &'a str,
    seq: Option<u64>,
    recovered: Option<bool>,
    epoch: Option<String>,
    to: Option<u64>,
}

pub struct Tab {
    number: u64,
    epoch: String,
    position: u64,
    socket: Option<WebSocketStream<MaybeTlsStream<TcpStream>>>,
    last_frame: Instant,
    pub silence: Duration,
    pub missed: u64,
    pub repeated: u64,
    pub frames: u64,
    /// How often it was told that it could not be told what it had missed.
    pub lost_place: u64,
}

impl Tab {
    pub async fn open(number: u64, address: SocketAddr) -> anyhow::Result<Self> {
        let mut tab = Tab {
            number,
            epoch: String::new(),
            position: 0,
            socket: None,
            last_frame: Instant::now(),
            silence: Duration::ZERO,
            missed: 0,
            repeated: 0,
            frames: 0,
            lost_place: 0,
        };
        tab.connect(address).await?;
        Ok(tab)
    }

    async fn connect(&mut self, address: SocketAddr) -> anyhow::Result<()> {
        let Tab { number, epoch, .. } = self;
        let mut url = format!("ws://{address}/ws/realtime/?sid=mesure{number}");
        if !epoch.is_empty() {
            url.push_str(&format!("&epoch={epoch}&last_seq={}", self.position));
        }
        let (socket, _) = connect_async(url).await.context("no server for a screen")?;
        self.socket = Some(socket);
        Ok(())
    }

    /// Takes the next frame. If the connection has ended, moves to the next of these servers that answers.
    pub async fn hear(&mut self, servers: &[SocketAddr]) {
        if let Some(socket) = &mut self.socket {
            match socket.next().await {
                Some(Ok(Message::Text(text))) => return self.take(&text),
                Some(Ok(_)) => return,
                _ => self.socket = None,
            }
        }
        for address in servers {
            if self.connect(*address).await.is_ok() {
                return;
            }
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }

    fn take(&mut self, text: &str) {
        let Ok(head) = serde_json::from_str::<Head>(text) else {
            return;
        };
        match (head.r#type, head.seq) {
            ("resume", _) => {
                if head.recovered != Some(true) {
                    self.lost_place += u64::from(!self.epoch.is_empty());
                    self.position = head.to.unwrap_or_default();
                }
                self.epoch = head.epoch.unwrap_or_default();
            }
            ("snapshot", _) | (_, None) => {}
            (_, Some(seq)) => {
                self.silence = self.silence.max(self.last_frame.elapsed());
                self.last_frame = Instant::now();
                self.frames += 1;
                if seq <= self.position {
                    self.repeated += 1;
                } else {
                    self.missed += seq - self.position - 1;
                    self.position = seq;
                }
            }
        }
    }
}
