//! One real actor, probes as its neighbours, a clock that only moves when everybody waits, no sockets.
#![allow(clippy::unwrap_used)]

#[path = "../common/mod.rs"]
mod common;

mod connection;
mod probe;
mod screens;
mod session;
mod stage;
mod supervisor;
