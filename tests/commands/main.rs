//! The subcommands that run or prepare a server, as separate processes.

#![allow(
    clippy::unwrap_used,
    reason = "a helper of a test may panic as the test itself may"
)]

#[path = "../common/mod.rs"]
mod common;

mod anew;
mod bench;
mod demo;
mod foreign_pages;
mod hostile;
mod keys;
mod killed;
mod migrate;
mod paused;
mod process;
mod refusals;
mod restarted;
mod revoked;
mod secrets;
mod serve;
mod soak;
mod stalled;
mod stepped;
mod stopping;
mod surroundings;
mod two_servers;
