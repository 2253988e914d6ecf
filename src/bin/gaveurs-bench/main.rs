//! `gaveurs bench`: measures throughput, latency and stability of a machine, a build and its database. A program separate from the
//! server.

mod cluster;
mod fanout;
mod feed;
mod ingest;
mod latency;
mod load;
mod naive;
mod probe;
mod report;
mod sensors;
mod server;
mod server_figures;
mod sessions;
mod soak;
mod stage;
mod station_load;
mod subscriber;
mod yardstick;

use clap::Parser;
use std::{path::PathBuf, process::ExitCode};
use tikv_jemallocator::Jemalloc;

/// The server's allocator: two measurements run a server in this process.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

/// Measure a server and its database
#[derive(Debug, Parser)]
#[command(version, name = "gaveurs-bench", bin_name = "gaveurs bench")]
enum Bench {
    Ingest(Box<ingest::BenchIngest>),
    Sessions(sessions::BenchSessions),
    Fanout(fanout::BenchFanout),
    Sensors(Box<sensors::BenchSensors>),
    Cluster(cluster::BenchCluster),
    Soak(Box<soak::BenchSoak>),
}

impl Bench {
    async fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Bench::Ingest(command) => command.run().await,
            Bench::Sessions(command) => command.run().await,
            Bench::Fanout(command) => command.run().await,
            Bench::Sensors(command) => command.run().await,
            Bench::Cluster(command) => command.run().await,
            Bench::Soak(command) => command.run().await,
        }
    }
}

fn main() -> ExitCode {
    // At level info a server in this process would log every connection between the figures.
    env_logger::Builder::from_env(env_logger::Env::default().default_filter_or("warn")).init();
    let bench = Bench::parse();
    let ended = actix_web::rt::System::new().block_on(bench.run());
    ended.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

/// The server's program; it is built into the same directory.
fn server_binary() -> anyhow::Result<PathBuf> {
    let path = std::env::current_exe()?.with_file_name("gaveurs");
    anyhow::ensure!(
        path.is_file(),
        "{} is missing: the server's program must stand beside this one",
        path.display()
    );
    Ok(path)
}

/// How many files this process may have open: as many as the system lets it.
fn file_limit() -> u64 {
    gaveurs::app::raise_file_limit().unwrap_or(u64::MAX)
}
