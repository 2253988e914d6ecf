//! The subcommands. The arguments of each are defined beside its code.

use crate::{
    commands::{
        audit::Audit, bench::Bench, demo::Demo, keys::Keys, migrate::Migrate, serve::Serve,
    },
    simulator::{
        consumer::SimulateConsumer, gavage::SimulateGavage, replay::Replay, sqal::SimulateSqal,
    },
};
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand, builder::Resettable};
use std::{ffi::OsStr, future::Future, process::ExitCode};

/// Realtime supervision of gavage: readings in over WebSocket, stored in TimescaleDB, pushed live to screens
#[derive(Debug, Parser)]
#[command(version)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Serve(Box<Serve>),
    Demo(Box<Demo>),
    /// Send invented readings and samples, to try things out or to show them
    #[command(subcommand)]
    Simulate(Simulate),
    Replay(Replay),
    Migrate(Migrate),
    Keys(Keys),
    Audit(Audit),
    Bench(Bench),
}

#[derive(Debug, Subcommand)]
enum Simulate {
    Gavage(SimulateGavage),
    Sqal(SimulateSqal),
    Consumer(SimulateConsumer),
}

impl Cli {
    /// Parses the arguments and the environment of this process. Empty environment variables are ignored: service managers often pass
    /// variables that nobody has set.
    pub fn of_process() -> Self {
        let matches = without_empty_variables(Self::command()).get_matches();
        Self::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
    }

    /// Runs the chosen subcommand to its end.
    ///
    /// # Errors
    /// The error of the subcommand, with its causes.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        match self.command {
            Command::Serve(command) => server(command.run()),
            Command::Demo(command) => server(command.run()),
            Command::Simulate(Simulate::Gavage(command)) => {
                client(async { Ok(command.run().await) })
            }
            Command::Simulate(Simulate::Sqal(command)) => server(async { Ok(command.run().await) }),
            Command::Simulate(Simulate::Consumer(command)) => {
                client(async { Ok(command.run().await) })
            }
            Command::Replay(command) => client(command.run()),
            Command::Migrate(command) => client(command.run()),
            Command::Keys(command) => client(command.run()),
            Command::Audit(command) => client(command.run()),
            Command::Bench(bench) => bench.run(),
        }
    }
}

fn without_empty_variables(command: clap::Command) -> clap::Command {
    let is_empty = |name: &OsStr| std::env::var_os(name).is_some_and(|value| value.is_empty());
    command
        .mut_args(|arg| {
            if arg.get_env().is_some_and(is_empty) {
                arg.env(Resettable::Reset)
            } else {
                arg
            }
        })
        .mut_subcommands(without_empty_variables)
}

/// Actors need an actix system.
fn server(work: impl Future<Output = anyhow::Result<ExitCode>>) -> anyhow::Result<ExitCode> {
    actix_web::rt::System::new().block_on(work)
}

/// The other subcommands need only one thread.
fn client(work: impl Future<Output = anyhow::Result<ExitCode>>) -> anyhow::Result<ExitCode> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(work)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn an_acceleration_outside_its_range_is_refused_with_a_sentence() {
        let refusal =
            Cli::try_parse_from(["gaveurs", "simulate", "gavage", "--acceleration", "86401"]);
        assert!(refusal.unwrap_err().to_string().contains("86400"));
    }
}
