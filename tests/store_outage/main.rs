//! What stands between us and a database: TLS, a role with few rights, and the ways in which a database fails that a line cut by the network does not show: each leaves what was acked in place, and what
//! was not acked to be written or sent again.
#![allow(clippy::unwrap_used)]

#[path = "../common/mod.rs"]
mod common;

mod connections;
mod doubt;
mod kill;
#[allow(dead_code, reason = "the tests of the commands use more of it")]
#[path = "../commands/process.rs"]
mod process;
mod refusing;
mod slow;
mod stopped;
mod tls;
mod unreachable;
