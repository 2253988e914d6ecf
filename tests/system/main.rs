//! The whole server over real sockets and a real database.
#![allow(clippy::unwrap_used)]

#[path = "../common/mod.rs"]
mod common;

mod corrections;
mod ingest;
mod leaving;
mod lots;
mod malformed;
mod refused_rows;
