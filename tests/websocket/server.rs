//! A server of the transport alone: one endpoint echoes, another records what it receives.

use actix_web::{App, HttpRequest, HttpResponse, dev::ServerHandle, rt, web};
use actix_web_actors::ws;
use bytes::Bytes;
use futures_util::{FutureExt, StreamExt};
use gaveurs::{
    domain::connection_limits::{ClientKey, ConnectionLimits},
    http::{
        connection_limiter::ConnectionLimiter,
        connections::HttpConnections,
        serving,
        upgrade::{Agreement, Offer},
    },
    websocket::{
        Arriving, Budget, Capacity, Inbound, InboundError, Incoming, Limits, Outbox, PeerSocket,
        Refused, SocketOptions, channel, encoder,
    },
};
use std::{
    net::{SocketAddr, TcpListener},
    time::Duration,
};
use tokio::{
    sync::{mpsc, watch},
    time::timeout,
};

/// The longest Autobahn message has 16 MiB.
const ECHO: Limits = Limits {
    max_frame: 16 << 20,
    max_message: 16 << 20,
};
pub const COLLECT: Limits = Limits {
    max_frame: 256 * 1024,
    max_message: 512 * 1024,
};
const CAPACITY: Capacity = Capacity {
    frames: 64,
    bytes: 1 << 20,
};
const OPTIONS: SocketOptions = SocketOptions {
    user_timeout: Some(Duration::from_secs(10)),
    send_buffer: None,
    nodelay: true,
};
const NO_LIMIT: ConnectionLimits = ConnectionLimits {
    in_all: usize::MAX,
    per_address: usize::MAX,
    per_user: usize::MAX,
    per_person: usize::MAX,
    handshakes: None,
};
const DEADLINE: Duration = Duration::from_secs(20);

pub struct TestServer {
    pub address: SocketAddr,
    pub heard: mpsc::UnboundedReceiver<String>,
    /// Connections that have not ended.
    open: watch::Sender<usize>,
    handle: ServerHandle,
}

/// Reports of the collecting endpoint to the test.
#[derive(Clone)]
struct Collector {
    heard: mpsc::UnboundedSender<String>,
    open: watch::Sender<usize>,
}

impl TestServer {
    pub fn start() -> Self {
        let (sender, heard) = mpsc::unbounded_channel();
        let open = watch::Sender::new(0);
        let collector = Collector {
            heard: sender,
            open: open.clone(),
        };
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let server = serving::serve(
            listener,
            1,
            OPTIONS,
            HttpConnections::default(),
            move || {
                App::new()
                    .app_data(web::Data::new(collector.clone()))
                    .route("/", web::get().to(echo))
                    .route("/collect", web::get().to(collect))
                    .route("/chatter", web::get().to(chatter))
                    .route("/flood", web::get().to(flood))
            },
        );
        let server = server.expect("it can listen");
        let handle = server.handle();
        rt::spawn(server);
        Self {
            address,
            heard,
            open,
            handle,
        }
    }

    /// Stops the server. Fails if a connection remains although every peer has left.
    pub async fn finish(self) {
        let mut open = self.open.subscribe();
        let none_open = timeout(DEADLINE, open.wait_for(|&open| open == 0));
        none_open
            .await
            .expect("a conversation remains")
            .expect("the sender is alive");
        self.handle.stop(false).await;
    }
}

/// One upgraded connection.
struct Conversation {
    inbound: Inbound<Arriving>,
    outbox: Outbox,
    peer: PeerSocket,
    collector: web::Data<Collector>,
}

impl Conversation {
    fn start(request: &HttpRequest, limits: Limits) -> actix_web::Result<(HttpResponse, Self)> {
        let mut response = ws::handshake(request)?.finish();
        let (outbox, outgoing) = channel(CAPACITY);
        let permit = ConnectionLimiter::new(NO_LIMIT)
            .acquire(ClientKey::default())
            .expect("there is room");
        Agreement { outgoing, permit }.seal(&mut response);
        let Offer { socket, early } = Offer::take(request).expect("an upgrade");
        let collector = request
            .app_data::<web::Data<Collector>>()
            .expect("set in the app")
            .clone();
        collector.open.send_modify(|open| *open += 1);
        let conversation = Self {
            inbound: Inbound::new(
                socket.arriving(early),
                limits,
                Budget::new(usize::MAX).share(),
            ),
            outbox,
            peer: socket,
            collector,
        };
        Ok((response, conversation))
    }

