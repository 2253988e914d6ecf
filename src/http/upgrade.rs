//! WebSocket requests: the application answers them like any other. If it accepts, the socket leaves the HTTP layer, whose buffers and
//! state are freed.
//!
//! A handler finds the [`Offer`] in its request, starts the session on it, and puts an [`Agreement`] into its response.

use super::connection_limiter::ConnectionPermit;
use crate::websocket::{Outgoing, PeerSocket};
use actix_codec::{Encoder, Framed};
use actix_http::{ConnectionType, Request, Response, body::BodySize, h1};
use actix_service::Service;
use actix_web::{
    Error, HttpMessage, HttpRequest, HttpResponse,
    body::{self, MessageBody},
    dev::ServiceResponse,
    rt::net::TcpStream,
};
use bytes::{Bytes, BytesMut};
use std::{io, time::Duration};

/// How long a peer may take to read the remaining data when its connection ends.
const FAREWELL: Duration = Duration::from_secs(1);

/// The socket of a request for an upgrade, and the bytes that were read after the request.
pub struct Offer {
    pub socket: PeerSocket,
    pub early: Bytes,
}

impl Offer {
    /// Takes the offer of a request; `None` if the request has a body, or if the offer was taken before.
    pub fn take(request: &HttpRequest) -> Option<Offer> {
        request.extensions_mut().remove()
    }
}

/// The data to write to a socket that has left HTTP, and its connection permit, held until the socket is closed.
pub struct Agreement {
    pub outgoing: Outgoing,
    pub permit: ConnectionPermit,
}

impl Agreement {
    /// Puts it into the response to the handshake.
    pub fn seal(self, response: &mut HttpResponse) {
        response.extensions_mut().insert(self);
    }
}

/// Lets the application answer the request, and then serves the socket as agreed.
pub(super) async fn answer<S, B>(
    application: S,
    (request, framed): (Request, Framed<TcpStream, h1::Codec>),
) -> Result<(), Error>
where
    S: Service<Request, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody + 'static,
{
    let parts = framed.into_parts();
    let (socket, mut codec) = (PeerSocket::new(parts.io), parts.codec);
    // Responses to earlier requests of the connection may still be unsent.
    let mut head = parts.write_buf;
    // A copy, because the buffer is large.
    let early = Bytes::copy_from_slice(&parts.read_buf);
    drop(parts.read_buf);
    request.extensions_mut().insert(Offer {
        socket: socket.clone(),
        early,
    });
    let mut response = match application.call(request).await {
        Ok(response) => Response::from(response).map_into_boxed_body(),
        Err(error) => Response::from(error.error_response()),
    };
    let Some(agreement) = response.extensions_mut().remove::<Agreement>() else {
        return Ok(refuse(&socket, codec, head, response).await?);
    };
    let (response, _) = response.into_parts();
    codec.encode((response, BodySize::Stream).into(), &mut head)?;
    let Agreement { outgoing, permit } = agreement;
    let written = socket.write(&head).await;
    actix_web::rt::spawn(async move {
        if written.is_ok() {
            socket.carry(outgoing, FAREWELL).await;
        }
        drop(permit);
    });
    Ok(())
}

/// Writes a response without an agreement, and closes the connection.
async fn refuse(
    socket: &PeerSocket,
    mut codec: h1::Codec,
    mut bytes: BytesMut,
    mut response: Response<body::BoxBody>,
) -> io::Result<()> {
    response
        .head_mut()
        .set_connection_type(ConnectionType::Close);
    let (response, body) = response.into_parts();
    let body = body::to_bytes(body)
        .await
        .map_err(|error| io::Error::other(error.to_string()))?;
    let size = BodySize::Sized(body.len() as u64);
    codec.encode((response, size).into(), &mut bytes)?;
    codec.encode(h1::Message::Chunk(Some(body)), &mut bytes)?;
    codec.encode(h1::Message::Chunk(None), &mut bytes)?;
    let saying = async {
        socket.write(&bytes).await?;
        socket.part().await
    };
    // Ignores a timeout: the client does not read the response.
    let sent = tokio::time::timeout(FAREWELL, saying).await;
    socket.cut();
    sent.unwrap_or(Ok(()))
}
