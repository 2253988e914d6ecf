//! The WebSocket transport (RFC 6455), below the session actor and above the HTTP framework.
//!
//! ```text
//!  socket bytes ─▶ Payload ─▶ Inbound(Decoder) ─▶ Incoming ─▶ session
//!  socket bytes ◀─ Body ◀──── Outbox ◀── encoded frames ◀──── session
//!                   PeerSocket: a second handle on the socket, to cut it
//! ```
//!
//! [`decoder`] and [`encoder`] are pure; [`inbound`] and [`outbound`] adapt them to the streams of actix-web; [`socket`]
//! reaches the TCP socket below; [`close`] is the one table of close codes.

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
pub use close::{Ending, classify};
pub use decoder::{Decoder, Incoming, Limits};
pub use inbound::{Inbound, InboundError};
pub use outbound::{Body, Capacity, Outbox, Refused, channel};
pub use socket::{PeerSocket, SocketOptions};
pub use violation::Violation;
