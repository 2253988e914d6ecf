//! Senders of readings: invented lots ([`gavage`]) and a cooperative's export played again ([`replay`]); and quality stations ([`sqal`]).
//!
//! The first two make a stream of due readings, which one [`feeder`] brings to the server.

pub mod feeder;
pub mod gavage;
pub mod options;
pub mod pace;
pub mod progress;
pub mod replay;
pub mod sqal;
