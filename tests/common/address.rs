//! An address at which nobody listens yet.

use socket2::{Domain, Socket, Type};
use std::net::SocketAddr;

/// Connections to it are refused. While it lives, nobody gets its port by chance; whoever names the port can listen there.
pub struct Reserved(Socket);

impl Reserved {
    pub fn new() -> Self {
        Self::at("127.0.0.1:0".parse().unwrap())
    }

    /// The address of a server that has just ended.
    pub fn at(address: SocketAddr) -> Self {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        // Two sockets may have one address as long as neither listens.
        socket.set_reuse_address(true).unwrap();
        socket.bind(&address.into()).unwrap();
        Reserved(socket)
    }

    pub fn address(&self) -> SocketAddr {
        self.0.local_addr().unwrap().as_socket().unwrap()
    }
}
