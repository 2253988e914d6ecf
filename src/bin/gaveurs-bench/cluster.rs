//! `gaveurs bench cluster`: what several servers on one database cost, how fast they tell each other, and what screens see of a kill.

mod across;
mod hop;
mod kills;
mod place;
mod tab;

use crate::{
    file_limit,
    load::{Load, LoadResult},
    report::quantiles,
    server::{Server, scratch},
};
use clap::{Args, ValueEnum};
use gaveurs::embedded::{Cluster, ClusterSettings};
use indicatif::ProgressBar;
use std::{fmt, path::Path, process::ExitCode, time::Duration};

/// How many turns one server alone and one of a cluster get.
const TURNS: u32 = 4;
/// Lot numbers reserved for one load; more than any of them uses.
const LOTS_OF_A_LOAD: usize = 60_000;
const SERVERS: usize = 3;
/// Estimate of the files that are not tabs.
const OTHER_FILES: u64 = 300;
const TOGETHER: &[&str] = &["--cluster"];

/// Measure several servers on one database against one server alone
/// Starts a private PostgreSQL in a temporary directory, which is removed at the end. A crowd of tabs hops from a server that is killed to one that
/// has just started. On one of its databases three servers are one: a server
/// is killed again and again while its screens move to the others, and readings are sent to one while a screen of another one waits for them.
/// On two others a server alone and one started with --cluster are measured in turns, so that their ratio is what the journal costs; then two
/// more servers join it, and all three are loaded at the same time.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  gaveurs bench cluster
      about two minutes
  gaveurs bench cluster --duration 30s --kills 20
      for longer
  gaveurs bench cluster --rate 2000
      on a machine that cannot take 5,000 readings a second
  gaveurs bench cluster --part hop --tabs 5000
      only that, with fewer tabs
  GAVEURS_TRANSPORT=nats://127.0.0.1:4222 gaveurs bench cluster --part screens
      with a nats-server that runs there, for a server that was built with --features nats

What it prints:
  hop                how long after a new server listens until each of 15,000 tabs, whose server was killed, has what it missed (the goal is 5 s for
                     the last one), and how many statements it asks PostgreSQL meanwhile beside those of ingest (50 at most). The tabs are in
                     this process, which shares the cores with the servers
  of one alone       readings a second of a server with --cluster over those of a server without; the goal is 80 %
  a lone reading     p50 of its ack in both, and the difference; the goal is 0.3 ms at most
  on another server  from the ack of a reading to its frame on a screen of another server; the goals are 2 ms (p50) and 10 ms (p99)
  kill of a server   frames that its screens missed or got twice when they moved (the goal is 0), and their longest silence (2.5 s at most)
  load               of the machine while it was measured (1 minute), without which no figure says much

Build with --release before believing a figure.")]
pub struct BenchCluster {
    /// How long each load takes in all
    #[arg(long, value_name = "TIME", default_value = "8s", value_parser = gaveurs::settings::duration)]
    duration: Duration,

    /// Readings a second while screens of another server wait for them
    #[arg(long, value_name = "READINGS", default_value_t = 5_000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    rate: u32,

    /// Tabs that hop to a new server; fewer if this machine allows fewer open files
    #[arg(long, value_name = "COUNT", default_value_t = 15_000, value_parser = clap::value_parser!(u32).range(10..=100_000))]
    tabs: u32,

    /// Measure only this; may be repeated
    #[arg(long, value_enum)]
    part: Vec<Part>,

    /// How often a server is killed
    #[arg(long, value_name = "COUNT", default_value_t = 5, value_parser = clap::value_parser!(u32).range(0..=1_000))]
    kills: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    Hop,
    Screens,
    Ingest,
}