    async fn send(&self, frame: Bytes) {
        while self.outbox.try_send(frame.clone()) == Err(Refused::Full) {
            self.outbox.room().await;
        }
    }

    fn heard(&self, text: impl Into<String>) {
        let _ = self.collector.heard.send(text.into());
    }

    fn say_goodbye(&self, end: Result<Incoming, InboundError>) {
        match end {
            Ok(Incoming::Close(reason)) => {
                let code = reason.map_or(1005, |reason| reason.code.into());
                self.outbox.close(encoder::close(code, ""));
            }
            Err(InboundError::Violation(violation)) => {
                let frame = encoder::close(violation.close_code(), &violation.to_string());
                self.outbox.close(frame);
            }
            _ => {}
        }
    }

    fn end(self) {
        self.collector.open.send_modify(|open| *open -= 1);
    }
}

async fn echo(request: HttpRequest) -> actix_web::Result<HttpResponse> {
    let (response, mut conversation) = Conversation::start(&request, ECHO)?;
    rt::spawn(async move {
        while let Some(incoming) = conversation.inbound.next().await {
            match incoming {
                Ok(Incoming::Text(text)) => conversation.send(encoder::text(text.as_bytes())).await,
                Ok(Incoming::Binary(bytes)) => conversation.send(binary(&bytes)).await,
                Ok(Incoming::Ping(payload)) => conversation.send(encoder::pong(&payload)).await,
                Ok(Incoming::Pong(_)) => {}
                end => conversation.say_goodbye(end),
            }
        }
        conversation.end();
    });
    Ok(response)
}

/// Our server sends only text; the conformance suite needs binary messages echoed as binary.
fn binary(payload: &[u8]) -> Bytes {
    let mut frame = encoder::text(payload).to_vec();
    frame[0] = 0x82;
    Bytes::from(frame)
}

/// Like the simulators' endpoint: a welcome first, then an ack per message, to peers that may have left already.
async fn collect(request: HttpRequest) -> actix_web::Result<HttpResponse> {
    let (response, mut conversation) = Conversation::start(&request, COLLECT)?;
    rt::spawn(async move {
        let _ = conversation.outbox.try_send(encoder::text(b"welcome"));
        while let Some(incoming) = conversation.inbound.next().await {
            match incoming {
                Ok(Incoming::Text(text)) => {
                    let _ = conversation.outbox.try_send(encoder::text(b"ack"));
                    conversation.heard(text);
                }
                Ok(Incoming::Ping(_) | Incoming::Pong(_) | Incoming::Binary(_)) => {}
                end => conversation.say_goodbye(end),
            }
        }
        conversation.end();
    });
    Ok(response)
}

/// Reads while it sends continuously, so that a write may fail at any moment when the peer leaves.
async fn chatter(request: HttpRequest) -> actix_web::Result<HttpResponse> {
    let (response, mut conversation) = Conversation::start(&request, COLLECT)?;
    rt::spawn(async move {
        loop {
            let _ = conversation
                .outbox
                .try_send(encoder::text(b"and another thing"));
            rt::task::yield_now().await;
            match conversation.inbound.next().now_or_never() {
                Some(Some(Ok(Incoming::Text(text)))) => conversation.heard(text),
                Some(None) => break,
                _ => {}
            }
        }
        conversation.end();
    });
    Ok(response)
}

/// Sends until the peer's queue is full, and then cuts the connection.
async fn flood(request: HttpRequest) -> actix_web::Result<HttpResponse> {
    let (response, conversation) = Conversation::start(&request, COLLECT)?;
    rt::spawn(async move {
        let frame = encoder::text(&[b'x'; 10_000]);
        while conversation.outbox.try_send(frame.clone()).is_ok() {
            rt::task::yield_now().await;
        }
        conversation.heard("full");
        conversation.peer.cut();
        conversation.outbox.room().await;
        conversation.heard("gone");
        conversation.end();
    });
    Ok(response)
}
