//! The WebSocket transport over real sockets: conformance, hostile peers, peers that leave at once.

mod autobahn;
mod hostile;
mod raw_client;
mod send_and_close;
mod server;
