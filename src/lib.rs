//! Realtime supervision of gavage: readings come in over WebSocket, are stored, and are pushed live to screens.
//!
//! The way of a reading: [`simulator`] sends it, [`protocol::gavage`] reads the frame, [`domain`] judges it.

pub mod cli;
pub mod domain;
pub mod protocol;
pub mod simulator;