impl BenchCluster {
    /// # Errors
    /// A sentence that says what could not be measured.
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let directory = scratch()?;
        let measured = self.measure(&directory).await;
        std::fs::remove_dir_all(directory)?;
        measured.map(|()| ExitCode::SUCCESS)
    }

    fn is_asked(&self, part: Part) -> bool {
        self.part.is_empty() || self.part.contains(&part)
    }

    async fn measure(&self, directory: &Path) -> anyhow::Result<()> {
        let line = ProgressBar::new_spinner();
        line.enable_steady_tick(Duration::from_millis(200));
        if self.is_asked(Part::Hop) {
            self.measure_hop(&directory.join("hop"), &line).await?;
        }
        if self.is_asked(Part::Screens) || self.is_asked(Part::Ingest) {
            let settings = ClusterSettings {
                data_dir: directory.join("data"),
                ..ClusterSettings::default()
            };
            let database = Cluster::start(&settings).await?;
            let measured = self.measure_servers(&database, &line).await;
            database.stop().await?;
            measured?;
        }
        line.finish_and_clear();
        println!("load               {}", machine_load());
        Ok(())
    }

    /// On a PostgreSQL of its own, which counts statements if it can.
    async fn measure_hop(&self, data_dir: &Path, line: &ProgressBar) -> anyhow::Result<()> {
        let files = file_limit();
        let most = files.saturating_sub(OTHER_FILES);
        let tabs = u64::from(self.tabs).min(most) as usize;
        if tabs < self.tabs as usize {
            line.suspend(|| println!("scaled down to {tabs} tabs: {files} files may be open"));
        }
        line.set_message("a hop of all tabs to a server that has just started");
        let counts = ("shared_preload_libraries", "pg_stat_statements");
        let mut settings = ClusterSettings {
            data_dir: data_dir.to_owned(),
            extra_settings: vec![(counts.0.to_owned(), counts.1.to_owned())],
            ..ClusterSettings::default()
        };
        let database = match Cluster::start(&settings).await {
            Ok(database) => database,
            Err(error) => {
                log::warn!("statements are not counted: {error}");
                settings.extra_settings.clear();
                Cluster::start(&settings).await?
            }
        };
        let hop = hop::measure(&database, tabs).await;
        database.stop().await?;
        let hop = hop?;
        line.suspend(|| println!("{hop}"));
        Ok(())
    }

    async fn measure_servers(&self, database: &Cluster, line: &ProgressBar) -> anyhow::Result<()> {
        for name in ["screens", "alone", "together"] {
            database.create_database(name).await?;
        }
        if self.is_asked(Part::Screens) {
            self.measure_screens(&database.url("screens"), line).await?;
        }
        if self.is_asked(Part::Ingest) {
            let (alone, together) = (database.url("alone"), database.url("together"));
            self.measure_ingest(&alone, &together, line).await?;
        }
        Ok(())
    }

    /// On a database of its own: what the other loads leave behind is more lots than a wall has.
    async fn measure_screens(&self, database_url: &str, line: &ProgressBar) -> anyhow::Result<()> {
        let mut servers = Vec::new();
        while servers.len() < SERVERS {
            servers.push(member(database_url).await?);
        }
        line.set_message("kills");
        let kills = kills::measure(&mut servers, database_url, self.kills).await?;
        line.suspend(|| println!("{kills}"));
        line.set_message("screens of another server");
        let across = across::measure(&servers, self.rate, self.duration).await?;
        line.suspend(|| println!("{across}"));
        for server in servers {
            server.end().await?;
        }
        Ok(())
    }

    async fn measure_ingest(
        &self,
        of_one: &str,
        of_cluster: &str,
        line: &ProgressBar,
    ) -> anyhow::Result<()> {
        let alone = Server::start_with(Some(of_one), 100, &[], |_| {}).await?;
        let mut servers = vec![member(of_cluster).await?];
        let mut lots = (0..).step_by(LOTS_OF_A_LOAD);
        line.set_message("one server alone and one of a cluster, in turns");
        let compared = self.compare(&alone, &servers[0], &mut lots).await?;
        line.suspend(|| println!("{compared}"));
        while servers.len() < SERVERS {
            servers.push(member(of_cluster).await?);
        }
        line.set_message("one server alone and three of a cluster, in turns");
        let sum = self.sum(&alone, &servers, &mut lots).await?;
        line.suspend(|| println!("{sum}"));
        for server in servers.into_iter().chain([alone]) {
            server.end().await?;
        }
        Ok(())
    }

    async fn compare(
        &self,
        alone: &Server,
        together: &Server,
        lots: &mut impl Iterator<Item = u64>,
    ) -> anyhow::Result<Compared> {
        let mut compared = Compared::default();
        for _ in 0..TURNS {
            for (number, (producers, window)) in KINDS.into_iter().enumerate() {
                for (server, side) in [(alone, 0), (together, 1)] {
                    let first_lot = lots.next().unwrap_or_default();
                    let load = self.load(server, producers, window, first_lot);
                    compared.kinds[number][side].merge(&load.run().await?);
                }
            }
        }
        Ok(compared)
    }

    fn load(&self, server: &Server, producers: u64, window: usize, first_lot: u64) -> Load {
        Load {
            url: format!("ws://{}/ws/gavage", server.address),
            producers,
            window,
            batch: 1,
            rate: None,
            duration: self.duration / TURNS,
            first_lot,
        }
    }

    /// The same producers on one server alone, and divided among all servers of the cluster.
    async fn sum(
        &self,
        alone: &Server,
        servers: &[Server],
        lots: &mut impl Iterator<Item = u64>,
    ) -> anyhow::Result<Sum> {
        let producers = 20 * SERVERS as u64;
        let mut sum = Sum::default();
        for _ in 0..TURNS {
            let first_lot = lots.next().unwrap_or_default();
            let load = self.load(alone, producers, 1, first_lot);
            sum.alone.merge(&load.run().await?);
            let loads = servers.iter().map(|server| {
                let first_lot = lots.next().unwrap_or_default();
                self.load(server, producers / SERVERS as u64, 1, first_lot)
            });
            let loads: Vec<_> = loads.collect();
            let running = loads.iter().map(Load::run);
            let each = futures_util::future::try_join_all(running).await?;
            let mut turn = LoadResult::default();
            each.iter().for_each(|of_one| turn.merge(of_one));
            // They ran at the same time.
            turn.elapsed /= SERVERS as u32;
            sum.together.merge(&turn);
        }
        Ok(sum)
    }
}

