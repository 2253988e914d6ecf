use clap::Parser;
use gaveurs::cli::Cli;
use std::process::ExitCode;

fn main() -> ExitCode {
    env_logger::Builder::from_env(env_logger::Env::default().default_filter_or("info")).init();
    Cli::parse().run().unwrap_or_else(|error| {
        eprintln!("erreur : {error:#}");
        ExitCode::FAILURE
    })
}
