//! Each test runs one real actor with probes for its neighbours, under a paused clock and without sockets.
#![allow(clippy::unwrap_used)]

#[path = "../common/mod.rs"]
mod common;

mod cluster;
mod connection;
mod core;
mod ears;
mod folds;
mod journal;
mod owners;
mod probe;
mod scoped;
mod screens;
mod session;
mod silence;
mod stage;
mod supervisor;
mod users;
