//! `gaveurs bench sensors`: the cost of quality stations.

use crate::{
    latency::Latencies,
    load::Load,
    report::quantiles,
    station_load::{StationLoad, StationLoadResult, frame},
};
use clap::Args;
use gaveurs::{
    app::Application,
    protocol::{input::InputRules, sensors},
    settings::ServerArgs,
    telemetry::process::resident_bytes,
};
use jiff::{Timestamp, tz::TimeZone};
use std::{fmt, hint::black_box, path::PathBuf, process::ExitCode, time::Duration};
use tokio::time::{Instant, sleep};

/// Sizes of the recorded frames, bytes.
const SMALL: usize = 21_000;
const LARGE: usize = 145_000;
/// Number of frames parsed for each figure.
const PARSED: u32 = 300;

/// Measure the cost of quality stations: parsing, storing, and their effect on the latency of gavage
/// A server is started in this process, on --database-url or on a private PostgreSQL in a temporary directory, which is removed at the
/// end. First a frame is parsed repeatedly; then a lone gavage producer is measured without stations and with them. The stations run in
/// the same process, so the figures include their own cost.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  gaveurs bench sensors
      100 stations, one frame of 145 kB a second each, for 20 seconds
  gaveurs bench sensors --stations 20 --bytes 21000 --duration 5m
      small frames, for longer

Build with --release before believing a figure.")]
pub struct BenchSensors {
    /// Stations at the same time
    #[arg(long, value_name = "COUNT", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=2_000))]
    stations: u32,

    /// Size of a frame, at least 8000 bytes
    #[arg(long, value_name = "BYTES", default_value_t = LARGE as u32, value_parser = clap::value_parser!(u32).range(8_000..=250_000))]
    bytes: u32,

    /// Time from one frame of a station to the next
    #[arg(long, value_name = "TIME", default_value = "1s", value_parser = gaveurs::settings::duration)]
    pace: Duration,

    /// How long each measurement takes
    #[arg(long, value_name = "TIME", default_value = "20s", value_parser = gaveurs::settings::duration)]
    duration: Duration,

    #[command(flatten, next_help_heading = "Server in this process")]
    server: ServerArgs,
}

impl BenchSensors {
    /// # Errors
    /// A sentence that says what could not be measured.
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let parsing = [SMALL, LARGE].map(parsing_cost);
        let (settings, own_directory) = self.server_settings();
        let app = Application::build(&settings).await?;
        let measured = self.measure(&app).await;
        app.stop().await?;
        if let Some(directory) = own_directory {
            std::fs::remove_dir_all(directory)?;
        }
        let (alone, beside, outcome, memory) = measured?;
        println!(
            "{}",
            Report {
                parsing,
                alone,
                beside,
                outcome,
                memory
            }
        );
        Ok(ExitCode::SUCCESS)
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

    async fn measure(&self, app: &Application) -> anyhow::Result<Measured> {
        let first_lot = rand::random_range(0..4_000_000);
        let lone = |first_lot| Load {
            url: format!("ws://{}/ws/gavage", app.address()),
            producers: 1,
            window: 1,
            batch: 1,
            rate: None,
            duration: self.duration,
            first_lot,
        };
        let alone = lone(first_lot).run().await?;
        let stations = StationLoad {
            url: format!("ws://{}/ws/sensors/", app.address()),
            stations: self.stations,
            bytes: self.bytes as usize,
            pace: self.pace,
            duration: self.duration,
        };
        let gavage = lone(first_lot + 2_000_000);
        let (outcome, beside, memory) =
            tokio::join!(stations.run(), gavage.run(), memory_during(self.duration));
        Ok((alone.latencies, beside?.latencies, outcome?, memory))
    }
}

/// Latency of gavage without and with stations, the stations' results, and memory.
type Measured = (Latencies, Latencies, StationLoadResult, [u64; 2]);

/// Memory of this process in bytes, after a third of the duration and at its end.
async fn memory_during(duration: Duration) -> [u64; 2] {
    sleep(duration / 3).await;
    let early = resident_bytes();
    sleep(duration * 2 / 3).await;
    [early, resident_bytes()].map(Option::unwrap_or_default)
}

/// Time to parse one frame of a given size.
struct ParsingCost {
    bytes: usize,
    /// With the server's parser.
    ours: Duration,
    /// Into a tree of JSON values, the usual way.
    tree: Duration,
}

fn parsing_cost(bytes: usize) -> ParsingCost {
    let text = frame("S-1", "ESP32_LL_01", bytes);
    let (rules, now) = (InputRules::usual(TimeZone::UTC), Timestamp::now());
    let ours = mean_of(|| {
        // Only the time matters, not the result.
        let _ = black_box(sensors::parse(&text, &rules, now));
    });
    let tree = mean_of(|| {
        let _ = black_box(serde_json::from_str::<serde_json::Value>(&text));
    });
    ParsingCost {
        bytes: text.len(),
        ours,
        tree,
    }
}

fn mean_of(mut work: impl FnMut()) -> Duration {
    let begun = Instant::now();
    (0..PARSED).for_each(|_| work());
    begun.elapsed() / PARSED
}

struct Report {
    parsing: [ParsingCost; 2],
    alone: Latencies,
    beside: Latencies,
    outcome: StationLoadResult,
    memory: [u64; 2],
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for cost in &self.parsing {
            let micros = |duration: Duration| duration.as_secs_f64() * 1e6;
            writeln!(
                f,
                "parsing {:>7} B  {:>8.0} µs a frame; into a tree of values {:.0} µs",
                cost.bytes,
                micros(cost.ours),
                micros(cost.tree)
            )?;
        }
        let outcome = &self.outcome;
        writeln!(
            f,
            "stations: {} frames sent, {} acked, {:.1} acked/s, {:.1} MB/s",
            outcome.sent,
            outcome.acked,
            outcome.acked as f64 / outcome.elapsed.as_secs_f64(),
            outcome.bytes as f64 / 1e6 / outcome.elapsed.as_secs_f64()
        )?;
        writeln!(f, "  ack latency      {}", quantiles(&outcome.latencies))?;
        writeln!(f, "gavage, alone      {}", quantiles(&self.alone))?;
        writeln!(f, "gavage, beside     {}", quantiles(&self.beside))?;
        let [early, late] = self.memory.map(|bytes| bytes as f64 / 1e6);
        write!(
            f,
            "memory             {early:.0} MB after a third, {late:.0} MB at the end"
        )
    }
}
