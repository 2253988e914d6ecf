//! Database connections (TLS, a role with few rights) and failures of the database other than a broken connection. After each failure
//! acked data is still stored, and unacked data is written later or sent again.
#![allow(clippy::unwrap_used)]

#[path = "../common/mod.rs"]
mod common;

mod connections;
mod doubt;
mod doubtful;
mod doubtful_entries;
mod kill;
mod late_bytes;
#[allow(dead_code, reason = "the tests of the commands use more of it")]
#[path = "../commands/process.rs"]
mod process;
mod record;
mod refusing;
mod slow;
mod stopped;
mod tls;
mod unreachable;
