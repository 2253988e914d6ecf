//! One real actor, probes as its links, a clock that only moves when everybody waits, no sockets.
#![allow(clippy::unwrap_used)]

#[path = "../common/mod.rs"]
mod common;

mod connection;
mod core;
mod probe;
mod screens;
mod session;
mod stage;
mod supervisor;
mod users;
