use gaveurs::{causes, cli::Cli};
use std::process::ExitCode;
use tikv_jemallocator::Jemalloc;

/// Returns memory after a peak of connections, which the system's allocator does not.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

fn main() -> ExitCode {
    env_logger::Builder::new()
        // It says each attempt to reach a server; ours says once that there is none.
        .filter_module("async_nats", log::LevelFilter::Off)
        .parse_env(
            env_logger::Env::default()
                .default_filter_or("info,actix_server=warn,refinery_core=warn,deadpool=error"),
        )
        .init();
    Cli::of_process().run().unwrap_or_else(|error| {
        eprintln!("error: {}", causes::once(error.as_ref()));
        ExitCode::FAILURE
    })
}
