//! The WebSocket transport (RFC 6455), below the session actor and above the HTTP framework.
//!
//! ```text
//!              ┌─▶ Arriving ─▶ Inbound(Decoder) ─▶ Incoming ─▶ session
//!  PeerSocket ─┤
//!              └◀─ Outgoing ◀─ Outbox ◀─── encoded frames ◀─── session
//! ```
//!
//! [`decoder`] and [`encoder`] are pure; [`inbound`] and [`outbound`] adapt them to a session; [`socket`] is the TCP socket,
//! which the HTTP layer hands over once the upgrade is answered; [`close`] is the one table of close codes.

pub mod budget;
pub mod close;
pub mod decoder;
pub mod encoder;
mod header;
pub mod inbound;
mod input;
mod message;
pub mod outbound;
pub mod socket;
#[cfg(test)]
mod tests;
mod violation;

pub use actix_http::ws::{CloseCode, CloseReason};
pub use budget::{Budget, Share};
pub use close::{Ending, classify};
pub use decoder::{Decoder, Incoming, Limits};
pub use inbound::{Inbound, InboundError};
pub use outbound::{Capacity, Outbox, Outgoing, Refused, channel};
pub use socket::{Arriving, PeerSocket, SocketOptions};
pub use violation::Violation;
