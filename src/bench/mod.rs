//! Measurements of this machine and this build: `gaveurs bench …`. What was measured is kept in `docs/performance.md`.

pub mod fanout;
mod load;
mod probe;
pub mod sessions;
mod stage;

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
