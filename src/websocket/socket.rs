//! The TCP socket of an upgraded connection: what arrives on it, what is written to it, and how it ends.

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

/// Most that is read at once.
const PIECE: usize = 16 * 1024;

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

impl SocketOptions {
    /// # Errors
    /// The socket is gone, or the kernel knows no such option.
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

/// The socket of one connection, shared by the one who reads it, the one who writes it, and the session, which may cut it.
/// It is closed when the last of them lets go.
#[derive(Debug, Clone)]
pub struct PeerSocket(Rc<TcpStream>);

impl PeerSocket {
    pub fn new(stream: TcpStream) -> Self {
        Self(Rc::new(stream))
    }

    /// What arrives: first `early`, which was read with the request, then what the socket brings. Nothing is held for a
    /// peer that is silent.
    pub fn arriving(&self, early: Bytes) -> Arriving {
        Arriving {
            early,
            stream: self.0.clone(),
        }
    }

    /// Ends the connection now, in both directions, whatever still waits to be read or written. Harmless when the
    /// connection has already ended.
    pub fn cut(&self) {
        // Fails only on a socket that is not connected any more, which is what was asked for.
        let _ = SockRef::from(&*self.0).shutdown(Shutdown::Both);
    }

    /// Whether the peer has ended its side, or the connection is broken, however much of what it sent still waits to be read.
    pub fn has_left(&self) -> bool {
        let mut asked = [PollFd::new(&*self.0, PollFlags::RDHUP)];
        // HUP and ERR are told unasked. What cannot be asked is still there.
        poll(&mut asked, Some(&Timespec::default())).is_ok_and(|told| told > 0)
    }

    /// Lets a peer that does not read what we send live on: for one that we listen to all the same.
    pub fn tolerate_not_reading(&self) {
        if let Err(error) = SockRef::from(&*self.0).set_tcp_user_timeout(None) {
            log::warn!("cannot take the send timeout from a socket: {error}");
        }
    }

    /// Like [`cut`](Self::cut), and what the kernel still holds for a peer that does not read is thrown away (RST) as soon as
    /// the socket is closed, instead of being kept for as long as the time-outs of TCP allow.
    pub fn abort(&self) {
        // Without the option the connection ends all the same, only later.
        let _ = SockRef::from(&*self.0).set_linger(Some(Duration::ZERO));
        self.cut();
    }

    /// Writes as much as the kernel takes at once; says how many bytes that was.
    ///
    /// # Errors
    /// [`WouldBlock`](io::ErrorKind::WouldBlock) when it takes nothing for now, or the peer is gone.
    pub fn try_write(&self, frames: &[IoSlice<'_>]) -> io::Result<usize> {
        match frames {
            // The kernel takes one piece with less ado.
            [frame] => self.0.try_write(frame),
            frames => self.0.try_write_vectored(frames),
        }
    }

    /// Writes bytes that come before every frame.
    ///
    /// # Errors
    /// The peer is gone.
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

    /// Writes the frames of a queue until it ends, says so to the peer (FIN), waits until the peer leaves too, and cuts the
    /// connection. From the end of the queue on, all that takes `farewell` at most.
    ///
    /// Data that arrive on a socket already closed are answered with RST, which can destroy our Close frame before the peer
    /// has read it: a client in the middle of a large message would never learn its code. Hence the wait.
    pub async fn carry(self, mut outgoing: Outgoing, farewell: Duration) {
        let ended = outgoing.ended();
        tokio::select! {
            // A peer that is gone is noticed by whoever reads.
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

    /// No more is said; what the peer still says is thrown away until it leaves.
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

/// Bytes of a peer as they arrive; ends when the peer has ended its side.
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

/// A small piece is not kept in large memory.
fn fitting(piece: BytesMut) -> Bytes {
    if piece.len() < PIECE / 4 {
        Bytes::copy_from_slice(&piece)
    } else {
        piece.freeze()
    }
}