/// Producers and frames under way; the last is a lone reading.
const KINDS: [(u64, usize); 3] = [(50, 1), (20, 100), (1, 1)];

/// Of each kind the server alone and the one of a cluster.
#[derive(Default)]
struct Compared {
    kinds: [[LoadResult; 2]; 3],
}

impl fmt::Display for Compared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for ((producers, window), [alone, together]) in KINDS.iter().zip(&self.kinds) {
            if *producers > 1 {
                writeln!(f, "{producers} producers, {window} frames under way")?;
                ratio(f, alone, together)?;
                continue;
            }
            let median = |result: &LoadResult| {
                let p50 = result.latencies.quantile(0.5).unwrap_or_default();
                p50.as_secs_f64() * 1e3
            };
            writeln!(f, "a lone reading")?;
            writeln!(f, "  alone            {}", quantiles(&alone.latencies))?;
            writeln!(f, "  of a cluster     {}", quantiles(&together.latencies))?;
            let added = median(together) - median(alone);
            writeln!(f, "  added            {added:.2} ms (p50)")?;
        }
        Ok(())
    }
}

#[derive(Default)]
struct Sum {
    alone: LoadResult,
    together: LoadResult,
}

impl fmt::Display for Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "three servers, {} producers in all", 20 * SERVERS)?;
        ratio(f, &self.alone, &self.together)
    }
}

fn ratio(f: &mut fmt::Formatter<'_>, alone: &LoadResult, together: &LoadResult) -> fmt::Result {
    for (name, result) in [("alone", alone), ("of a cluster", together)] {
        let latencies = quantiles(&result.latencies);
        writeln!(
            f,
            "  {name:<16} {:>7.0} readings/s, {latencies}",
            result.rate()
        )?;
    }
    let share = 100.0 * together.rate() / alone.rate();
    writeln!(f, "  of one alone     {share:.0} %")
}

async fn member(database_url: &str) -> anyhow::Result<Server> {
    member_of(database_url, 1_000).await
}

/// With room for so many connections.
async fn member_of(database_url: &str, connections: usize) -> anyhow::Result<Server> {
    Server::start_with(Some(database_url), connections, TOGETHER, |_| {}).await
}

/// Of the last minute.
fn machine_load() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let first = text.split_whitespace().next();
    first.unwrap_or("–").to_owned()
}
