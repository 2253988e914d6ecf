//! Realtime supervision of gavage: readings come in over WebSocket, are stored, and are pushed live to screens.
//!
//! The way of a reading: [`protocol::gavage`] reads the frame, [`domain`] judges it.

pub mod domain;
pub mod http;
pub mod protocol;
pub mod store;
