//! Alerts and quality stations, over real sockets and a real database.
#![allow(clippy::unwrap_used)]

#[path = "../common/mod.rs"]
mod common;
#[path = "suite.rs"]
mod suite;
