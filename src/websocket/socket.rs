//! A second handle on the TCP socket of a connection.
//!
//! The HTTP layer offers no way to end a connection whose peer has stopped reading, nor to set options on the socket, so a
//! handle is duplicated when the connection is accepted. It costs one more file descriptor per connection.

use actix_web::{dev::Extensions, rt::net::TcpStream};
use socket2::Socket;
use std::{
    any::Any,
    io::{self, Read},
    net::Shutdown,
    os::fd::AsFd,
    sync::Arc,
    time::Duration,
};

/// Options set on every accepted socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SocketOptions {
    /// How long sent data may stay unacknowledged, or the peer's window closed, before the kernel gives the connection up
    /// (`TCP_USER_TIMEOUT`). `None` leaves the kernel's default of many minutes.
    pub user_timeout: Option<Duration>,
    /// Size of the kernel's send buffer in bytes (`SO_SNDBUF`; Linux doubles it for its own bookkeeping): what a peer that
    /// stops reading can pile up below us. `None` lets the kernel grow it to megabytes.
    pub send_buffer: Option<usize>,
    /// Send small frames at once (`TCP_NODELAY`).
    pub nodelay: bool,
}

/// A handle on the socket of one connection, apart from the one the HTTP layer reads and writes. The socket stays open
/// until both are dropped, so it must not outlive the session for long.
#[derive(Debug, Clone)]
pub struct PeerSocket(Arc<Socket>);

impl PeerSocket {
    /// For `HttpServer::on_connect`: sets the options and keeps a handle in the connection's data, where a handler finds it
    /// with `req.conn_data::<PeerSocket>()`. There is none when descriptors have run out or the connection is not plain TCP.
    pub fn on_connect(
        options: SocketOptions,
    ) -> impl Fn(&dyn Any, &mut Extensions) + Send + Sync + 'static {
        move |io, data| {
            let Some(stream) = io.downcast_ref::<TcpStream>() else {
                return;
            };
            match Self::duplicate(stream, options) {
                Ok(peer) => drop(data.insert(peer)),
                Err(error) => log::warn!("cannot keep a handle on an accepted socket: {error}"),
            }
        }
    }

    /// Duplicates the handle of `stream` and sets the options on the socket.
    pub fn duplicate(stream: &impl AsFd, options: SocketOptions) -> io::Result<Self> {
        let socket = Socket::from(stream.as_fd().try_clone_to_owned()?);
        socket.set_tcp_nodelay(options.nodelay)?;
        if let Some(size) = options.send_buffer {
            socket.set_send_buffer_size(size)?;
        }
        if options.user_timeout.is_some() {
            socket.set_tcp_user_timeout(options.user_timeout)?;
        }
        Ok(Self(Arc::new(socket)))
    }

    /// Ends the connection now, in both directions, whatever still waits to be read or written. The HTTP layer notices and
    /// lets go of the connection. Harmless when the connection has already ended.
    pub fn cut(&self) {
        // Fails only on a socket that is not connected any more, which is what was asked for.
        let _ = self.0.shutdown(Shutdown::Both);
    }

    /// Lets a peer that does not read what we send live on: for one that we listen to all the same.
    pub fn tolerate_not_reading(&self) {
        if let Err(error) = self.0.set_tcp_user_timeout(None) {
            log::warn!("cannot take the send timeout from a socket: {error}");
        }
    }

    /// Like [`cut`](Self::cut), and what the kernel still holds for a peer that does not read is thrown away (RST) as soon as
    /// the last handle is dropped, instead of being kept for as long as the time-outs of TCP allow.
    pub fn abort(&self) {
        // Without the option the connection ends all the same, only later.
        let _ = self.0.set_linger(Some(Duration::ZERO));
        self.cut();
    }

    /// Keeps the socket open until the peer has closed its side, at most `limit`, then cuts it.
    ///
    /// Run this after a Close of ours. Data that arrive on a socket already closed are answered with RST, which can destroy
    /// the Close frame before the peer has read it: a client in the middle of a large message would never learn its code.
    pub async fn linger(self, limit: Duration) {
        // When the peer has gone, what we still have to send is left to go out on its own.
        if !matches!(
            tokio::time::timeout(limit, self.discard_until_end()).await,
            Ok(Ok(()))
        ) {
            self.cut();
        }
    }

    async fn discard_until_end(&self) -> io::Result<()> {
        let mut stream = TcpStream::from_std(self.0.try_clone()?.into())?;
        tokio::io::copy(&mut stream, &mut tokio::io::sink()).await?;
        Ok(())
    }

    /// Bytes in the kernel's buffer that nobody has read; the socket never blocks.
    pub(super) fn read_unread(&self, buffer: &mut [u8]) -> io::Result<usize> {
        (&*self.0).read(buffer)
    }
}
