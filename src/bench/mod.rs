//! `gaveurs bench`: what this machine, this build and its database can do.

pub mod fanout;
mod feed;
pub mod ingest;
mod latency;
mod load;
mod naive;
mod probe;
mod report;
pub mod sensors;
mod server;
mod server_figures;
pub mod sessions;
mod stage;
mod station_load;
mod subscriber;
mod yardstick;

use std::path::PathBuf;

/// The binary that runs: a measurement starts it once more, so that load and server have a process each.
fn this_binary() -> std::io::Result<PathBuf> {
    std::env::current_exe()
}

/// Files that this process may have open.
fn file_limit() -> u64 {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    limit.current.unwrap_or(u64::MAX)
}
