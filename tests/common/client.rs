//! A WebSocket client whose waits have a deadline.

use super::server::DEADLINE;
use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use std::{net::SocketAddr, time::Duration};
use tokio::{
    net::{TcpSocket, TcpStream},
    time::timeout,
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, client_async_with_config, connect_async,
    tungstenite::{
        Error, Message, Utf8Bytes,
        client::IntoClientRequest,
        protocol::{CloseFrame, WebSocketConfig},
    },
};

pub struct Client {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Client {
    pub async fn connect(address: SocketAddr, path: &str) -> Self {
        Self::try_connect(address, path).await.unwrap()
    }

    /// The error of a refused handshake contains its status.
    pub async fn try_connect(address: SocketAddr, path: &str) -> Result<Self, Error> {
        let (socket, _) = timeout(DEADLINE, connect_async(format!("ws://{address}{path}")))
            .await
            .unwrap()?;
        Ok(Client { socket })
    }

    /// Connects as a proxy that names this client.
    pub async fn try_connect_for(
        client: &str,
        address: SocketAddr,
        path: &str,
    ) -> Result<Self, Error> {
        let mut request = format!("ws://{address}{path}").into_client_request()?;
        let named = client.parse().unwrap();
        request.headers_mut().insert("x-forwarded-for", named);
        let (socket, _) = timeout(DEADLINE, connect_async(request)).await.unwrap()?;
        Ok(Client { socket })
    }

    /// With a header in the handshake, as name and value.
    pub async fn with_header(
        address: SocketAddr,
        path: &str,
        (name, value): (&'static str, &str),
    ) -> Self {
        let mut request = format!("ws://{address}{path}")
            .into_client_request()
            .unwrap();
        request.headers_mut().insert(name, value.parse().unwrap());
        let (socket, _) = timeout(DEADLINE, connect_async(request))
            .await
            .unwrap()
            .unwrap();
        Client { socket }
    }

    /// A client with small buffers in the kernel and above, so that the server notices when it reads slowly.
    pub async fn with_small_buffers(address: SocketAddr, path: &str) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(16 * 1024).unwrap();
        let stream = socket.connect(address).await.unwrap();
        let config = WebSocketConfig::default().read_buffer_size(4 * 1024);
        let url = format!("ws://{address}{path}");
        let stream = MaybeTlsStream::Plain(stream);
        let (socket, _) = client_async_with_config(url, stream, Some(config))
            .await
            .unwrap();
        Client { socket }
    }

    pub async fn send(&mut self, text: impl ToString) {
        self.send_message(Message::text(text.to_string())).await;
    }

    pub async fn send_message(&mut self, message: Message) {
        self.try_send(message).await.unwrap();
    }

    /// The connection may have ended.
    pub async fn try_send(&mut self, message: Message) -> Result<(), Error> {
        self.socket.send(message).await
    }

    /// The next message of any kind; `None` at the end of the connection.
    pub async fn next_message(&mut self) -> Option<Message> {
        self.next_message_within(DEADLINE).await
    }

    pub async fn next_message_within(&mut self, deadline: Duration) -> Option<Message> {
        timeout(deadline, self.socket.next())
            .await
            .expect("nothing came within the deadline")?
            .ok()
    }

    /// The next text frame as JSON; skips protocol pings and pongs.
    pub async fn next(&mut self) -> Value {
        let text = self.next_text().await;
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
    }

    async fn next_text(&mut self) -> Utf8Bytes {
        let found = async {
            loop {
                match self.next_message().await {
                    Some(Message::Text(text)) => return text,
                    Some(Message::Ping(_) | Message::Pong(_)) => {}
                    other => panic!("a text frame was expected, not {other:?}"),
                }
            }
        };
        let in_time = timeout(DEADLINE, found).await;
        in_time.expect("a text frame within the deadline")
    }

    /// The bytes of the next text frame of this type.
    pub async fn next_text_of(&mut self, kind: &str) -> String {
        let begin = format!("{{\"type\":\"{kind}\"");
        loop {
            let text = self.next_text().await;
            if text.starts_with(&begin) {
                return text.to_string();
            }
        }
    }

    /// Sends a text and returns the next text frame.
    pub async fn ask(&mut self, text: impl ToString) -> Value {
        self.send(text).await;
        self.next().await
    }

    /// Waits until everything sent so far was read by the session.
    pub async fn settled(&mut self) {
        self.send_message(Message::Ping("settled?".into())).await;
        while self.next_message().await != Some(Message::Pong("settled?".into())) {}
    }

    /// The next text frame of this type; skips others.
    pub async fn next_of(&mut self, kind: &str) -> Value {
        self.next_of_either(kind, kind).await
    }

    /// The next frame of one of two types; the others are skipped.
    pub async fn next_of_either(&mut self, kind: &str, other: &str) -> Value {
        let found = async {
            loop {
                let frame = self.next().await;
                if frame["type"] == kind || frame["type"] == other {
                    return frame;
                }
            }
        };
        let in_time = timeout(DEADLINE, found).await;
        in_time.unwrap_or_else(|_| panic!("no {kind} within the deadline"))
    }

    /// The next `count` frames of this type.
    pub async fn take(&mut self, kind: &str, count: usize) -> Vec<Value> {
        let mut frames = Vec::with_capacity(count);
        while frames.len() < count {
            frames.push(self.next_of(kind).await);
        }
        frames
    }

    /// The positions in its stream of every frame up to the `meals`-th meal of a gaveur, whose lots also begin.
    pub async fn positions(&mut self, meals: usize) -> Vec<u64> {
        let (mut seqs, mut seen) = (Vec::new(), 0);
        while seen < meals {
            let frame = self.next().await;
            seen += usize::from(frame["type"] == "gavage");
            seqs.extend(frame["seq"].as_u64());
        }
        seqs
    }

    /// Every text frame of this type that was sent before the answer to a heartbeat.
    pub async fn so_far(&mut self, kind: &str) -> Vec<Value> {
        self.send(r#"{"type":"heartbeat"}"#).await;
        self.until("heartbeat_ack", kind).await
    }

    /// Every text frame of this type about what was acked until now. The supervisor confirms a filter, and does so behind what it has to
    /// publish; a heartbeat is answered by the session, which may be ahead of it. Takes the filter of this screen away.
    pub async fn published(&mut self, kind: &str) -> Vec<Value> {
        self.send(r#"{"type":"subscribe","filters":{}}"#).await;
        self.until("subscribe_ack", kind).await
    }

    async fn until(&mut self, end: &str, kind: &str) -> Vec<Value> {
        let mut frames = Vec::new();
        loop {
            let frame = self.next().await;
            if frame["type"] == end {
                return frames;
            }
            if frame["type"] == kind {
                frames.push(frame);
            }
        }
    }

    /// Waits for the end of the connection; returns the server's Close frame, if there was one.
    pub async fn ended(&mut self) -> Option<CloseFrame> {
        loop {
            match self.next_message().await {
                Some(Message::Close(frame)) => return frame,
                Some(_) => {}
                None => return None,
            }
        }
    }

    pub async fn close(mut self) {
        // Ignores the error: the server may have closed first.
        let _ = self.socket.close(None).await;
        while self.next_message().await.is_some() {}
    }

    /// Drops the TCP connection without a Close frame.
    pub fn vanish(self) {
        drop(self);
    }
}
