//! HTTP. The only place with status codes.

pub mod error;
pub mod operations;
pub mod pages;
pub mod sockets;
pub mod state;
