//! The whole server over real sockets and a real database.
#![allow(clippy::unwrap_used)]

#[path = "../common/mod.rs"]
mod common;

mod ingest;
mod sessions_grace;
mod sessions_identity;
mod sessions_resume;
mod sessions_support;
