//! `gaveurs bench`: starts a separate program, which is not installed with the server.

use anyhow::bail;
use clap::Args;
use std::{
    ffi::OsString,
    io::ErrorKind,
    os::unix::process::CommandExt,
    process::{Command, ExitCode},
};

/// Measure a server and its database (runs the program gaveurs-bench from the same directory)
#[derive(Debug, Args)]
#[command(disable_help_flag = true)]
pub struct Bench {
    /// What to measure, and how; `gaveurs bench --help` tells more
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<OsString>,
}

impl Bench {
    /// Replaces this process with `gaveurs-bench`.
    ///
    /// # Errors
    /// A sentence that says why it cannot be started.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let program = std::env::current_exe()?.with_file_name("gaveurs-bench");
        let error = Command::new(&program).args(self.arguments).exec();
        if error.kind() == ErrorKind::NotFound {
            bail!(
                "{} is not there: build it with `cargo build --locked --release --features bench`, then run this again",
                program.display()
            );
        }
        Err(error.into())
    }
}
