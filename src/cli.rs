//! The sub-commands. The arguments of each live beside its code.

use crate::simulator::{gavage::SimulateGavage, replay::Replay};
use clap::{Parser, Subcommand};
use std::{future::Future, process::ExitCode};

/// Suivi du gavage en temps réel
#[derive(Debug, Parser)]
#[command(version)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Envoie des relevés inventés, pour essayer ou pour montrer
    #[command(subcommand)]
    Simulate(Simulate),
    Replay(Replay),
}

#[derive(Debug, Subcommand)]
enum Simulate {
    Gavage(SimulateGavage),
}

impl Cli {
    /// Runs the chosen sub-command to its end.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        match self.command {
            Command::Simulate(Simulate::Gavage(command)) => {
                client(async { Ok(command.run().await) })
            }
            Command::Replay(command) => client(command.run()),
        }
    }
}

/// A sender of readings needs no more than one thread.
fn client(work: impl Future<Output = anyhow::Result<ExitCode>>) -> anyhow::Result<ExitCode> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(work)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn an_acceleration_outside_its_range_is_refused_with_a_sentence() {
        let refusal =
            Cli::try_parse_from(["gaveurs", "simulate", "gavage", "--acceleration", "86401"]);
        assert!(
            refusal
                .unwrap_err()
                .to_string()
                .contains("de 1 (temps réel) à 86400")
        );
    }
}
