//! The TCP socket of an upgraded connection: reading, writing and closing.

use super::Outgoing;
use actix_web::rt::net::TcpStream;
use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use socket2::SockRef;
use std::{
    io::{self, IoSlice},
    net::Shutdown,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::time::sleep;

/// Maximum size of one read, bytes.
const PIECE: usize = 16 * 1024;

/// Options set on every accepted socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SocketOptions {
    /// How long sent data may stay unacknowledged, or the peer's window closed, before the kernel ends the connection
    /// (`TCP_USER_TIMEOUT`). `None` keeps the kernel's default of many minutes.
    pub user_timeout: Option<Duration>,
    /// Size of the kernel's send buffer in bytes (`SO_SNDBUF`; Linux doubles it for its bookkeeping): the data that can pile up there
    /// when a peer stops reading. `None` lets the kernel grow it to megabytes.
    pub send_buffer: Option<usize>,
    /// Send small frames at once (`TCP_NODELAY`).
    pub nodelay: bool,
}

impl SocketOptions {
    /// # Errors
    /// The socket is closed, or the kernel does not know an option.
    pub fn set_on(&self, stream: &TcpStream) -> io::Result<()> {
        let socket = SockRef::from(stream);
        socket.set_tcp_nodelay(self.nodelay)?;
        if let Some(size) = self.send_buffer {
            socket.set_send_buffer_size(size)?;
        }
        if self.user_timeout.is_some() {
            socket.set_tcp_user_timeout(self.user_timeout)?;
        }
        Ok(())
    }
}

/// The socket of one connection, shared by its reader, its writer and the session, which may cut it. It is closed when the last of them
/// drops it.
#[derive(Debug, Clone)]
pub struct PeerSocket(Rc<TcpStream>);

impl PeerSocket {
    pub fn new(stream: TcpStream) -> Self {
        Self(Rc::new(stream))
    }

    /// Received bytes: first `early`, which was read with the request, then what the socket receives. Holds no buffer for a silent peer.
    pub fn arriving(&self, early: Bytes) -> Arriving {
        Arriving {
            early,
            stream: self.0.clone(),
        }
    }

    /// Ends the connection now, in both directions, even if data waits to be read or written. Harmless if the connection has already
    /// ended.
    pub fn cut(&self) {
        // Fails only on a socket that is no longer connected, which is the goal.
        let _ = SockRef::from(&*self.0).shutdown(Shutdown::Both);
    }

    /// True if the peer has closed its side or the connection is broken, even if received data is still unread.
    pub fn has_left(&self) -> bool {
        let mut asked = [PollFd::new(&*self.0, PollFlags::RDHUP)];
        // poll reports HUP and ERR without being asked. If poll fails, the peer counts as connected.
        poll(&mut asked, Some(&Timespec::default())).is_ok_and(|ready| ready > 0)
    }

    /// Removes the timeout for a peer that does not read: used for peers that we only need to read from.
    pub fn tolerate_not_reading(&self) {
        if let Err(error) = SockRef::from(&*self.0).set_tcp_user_timeout(None) {
            log::warn!("cannot take the send timeout from a socket: {error}");
        }
    }

    /// Like [`cut`](Self::cut), but closing the socket also discards the kernel's unsent data (RST), instead of keeping it until TCP
    /// times out.
    pub fn abort(&self) {
        // Without the option the connection ends too, only later.
        let _ = SockRef::from(&*self.0).set_linger(Some(Duration::ZERO));
        self.cut();
    }

    /// Writes as much as the kernel accepts now; returns the number of bytes.
    ///
    /// # Errors
    /// [`WouldBlock`](io::ErrorKind::WouldBlock) if the kernel accepts nothing now, or the connection has ended.
    pub fn try_write(&self, frames: &[IoSlice<'_>]) -> io::Result<usize> {
        match frames {
            // A plain write costs the kernel less than a vectored one.
            [frame] => self.0.try_write(frame),
            frames => self.0.try_write_vectored(frames),
        }
    }

    /// Writes bytes that precede all frames.
    ///
    /// # Errors
    /// The connection has ended.
    pub async fn write(&self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            self.0.writable().await?;
            match self.0.try_write(bytes) {
                Ok(count) => bytes = &bytes[count..],
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Writes the frames of a queue until it ends, sends FIN, waits until the peer closes too, and cuts the connection. From the end of
    /// the queue on, this takes at most `farewell`.
    ///
    /// The wait is necessary: data that arrive on a closed socket are answered with RST, which can destroy our Close frame before the
    /// peer has read it. A client that is sending a large message would then never see the close code.
    pub async fn carry(self, mut outgoing: Outgoing, farewell: Duration) {
        let ended = outgoing.ended();
        tokio::select! {
            // The reader notices when a peer has gone.
            _ = async {
                self.write_all(&mut outgoing).await?;
                self.part().await
            } => {}
            () = async {
                ended.await;
                sleep(farewell).await;
            } => {}
        }
        if outgoing.is_empty() {
            self.cut()
        } else {
            self.abort()
        }
    }

    async fn write_all(&self, outgoing: &mut Outgoing) -> io::Result<()> {
        while outgoing.waiting().await {
            match outgoing.write(|frames| self.try_write(frames)) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.0.writable().await?;
                }
                written => written?,
            }
        }
        Ok(())
    }

    /// Ends our side and discards received data until the peer closes.
    ///
    /// # Errors
    /// The connection fails before the peer has left.
    pub async fn part(&self) -> io::Result<()> {
        SockRef::from(&*self.0).shutdown(Shutdown::Write)?;
        let mut arriving = self.arriving(Bytes::new());
        while arriving.next().await.transpose()?.is_some() {}
        Ok(())
    }
}

/// Received bytes of a peer; ends when the peer has closed its side.
#[derive(Debug)]
pub struct Arriving {
    early: Bytes,
    stream: Rc<TcpStream>,
}

impl Stream for Arriving {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if !self.early.is_empty() {
            return Poll::Ready(Some(Ok(std::mem::take(&mut self.early))));
        }
        loop {
            ready!(self.stream.poll_read_ready(cx))?;
            let mut piece = BytesMut::with_capacity(PIECE);
            match self.stream.try_read_buf(&mut piece) {
                Ok(0) => return Poll::Ready(None),
                Ok(_) => return Poll::Ready(Some(Ok(fitting(piece)))),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Some(Err(error))),
            }
        }
    }
}

/// Copies a small read into a small buffer.
fn fitting(piece: BytesMut) -> Bytes {
    if piece.len() < PIECE / 4 {
        Bytes::copy_from_slice(&piece)
    } else {
        piece.freeze()
    }
}
