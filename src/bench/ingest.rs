//! `gaveurs bench ingest`.

use super::{
    load::Load,
    naive,
    report::{Report, Served, Yardsticks},
    server_figures::ServerFigures,
    yardstick,
};
use crate::{app::Application, settings::ServerArgs, simulator::options::ws_url, store::Pool};
use clap::Args;
use indicatif::ProgressBar;
use std::{path::PathBuf, process::ExitCode, time::Duration};

/// Readings in a transaction of the raw ceiling: the most that the writer puts into one.
const CEILING_BATCH: usize = 1_000;
/// The server and each yardstick have so many turns.
const TURNS: u32 = 5;
/// More than anybody writes in one.
const LOTS_OF_A_TURN: usize = 40_000;

/// Measure how many readings a server stores, and how long an ack takes
///
/// Without --url a server is started in this process, on --database-url or else on a private PostgreSQL in a directory of its own, which is
/// removed at the end, and measured in turns with yardsticks on the same database: the raw ceiling (the same statements from one loop,
/// without any server), the naive way (one transaction for each reading), and a lone reading against a bare commit.
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
  gaveurs bench ingest --producers 20 --window 100 --rate 33000 --duration 10m
      the same load for long, with the memory at its beginning and end
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

    /// Readings a second of all producers together, without yardsticks [default: as many as go in]
    #[arg(long, value_name = "READINGS", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    rate: Option<u32>,

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
            Some(url) => {
                let load = self.load(url.clone(), first_lot);
                watched("producers", measure(load)).await?
            }
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
            rate: self.rate,
            duration: self.duration,
            first_lot,
        }
    }

    async fn measure_own_server(&self, first_lot: u64) -> anyhow::Result<Report> {
        let (settings, own_directory) = self.server_settings();
        let app = Application::build(&settings).await?;
        let url = format!("ws://{}/ws/gavage", app.address());
        let load = self.load(url, first_lot);
        let measured = match self.rate {
            Some(_) => watched("producers", measure(load)).await,
            None => self.measure_in_turns(load, app.pool()).await,
        };
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

    /// Server and yardsticks on one database, each on lots of its own, in turns: what else the machine does falls on all alike.
    async fn measure_in_turns(&self, load: Load, pool: &Pool) -> anyhow::Result<Report> {
        let mut lots = (load.first_lot..).step_by(LOTS_OF_A_TURN);
        let mut turns = || Load {
            duration: self.duration / TURNS,
            first_lot: lots.next().unwrap_or_default(),
            ..load.clone()
        };
        let line = progress();
        let mut report = turn(&mut turns, pool, &line).await?;
        for _ in 1..TURNS {
            report.merge(turn(&mut turns, pool, &line).await?);
        }
        line.finish_and_clear();
        Ok(report)
    }
}

async fn turn(
    next: &mut impl FnMut() -> Load,
    pool: &Pool,
    line: &ProgressBar,
) -> anyhow::Result<Report> {
    line.set_message("measuring: a lone producer");
    let lone = Load {
        producers: 1,
        window: 1,
        batch: 1,
        ..next()
    };
    let lone = lone.run().await?.latencies;
    line.set_message("measuring: bare commits");
    let bare = yardstick::bare_commits(pool, next().duration).await?;
    line.set_message("measuring: producers");
    let served = measure(next()).await?;
    line.set_message("measuring: the raw ceiling");
    let ceiling = yardstick::ceiling(pool, CEILING_BATCH, &next()).await?;
    line.set_message("measuring: the naive way");
    let naive = naive::write(pool, &next()).await?;
    let yardsticks = Yardsticks {
        ceiling,
        naive,
        lone,
        bare,
    };
    Ok(Report {
        yardsticks: Some(yardsticks),
        ..served
    })
}

async fn measure(load: Load) -> anyhow::Result<Report> {
    let before = ServerFigures::ask(&load.url).await;
    let outcome = load.run().await?;
    let after = ServerFigures::ask(&load.url).await;
    Ok(Report {
        served: Served::new(outcome, before, after),
        load,
        yardsticks: None,
    })
}

/// A line that moves while something is measured.
fn progress() -> ProgressBar {
    let line = ProgressBar::new_spinner();
    line.enable_steady_tick(Duration::from_millis(200));
    line
}

async fn watched<T>(
    what: &'static str,
    work: impl Future<Output = anyhow::Result<T>>,
) -> anyhow::Result<T> {
    let line = progress().with_message(format!("measuring: {what}"));
    let done = work.await;
    line.finish_and_clear();
    done
}
