//! `gaveurs serve`.

use super::start;
use crate::{app::Ended, settings::ServerArgs, signals::asked_to_stop};
use clap::Args;
use std::{pin::pin, process::ExitCode};

/// Run the server
/// Producers send readings to ws://ADDRESS/ws/gavage; supervision screens connect to ws://ADDRESS/ws/realtime/ and farmers to
/// ws://ADDRESS/ws/gaveur/{id}. The screens are at http://ADDRESS/, the API description at http://ADDRESS/docs/.
///
/// SIGTERM or Ctrl-C stops it cleanly: it accepts no new sockets, sends Close on every open one, and writes what is queued to the
/// database.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  gaveurs serve
      with a private PostgreSQL, on http://127.0.0.1:8000
  gaveurs serve --bind 0.0.0.0:8000 --auth open --database-url postgres://gaveurs:secret@db/gaveurs
      open to everybody on the network, on a TimescaleDB of your own
  RUST_LOG=debug gaveurs serve
      with more to read; the log goes to standard error")]
pub struct Serve {
    #[command(flatten)]
    server: ServerArgs,
}

impl Serve {
    /// # Errors
    /// A sentence that says why the server cannot start, or why it ended.
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let mut stop = pin!(asked_to_stop());
        let mut settings = self.server;
        while let Some(app) = start(&settings, stop.as_mut()).await? {
            settings.bind = app.address();
            if app.run(stop.as_mut()).await? == Ended::Stopped {
                break;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}
