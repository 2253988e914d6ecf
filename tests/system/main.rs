//! The whole server over real sockets and a real database.
#![allow(clippy::unwrap_used)]

#[path = "../common/mod.rs"]
mod common;

mod ingest;
#[path = "../websocket/raw_client.rs"]
mod raw_client;
mod sessions_endings;
mod sessions_grace;
mod sessions_identity;
mod sessions_resume;
mod sessions_stalls;
mod sessions_support;
