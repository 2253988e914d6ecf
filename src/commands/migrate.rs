//! `gaveurs migrate`.

use crate::{
    app::{STOPS_WITHIN, open_database},
    settings::DatabaseArgs,
};
use clap::Args;
use std::process::ExitCode;

/// Bring the database to the schema of this version and say what was done
///
/// `gaveurs serve` does the same at its start; this is for those who want to see it done before.
#[derive(Debug, Args)]
pub struct Migrate {
    #[command(flatten)]
    database: DatabaseArgs,
}

impl Migrate {
    /// # Errors
    /// A sentence that says why the migration failed.
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let database = open_database(&self.database).await?;
        let report = &database.migrations;
        match report.migrations.as_slice() {
            [] => println!("the schema is up to date"),
            applied => applied.iter().for_each(|name| println!("applied {name}")),
        }
        if !report.has_timescale {
            println!("no TimescaleDB here: plain PostgreSQL tables and views");
        }
        for name in &report.scripts {
            println!("applied sql/{name}");
        }
        database.close(STOPS_WITHIN).await?;
        Ok(ExitCode::SUCCESS)
    }
}
