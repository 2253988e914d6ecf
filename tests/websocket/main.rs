//! The WebSocket transport over real sockets: conformance, hostile peers, peers that disconnect at once.

#![allow(clippy::unwrap_used)] // helpers of tests are tests to a reader, not to the lint

mod autobahn;
mod hostile;
#[path = "../common/installation.rs"]
#[allow(dead_code)]
mod installation;
#[path = "../common/lacking.rs"]
mod lacking;
mod raw_client;
mod send_and_close;
mod server;
