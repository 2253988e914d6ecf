//! Helpers that several test binaries share; each binary uses some of them.
#![allow(dead_code)]

pub mod address;
pub mod client;
pub mod closed_lots;
pub mod database;
pub mod http;
pub mod identity_provider;
pub mod installation;
pub mod lacking;
pub mod proxy;
pub mod raw;
pub mod readings;
pub mod server;
pub mod timescale;
pub mod turn;
