//! Alerts and quality stations, over real sockets and a real database.
#![allow(clippy::unwrap_used)]

#[path = "../common/mod.rs"]
mod common;

mod alerts;
mod hand_over;
mod rest;
mod sensors;
mod simulate;
mod support;
