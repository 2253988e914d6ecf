//! `gaveurs bench ingest`: how many readings a server stores, and the latency of acks.

use crate::{
    load::Load,
    naive,
    report::{Report, Served, Yardsticks},
    yardstick,
};
use clap::Args;
use gaveurs::{app::Application, settings::ServerArgs, simulator::options::ws_url, store::Pool};
use indicatif::ProgressBar;
use std::{path::PathBuf, process::ExitCode, time::Duration};

/// Readings in a transaction of the raw ceiling; equals the writer's maximum.
const CEILING_BATCH: usize = 1_000;
/// How many turns the server and each yardstick get.
const TURNS: u32 = 5;
/// Lot numbers reserved for one measurement of a turn; more than any of them uses.
const LOTS_OF_A_TURN: usize = 40_000;

/// Measure how many readings a server stores, and how long an ack takes
/// Without --url a server is started in this process, on --database-url or on a private PostgreSQL in a temporary directory, which is
/// removed at the end. It is measured in turns with yardsticks on the same database: the raw ceiling (the same statements from one loop,
/// without a server), the naive way (one transaction for each reading, each statement awaited), and a lone reading compared with its
/// transaction and with a bare commit. The written lots are simulated and stay in the database: use a database for tests.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  gaveurs bench ingest
      50 producers that await each ack, and 20 that do not, for 10 seconds each; with the yardsticks a little more than a minute
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

    /// Connections that send at the same time [default: 50; without --window, 20 with a window of 100 frames are measured as well]
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u64).range(1..=5_000))]
    producers: Option<u64>,

    /// Frames that a producer sends before it waits for an ack; 1 awaits each [default: 1]
    #[arg(long, value_name = "FRAMES", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    window: Option<u32>,

    /// Readings in a frame; more than 1 sends arrays
    #[arg(long, value_name = "READINGS", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=500))]
    batch: u32,

    /// Readings a second of all producers together, without yardsticks [default: as many as possible]
    #[arg(long, value_name = "READINGS", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    rate: Option<u32>,

    /// How long each measurement takes
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = gaveurs::settings::duration)]
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
                watched("producers", Report::of(load)).await?
            }
            None => self.measure_own_server(first_lot).await?,
        };
        println!("{report}");
        Ok(ExitCode::SUCCESS)
    }

    fn load(&self, url: String, first_lot: u64) -> Load {
        Load {
            url,
            producers: self.producers.unwrap_or(50),
            window: self.window.unwrap_or(1) as usize,
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
            Some(_) => watched("producers", Report::of(load)).await,
            None => self.measure_in_turns(load, app.pool()).await,
        };
        app.stop().await?;
        if let Some(directory) = own_directory {
            std::fs::remove_dir_all(directory)?;
        }
        measured
    }

    /// Listens on a free port. Without a database or directory in the arguments, uses a directory that is removed afterwards.
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

    /// Measures server and yardsticks on one database, in turns and on separate lots, so that other load of the machine affects all of
    /// them.
    async fn measure_in_turns(&self, load: Load, pool: &Pool) -> anyhow::Result<Report> {
        let streaming = Load {
            producers: 20,
            window: 100,
            ..load.clone()
        };
        let is_asked_for = self.producers.is_some() || self.window.is_some() || self.batch > 1;
        let mut bench = Turns {
            loads: if is_asked_for {
                vec![load.clone()]
            } else {
                vec![load.clone(), streaming]
            },
            lots: (load.first_lot..).step_by(LOTS_OF_A_TURN),
            duration: self.duration / TURNS,
            pool,
            line: progress(),
        };
        let mut report = bench.turn().await?;
        for _ in 1..TURNS {
            report.merge(bench.turn().await?);
        }
        bench.line.finish_and_clear();
        Ok(report)
    }
}

/// State of the turns.
struct Turns<'a, Lots> {
    loads: Vec<Load>,
    /// First lot of each following measurement.
    lots: Lots,
    duration: Duration,
    pool: &'a Pool,
    line: ProgressBar,
}

impl<Lots: Iterator<Item = u64>> Turns<'_, Lots> {
    async fn turn(&mut self) -> anyhow::Result<Report> {
        let lone = Load {
            producers: 1,
            window: 1,
            batch: 1,
            ..self.next("a lone producer", 0)
        };
        let lone = lone.run().await?.latencies;
        let mut served = Vec::new();
        for number in 0..self.loads.len() {
            let load = self.next("producers", number);
            served.push(Served::measure(load).await?);
        }
        let load = self.next("bare commits", 0);
        let bare = yardstick::bare_commits(self.pool, load.duration).await?;
        let load = self.next("the raw ceiling", 0);
        let ceiling = yardstick::write(self.pool, CEILING_BATCH, &load).await?;
        let load = self.next("single readings", 0);
        let single = yardstick::write(self.pool, 1, &load).await?;
        let load = self.next("the naive way", 0);
        let naive = naive::write(self.pool, &load).await?;
        let yardsticks = Yardsticks {
            ceiling,
            single: single.latencies,
            naive,
            lone,
            bare,
        };
        Ok(Report {
            served,
            yardsticks: Some(yardsticks),
        })
    }

    fn next(&mut self, what: &str, load: usize) -> Load {
        self.line.set_message(format!("measuring: {what}"));
        Load {
            duration: self.duration,
            first_lot: self.lots.next().unwrap_or_default(),
            ..self.loads[load].clone()
        }
    }
}

/// A progress line.
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
