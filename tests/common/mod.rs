//! What several test binaries share; each uses its own part.
#![allow(dead_code)]

pub mod client;
pub mod database;
pub mod http;
pub mod proxy;
pub mod raw;
pub mod readings;
pub mod server;
pub mod timescale;
