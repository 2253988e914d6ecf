//! A screen's tab that moves from one server to another with its position.

use super::place::Place;
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
    pub place: Place,
    socket: Option<WebSocketStream<MaybeTlsStream<TcpStream>>>,
    last_frame: Instant,
    pub silence: Duration,
    pub frames: u64,
}

impl Tab {
    pub async fn open(number: u64, address: SocketAddr) -> anyhow::Result<Self> {
        let mut tab = Tab {
            number,
            place: Place::default(),
            socket: None,
            last_frame: Instant::now(),
            silence: Duration::ZERO,
            frames: 0,
        };
        tab.connect(address).await?;
        Ok(tab)
    }

    async fn connect(&mut self, address: SocketAddr) -> anyhow::Result<()> {
        let (number, position) = (self.number, self.place.query());
        let url = format!("ws://{address}/ws/realtime/?sid=mesure{number}{position}");
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
                let (epoch, to) = (head.epoch.unwrap_or_default(), head.to.unwrap_or_default());
                self.place.resume(head.recovered == Some(true), epoch, to);
            }
            ("snapshot", _) | (_, None) => {}
            (_, Some(seq)) => {
                self.silence = self.silence.max(self.last_frame.elapsed());
                self.last_frame = Instant::now();
                self.frames += 1;
                self.place.number(seq);
            }
        }
    }
}
