//! Products, their labels, and what consumers say of them, over real sockets and a real database.
#![allow(clippy::unwrap_used)]

#[path = "../common/mod.rs"]
mod common;
mod fields;
mod figures;
mod label_page;
mod labels;
#[path = "../quality/support.rs"]
#[allow(dead_code)]
mod quality;
mod ratings;
mod simulated;
mod support;
mod trends;
