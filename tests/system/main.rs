//! The whole server over real sockets and a real database.
#![allow(clippy::unwrap_used)]

#[path = "../common/mod.rs"]
mod common;

mod alerts;
mod bursts;
mod corrections;
mod fanout;
mod filters;
mod ingest;
mod leaving;
mod lots;
mod malformed;
mod naive;
mod refused_rows;
