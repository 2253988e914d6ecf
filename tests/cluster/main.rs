//! Several server processes on one database, behind a balancer: together they are one server.
#![allow(clippy::unwrap_used)]

#[path = "../common/mod.rs"]
mod common;

mod balancer;
mod chaos;
mod checker;
mod database;
mod failover;
mod faults;
mod fleet;
mod hop;
mod load;
mod nats;
mod nginx;
mod notifications;
mod outsider;
mod presence;
#[allow(dead_code, reason = "the tests of the commands use more of it")]
#[path = "../commands/process.rs"]
mod process;
#[path = "../quality/support.rs"]
#[allow(dead_code, reason = "the tests of quality use more of it")]
mod quality;
mod restarts;
mod same_lots;
mod screens;
mod silence;
mod simulators;
mod tab;
mod transport;
