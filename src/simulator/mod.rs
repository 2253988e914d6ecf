//! Producers: invented lots ([`gavage`]), a cooperative's export played again ([`replay`]), and quality stations ([`sqal`]).
//!
//! The first two produce a stream of due readings, which a [`feeder`] sends to the server.

pub mod feeder;
pub mod gavage;
pub mod options;
pub mod pace;
pub mod progress;
pub mod replay;
pub mod sqal;
