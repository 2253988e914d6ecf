//! The producers as black boxes: a feeder against real sockets, exports as files.

#![allow(
    clippy::unwrap_used,
    reason = "a helper of a test may panic as the test itself may"
)]

#[path = "../common/mod.rs"]
mod common;

mod commands;
mod examples;
mod fake_server;
mod faults;
mod feeder;
mod independent;
mod older_requests;
mod on_the_server;
mod panel;
mod panel_faults;
mod panel_faults_around;
#[path = "../commands/process.rs"]
#[allow(dead_code)]
mod process;
mod python_station;
mod replay;
mod scenarios;
