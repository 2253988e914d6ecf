//! Alerts and quality stations, over real sockets and a real database.
#![allow(clippy::unwrap_used)]

mod collisions;
#[path = "../common/mod.rs"]
mod common;
mod demo;
#[path = "../commands/process.rs"]
#[allow(dead_code)]
mod process;
#[path = "suite.rs"]
mod suite;
