//! Producers: invented lots ([`gavage`]), a cooperative's export played again ([`replay`]), quality stations ([`sqal`]), and consumers
//! ([`consumer`]).
//!
//! Lots and exports produce a stream of due readings, which a [`feeder`] sends to the server.

pub mod consumer;
pub mod faulty;
pub mod feeder;
pub mod gavage;
pub mod options;
pub mod pace;
pub mod progress;
pub mod replay;
pub mod slow_screen;
pub mod sqal;
