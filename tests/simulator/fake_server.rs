//! A fake `/ws/gavage` server that misbehaves as scripted, one connection after the other.

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::{WebSocketStream, accept_async, tungstenite::Message};

pub struct FakeServer {
    listener: TcpListener,
}

impl FakeServer {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        FakeServer { listener }
    }

    pub fn url(&self) -> String {
        format!("ws://{}/ws/gavage", self.listener.local_addr().unwrap())
    }

    /// Accepts the next connection and sends the welcome.
    pub async fn accept(&self) -> Connection {
        let (stream, _) = self.listener.accept().await.unwrap();
        let mut connection = Connection(accept_async(stream).await.unwrap());
        connection
            .send(json!({"type": "connection_established", "message": "welcome"}))
            .await;
        connection
    }

    /// Takes the next TCP connection and drops it before the handshake.
    pub async fn turn_away(&self) {
        self.listener.accept().await.unwrap();
    }
}

pub struct Connection(WebSocketStream<TcpStream>);

impl Connection {
    pub async fn send(&mut self, frame: Value) {
        self.0.send(Message::text(frame.to_string())).await.unwrap();
    }

    pub async fn next(&mut self) -> Option<Message> {
        self.0.next().await.and_then(Result::ok)
    }

    pub async fn ping(&mut self) {
        self.0
            .send(Message::Ping("are you there".into()))
            .await
            .unwrap();
    }

    /// The next reading; `None` if the client has closed.
    pub async fn reading(&mut self) -> Option<Value> {
        loop {
            match self.next().await? {
                Message::Text(text) => return Some(serde_json::from_str(&text).unwrap()),
                Message::Close(_) => return None,
                _ => {}
            }
        }
    }

    pub async fn ack(&mut self, reading: &Value) {
        self.send(
            json!({"type": "ack", "code_lot": reading["code_lot"], "jour": reading["jour"],
            "moment": reading["moment"], "status": "saved"}),
        )
        .await;
    }

    /// Reads this many readings, acking none of them, and returns their days.
    pub async fn hold(&mut self, count: usize) -> Vec<i64> {
        let mut days = Vec::new();
        for _ in 0..count {
            days.push(day(&self.reading().await.unwrap()));
        }
        days
    }

    /// Acks everything until the client closes, and returns the days.
    pub async fn serve(&mut self) -> Vec<i64> {
        let mut days = Vec::new();
        while let Some(reading) = self.reading().await {
            days.push(day(&reading));
            self.ack(&reading).await;
        }
        days
    }
}

pub fn day(reading: &Value) -> i64 {
    reading["jour"].as_i64().unwrap()
}
