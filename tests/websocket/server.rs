//! A server made of nothing but the transport: one endpoint echoes, one collects what it hears.

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, dev::ServerHandle, rt, web};
use actix_web_actors::ws;
use bytes::Bytes;
use futures_util::StreamExt;
use gaveurs::websocket::{
    Capacity, Inbound, InboundError, Incoming, Limits, Outbox, PeerSocket, Refused, SocketOptions,
    channel, encoder,
};
use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::sync::mpsc;

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
const LINGER: Duration = Duration::from_secs(1);

pub struct TestServer {
    pub address: SocketAddr,
    pub heard: mpsc::UnboundedReceiver<String>,
    pub open: Arc<AtomicUsize>,
    handle: ServerHandle,
}

/// What the collecting endpoint tells the test.
#[derive(Clone)]
struct Collector {
    heard: mpsc::UnboundedSender<String>,
    open: Arc<AtomicUsize>,
}

impl TestServer {
    pub fn start() -> Self {
        let (sender, heard) = mpsc::unbounded_channel();
        let open = Arc::new(AtomicUsize::new(0));
        let collector = Collector {
            heard: sender,
            open: open.clone(),
        };
        let server = HttpServer::new(move || {
            App::new()
                .app_data(web::Data::new(collector.clone()))
                .route("/", web::get().to(echo))
                .route("/collect", web::get().to(collect))
                .route("/chatter", web::get().to(chatter))
        })
        .workers(1)
        .disable_signals()
        .client_disconnect_timeout(Duration::ZERO)
        .on_connect(PeerSocket::on_connect(SocketOptions {
            user_timeout: Some(Duration::from_secs(10)),
            send_buffer: None,
            nodelay: true,
        }))
        .bind(("127.0.0.1", 0))
        .expect("a free port");
        let address = server.addrs()[0];
        let server = server.run();
        let handle = server.handle();
        rt::spawn(server);
        Self {
            address,
            heard,
            open,
            handle,
        }
    }

    pub async fn stop(self) {
        self.handle.stop(false).await;
    }
}

type Messages = Inbound<web::Payload>;

fn upgrade(
    request: &HttpRequest,
    payload: web::Payload,
    limits: Limits,
) -> actix_web::Result<(HttpResponse, Messages, Outbox)> {
    let mut response = ws::handshake(request)?;
    let (outbox, body) = channel(CAPACITY);
    let peer = request.conn_data::<PeerSocket>().cloned();
    let inbound = Inbound::new(payload, limits, outbox.closed(), peer);
    Ok((response.streaming(body), inbound, outbox))
}

async fn echo(request: HttpRequest, payload: web::Payload) -> actix_web::Result<HttpResponse> {
    let (response, inbound, outbox) = upgrade(&request, payload, ECHO)?;
    let peer = request.conn_data::<PeerSocket>().cloned();
    rt::spawn(async move {
        echo_until_closed(inbound, &outbox).await;
        linger(peer).await;
    });
    Ok(response)
}

async fn echo_until_closed(mut inbound: Messages, outbox: &Outbox) {
    while let Some(incoming) = inbound.next().await {
        match incoming {
            Ok(Incoming::Text(text)) => send(outbox, encoder::text(text.as_bytes())).await,
            Ok(Incoming::Binary(bytes)) => send(outbox, binary(&bytes)).await,
            Ok(Incoming::Ping(payload)) => send(outbox, encoder::pong(&payload)).await,
            Ok(Incoming::Pong(_)) => {}
            end => say_goodbye(outbox, end),
        }
    }
}

/// The product sends text only; the conformance suite wants binary messages echoed as such.
fn binary(payload: &[u8]) -> Bytes {
    let mut frame = encoder::text(payload).to_vec();
    frame[0] = 0x82;
    Bytes::from(frame)
}

async fn send(outbox: &Outbox, frame: Bytes) {
    while outbox.try_send(frame.clone()) == Err(Refused::Full) {
        outbox.room().await;
    }
}

fn say_goodbye(outbox: &Outbox, end: Result<Incoming, InboundError>) {
    match end {
        Ok(Incoming::Close(reason)) => {
            let code = reason.map_or(1005, |reason| reason.code.into());
            outbox.close(encoder::close(code, ""));
        }
        Err(InboundError::Violation(violation)) => {
            let frame = encoder::close(violation.close_code(), &violation.to_string());
            outbox.close(frame);
        }
        _ => {}
    }
}

async fn linger(peer: Option<PeerSocket>) {
    if let Some(peer) = peer {
        peer.linger(LINGER).await;
    }
}

/// Like the endpoint of the simulators: a welcome first, then an ack per message, to peers that may not be there any more.
async fn collect(
    request: HttpRequest,
    payload: web::Payload,
    collector: web::Data<Collector>,
) -> actix_web::Result<HttpResponse> {
    let (response, mut inbound, outbox) = upgrade(&request, payload, COLLECT)?;
    let peer = request.conn_data::<PeerSocket>().cloned();
    let _ = outbox.try_send(encoder::text(b"welcome"));
    rt::spawn(async move {
        collector.open.fetch_add(1, Ordering::Relaxed);
        while let Some(incoming) = inbound.next().await {
            match incoming {
                Ok(Incoming::Text(text)) => {
                    let _ = outbox.try_send(encoder::text(b"ack"));
                    let _ = collector.heard.send(text);
                }
                Ok(Incoming::Ping(payload)) => send(&outbox, encoder::pong(&payload)).await,
                Ok(Incoming::Pong(_) | Incoming::Binary(_)) => {}
                end => say_goodbye(&outbox, end),
            }
        }
        drop(outbox);
        linger(peer).await;
        collector.open.fetch_sub(1, Ordering::Relaxed);
    });
    Ok(response)
}

/// Hears while it never stops talking, so that writing fails at any moment when the peer leaves.
async fn chatter(
    request: HttpRequest,
    payload: web::Payload,
    collector: web::Data<Collector>,
) -> actix_web::Result<HttpResponse> {
    let (response, mut inbound, outbox) = upgrade(&request, payload, COLLECT)?;
    rt::spawn(async move {
        while let Some(Ok(incoming)) = inbound.next().await {
            if let Incoming::Text(text) = incoming {
                let _ = collector.heard.send(text);
            }
        }
    });
    rt::spawn(async move {
        while outbox.try_send(encoder::text(b"and another thing")) != Err(Refused::Closed) {
            rt::task::yield_now().await;
        }
    });
    Ok(response)
}
