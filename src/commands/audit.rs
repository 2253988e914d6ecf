//! `gaveurs audit`.

use crate::{
    app::{STOPS_WITHIN, join_database},
    settings::{DatabaseArgs, lifetime},
    store::audit::{self, Entry},
};
use clap::Args;
use std::{process::ExitCode, time::Duration};

/// Show who acknowledged, claimed, finished, and made or ended keys
#[derive(Debug, Args)]
pub struct Audit {
    /// How far back, such as 12h or 30d
    #[arg(long, default_value = "7d", value_parser = lifetime)]
    since: Duration,

    /// At most this many entries, the oldest first
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(i64).range(1..))]
    limit: i64,

    #[command(flatten, next_help_heading = "Database")]
    database: DatabaseArgs,
}

impl Audit {
    /// # Errors
    /// A sentence that says why the record cannot be read.
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let database = join_database(&self.database).await?;
        let entries = audit::list(&database.pools.shared, self.since, self.limit).await;
        let closed = database.close(STOPS_WITHIN).await;
        for entry in entries? {
            println!("{}", line(&entry));
        }
        closed?;
        Ok(ExitCode::SUCCESS)
    }
}

fn line(entry: &Entry) -> String {
    format!(
        "{:.0}  {:<11}  {:<16}  {:<15}  {:<12}  {:<24}  {:<15}  {}",
        entry.at,
        entry.action,
        entry.object,
        entry.role,
        entry.principal,
        entry.name,
        entry.address.as_deref().unwrap_or("-"),
        entry.note.as_deref().unwrap_or_default(),
    )
}
