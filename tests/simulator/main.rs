//! The senders of readings, from outside: a feeder against real sockets, exports as files.

#![allow(
    clippy::unwrap_used,
    reason = "a helper of a test may panic as the test itself may"
)]

mod commands;
mod fake_server;
mod feeder;
mod replay;
