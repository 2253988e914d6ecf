//! `gaveurs bench ingest`.

use super::{
    load::{Load, Outcome},
    report::{BatchCounts, Report},
    yardstick,
};
use crate::{app::Application, settings::ServerArgs, simulator::options::ws_url, store::Pool};
use clap::Args;
use indicatif::ProgressBar;
use std::{path::PathBuf, process::ExitCode, time::Duration};

/// Readings in a transaction of the raw ceiling: the most that the writer puts into one.
const CEILING_BATCH: usize = 1_000;

/// Measure how many readings a server stores, and how long an ack takes
///
/// Without --url a server is started in this process, on --database-url or else on a private PostgreSQL in a directory of its own, which is
/// removed at the end; then two yardsticks are measured on the same database: the raw ceiling (the same statements from one loop,
/// without any server) and the naive way (one transaction for each reading), and beside them a lone reading against a bare commit.
/// The lots that are written are simulated ones and stay in the database: give it one that is made for it.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  gaveurs bench ingest
      50 producers that await each ack, for 10 seconds
  gaveurs bench ingest --producers 20 --window 200 --duration 60s
      as much as goes in
  gaveurs bench ingest --batch 100 --window 4
      arrays of 100 readings in a frame
  gaveurs bench ingest --url ws://duck.example:8000/ws/gavage --duration 1m
      a server that runs elsewhere, without yardsticks

Build with --release before believing a figure.")]
pub struct BenchIngest {
    /// Server to measure, e.g. ws://127.0.0.1:8000/ws/gavage [default: one in this process]
    #[arg(long, value_name = "URL", value_parser = ws_url)]
    url: Option<String>,

    /// Connections that send at the same time
    #[arg(long, value_name = "COUNT", default_value_t = 50, value_parser = clap::value_parser!(u64).range(1..=5_000))]
    producers: u64,

    /// Frames that a producer sends before it waits for an ack; 1 awaits each
    #[arg(long, value_name = "FRAMES", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    window: u32,

    /// Readings in a frame; more than 1 sends arrays
    #[arg(long, value_name = "READINGS", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=500))]
    batch: u32,

    /// How long each measurement takes
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = crate::settings::duration)]
    duration: Duration,

    #[command(flatten, next_help_heading = "Server in this process")]
    server: ServerArgs,
}

impl BenchIngest {
    /// # Errors
    /// A sentence that says what could not be measured.
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let first_lot = rand::random_range(0..9_000_000);
        let report = match &self.url {
            Some(url) => self.measure_server(url.clone(), first_lot).await?,
            None => self.measure_own_server(first_lot).await?,
        };
        println!("{report}");
        Ok(ExitCode::SUCCESS)
    }

    fn load(&self, url: String, first_lot: u64) -> Load {
        Load {
            url,
            producers: self.producers,
            window: self.window as usize,
            batch: self.batch as usize,
            duration: self.duration,
            first_lot,
        }
    }

    async fn measure_server(&self, url: String, first_lot: u64) -> anyhow::Result<Report> {
        let load = self.load(url, first_lot);
        let before = BatchCounts::ask(&load.url).await;
        let outcome = watched("producers", load.run()).await?;
        let after = BatchCounts::ask(&load.url).await;
        Ok(Report {
            batch_size: BatchCounts::mean_between(before, after),
            load: Some((load, outcome)),
            ..Report::default()
        })
    }

    async fn measure_own_server(&self, first_lot: u64) -> anyhow::Result<Report> {
        let (settings, own_directory) = self.server_settings();
        let app = Application::build(&settings).await?;
        let url = format!("ws://{}/ws/gavage", app.address());
        let measured = self.measure_all(url, app.pool(), first_lot).await;
        app.stop().await?;
        if let Some(directory) = own_directory {
            std::fs::remove_dir_all(directory)?;
        }
        measured
    }

    /// Any free port; without a database or directory named, a directory that is removed afterwards.
    fn server_settings(&self) -> (ServerArgs, Option<PathBuf>) {
        let mut settings = self.server.clone();
        settings.bind.set_port(0);
        let database = &mut settings.database;
        if database.database_url.is_some() || database.data_dir.is_some() {
            return (settings, None);
        }
        let directory = std::env::temp_dir().join(format!("gaveurs-bench-{}", std::process::id()));
        database.data_dir = Some(directory.clone());
        (settings, Some(directory))
    }

    /// Everything on one database, each part on lots of its own.
    async fn measure_all(
        &self,
        url: String,
        pool: &Pool,
        first_lot: u64,
    ) -> anyhow::Result<Report> {
        let mut lots = (first_lot..).step_by(200_000);
        let mut next_lots = || lots.next().unwrap_or(first_lot);
        let lone = Load {
            producers: 1,
            window: 1,
            batch: 1,
            ..self.load(url.clone(), next_lots())
        };
        let lone = watched("a lone producer", lone.run()).await?;
        let bare = watched("bare commits", async {
            Ok(yardstick::bare_commits(pool, self.duration).await?)
        })
        .await?;
        let mut report = self.measure_server(url, next_lots()).await?;
        let ceiling = self.yardstick(pool, CEILING_BATCH, next_lots());
        report.ceiling = Some(watched("raw ceiling", ceiling).await?);
        let naive = self.yardstick(pool, 1, next_lots());
        report.naive = Some(watched("naive way", naive).await?);
        report.lone = Some((lone.latencies, bare));
        Ok(report)
    }

    async fn yardstick(
        &self,
        pool: &Pool,
        batch: usize,
        first_lot: u64,
    ) -> anyhow::Result<Outcome> {
        Ok(yardstick::write(pool, batch, self.producers, first_lot, self.duration).await?)
    }
}

/// A line that moves while something is measured.
async fn watched<T>(
    what: &'static str,
    work: impl Future<Output = anyhow::Result<T>>,
) -> anyhow::Result<T> {
    let line = ProgressBar::new_spinner().with_message(format!("measuring: {what}"));
    line.enable_steady_tick(Duration::from_millis(200));
    let done = work.await;
    line.finish_and_clear();
    done
}
