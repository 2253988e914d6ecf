//! `gaveurs bench soak`: checks that a server is after a day what it was after an hour.

mod faults;
mod position;
mod producers;
mod relay;
mod screens;
mod stations;
mod storage;
mod surroundings;
mod tally;
mod verdict;

use crate::server_figures::ServerFigures;
use clap::Args;
use futures_util::future::join_all;
use gaveurs::signals::asked_to_stop;
use std::{fmt::Write as _, mem, pin::pin, process::ExitCode, time::Duration};
use storage::Storage;
use surroundings::Surroundings;
use tally::SharedTally;
use tokio::{
    sync::watch,
    time::{Instant, MissedTickBehavior, interval_at, timeout},
};
use verdict::{Evidence, Look, Quantiles, millis};

/// Load a server for a long time and check that it stays stable
/// Producers send a steady stream of meals, quality stations send samples, screens connect, watch, disconnect and reconnect. Every minute
/// a line shows the latency of acks and deliveries, and the size of memory, descriptors and database. At the end the acked data is
/// counted in the database, and a verdict says what was lost, what was repeated, and what grew from the second quarter to the last.
/// Without --url a server is started on a private PostgreSQL in a temporary directory, which is removed at the end. The data written to
/// --url is marked as simulated and stays: use a server for tests, or one that is not in use yet.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  gaveurs bench soak --duration 10m
      a first look: a server of its own, 20 producers, 4 stations, 40 screens
  gaveurs bench soak --duration 24h --faults
      a day in which connections are cut and stand still, a screen reads nothing, and the database goes away
  gaveurs bench soak --duration 24h --url http://duck.example:8000 --database-url postgres://gaveurs:secret@db/gaveurs
      your own server; with the address of its database, what was acked is counted there

How to read the lines: docs/performance.md, \"Soak\". Ctrl-C ends it early, with a verdict on what there is.
Exit code: 0 when nothing was lost, repeated or refused and nothing drifted, else 1.")]
pub struct BenchSoak {
    /// Duration of the run
    #[arg(long, value_name = "TIME", default_value = "24h", value_parser = gaveurs::settings::duration)]
    duration: Duration,

    /// Server to load, e.g. http://127.0.0.1:8000 [default: starts one]
    #[arg(long, value_name = "URL", value_parser = surroundings::http_url)]
    url: Option<String>,

    /// Database of the server at --url, in which to count the acked data
    #[arg(long, value_name = "URL", requires = "url")]
    database_url: Option<String>,

    /// Connections that send readings
    #[arg(long, value_name = "COUNT", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=2_000))]
    producers: u64,

    /// Readings a second of all producers together
    #[arg(long, value_name = "READINGS", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    rate: u32,

    /// Quality stations, a sample of 21 kB a second each
    #[arg(long, value_name = "COUNT", default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=500))]
    stations: u32,

    /// Screens that connect and disconnect, half of them of supervisors
    #[arg(long, value_name = "COUNT", default_value_t = 40, value_parser = clap::value_parser!(u64).range(1..=5_000))]
    screens: u64,

    /// Approximate time that a screen stays connected
    #[arg(long, value_name = "TIME", default_value = "1m", value_parser = gaveurs::settings::duration)]
    stay: Duration,

    /// Time from one line to the next
    #[arg(long, value_name = "TIME", default_value = "1m", value_parser = gaveurs::settings::duration)]
    every: Duration,

    /// Inject faults: cut and stall connections of clients and of a private database, and have a screen read nothing
    #[arg(long)]
    faults: bool,
}

/// Parameters that all clients share.
#[derive(Clone)]
struct Crowd {
    /// `ws://host:port`.
    server: String,
    /// Prefix of every name in this run.
    prefix: String,
    producers: u64,
    /// Time from one reading of a producer to the next.
    reading_pace: Duration,
    stay: Duration,
    stop: watch::Receiver<bool>,
}

impl Crowd {
    async fn stopped(&self) {
        // Ignores the error: the sender lives longer than the clients.
        let _ = self.stop.clone().wait_for(|stop| *stop).await;
    }
}

/// How long to wait for the last acks.
const FAREWELL: Duration = Duration::from_secs(60);

impl BenchSoak {
    /// # Errors
    /// A sentence that says why the run failed to start.
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let prefix = format!("SK{:06}-", rand::random_range(0..1_000_000));
        let surroundings = Surroundings::prepare(&self, &prefix).await?;
        let outcome = self.soak(&surroundings, prefix).await;
        surroundings.end().await?;
        outcome
    }

    async fn soak(&self, surroundings: &Surroundings, prefix: String) -> anyhow::Result<ExitCode> {
        let (stop, stopped) = watch::channel(false);
        let crowd = Crowd {
            server: format!("ws://{}", surroundings.clients_connect_to()),
            prefix,
            producers: self.producers,
            reading_pace: Duration::from_secs_f64(self.producers as f64 / f64::from(self.rate)),
            stay: self.stay,
            stop: stopped,
        };
        let tally = SharedTally::default();
        let clients = self.start(&crowd, &tally);
        let looks = self.watch(surroundings, &tally).await;
        surroundings.calm();
        stop.send_replace(true);
        if timeout(FAREWELL, join_all(clients)).await.is_err() {
            anyhow::bail!("some clients did not end within {} s", FAREWELL.as_secs());
        }
        conclude(&looks, &tally, surroundings.storage.as_ref(), self.faults).await
    }

    fn start(
        &self,
        crowd: &Crowd,
        tally: &SharedTally,
    ) -> Vec<actix_web::rt::task::JoinHandle<()>> {
        let mut clients = Vec::new();
        for number in 0..self.producers {
            clients.push(actix_web::rt::spawn(producers::produce(
                number,
                crowd.clone(),
                tally.clone(),
            )));
        }
        for number in 0..self.stations {
            clients.push(actix_web::rt::spawn(stations::inspect(
                number,
                crowd.clone(),
                tally.clone(),
            )));
        }
        for number in 0..self.screens {
            clients.push(actix_web::rt::spawn(screens::watch(
                number,
                crowd.clone(),
                tally.clone(),
            )));
        }
        clients
    }

    /// Takes samples until the time is over or the operator stops the run.
    async fn watch(&self, surroundings: &Surroundings, tally: &SharedTally) -> Vec<Look> {
        let begun = Instant::now();
        let mut looks = Vec::new();
        let mut ticks = interval_at(begun + self.every, self.every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut stop, mut acked) = (pin!(asked_to_stop()), 0);
        let mut over = pin!(tokio::time::sleep(self.duration));
        let mut faults = pin!(surroundings.trouble(self.every));
        loop {
            tokio::select! {
                // A look at a server that does not answer takes longer than the time to the next: the end must not wait for its turn.
                biased;
                () = over.as_mut() => return looks,
                () = stop.as_mut() => return looks,
                () = faults.as_mut() => {}
                _ = ticks.tick() => {
                    let look = look(surroundings, tally, &mut acked).await;
                    println!("{}", line(begun.elapsed(), &look, tally));
                    looks.push(look);
                }
            }
        }
    }
}

async fn look(surroundings: &Surroundings, tally: &SharedTally, acked: &mut u64) -> Look {
    let figures = ServerFigures::ask(&format!("ws://{}/", surroundings.server)).await;
    let database = match &surroundings.storage {
        Some(storage) => storage.size().await.ok(),
        None => None,
    };
    let mut tally = tally.borrow_mut();
    let before = mem::replace(acked, tally.totals.readings_acked);
    let quantiles = |latencies: crate::latency::Latencies| Quantiles {
        p50: latencies.quantile(0.5),
        p99: latencies.quantile(0.99),
    };
    Look {
        readings_acked: *acked - before,
        ack: quantiles(mem::take(&mut tally.acks)),
        delivery: quantiles(mem::take(&mut tally.deliveries)),
        memory: figures.and_then(|figures| figures.memory),
        open_files: figures.and_then(|figures| figures.open_files),
        database,
    }
}

fn line(elapsed: Duration, look: &Look, tally: &SharedTally) -> String {
    let number = |value: Option<f64>| value.map_or("–".to_owned(), |value| format!("{value:.1}"));
    let megabytes = |bytes: Option<u64>| number(bytes.map(|bytes| bytes as f64 / 1e6));
    let times =
        |of: Quantiles| format!("{} / {} ms", number(millis(of.p50)), number(millis(of.p99)));
    let totals = tally.borrow().totals;
    format!(
        "{:>7.1} min  acked {}  ack {}  shown {}  memory {} MB  files {}  database {} MB  screens {}  missed {}  repeated {}",
        elapsed.as_secs_f64() / 60.0,
        look.readings_acked,
        times(look.ack),
        times(look.delivery),
        megabytes(look.memory),
        look.open_files
            .map_or("–".to_owned(), |files| files.to_string()),
        megabytes(look.database),
        totals.screens_open,
        totals.frames_missed,
        totals.frames_repeated,
    )
}

async fn conclude(
    looks: &[Look],
    tally: &SharedTally,
    storage: Option<&Storage>,
    with_faults: bool,
) -> anyhow::Result<ExitCode> {
    let totals = tally.borrow().totals;
    let (mut readings, mut samples, mut sizes) = (None, None, String::new());
    if let Some(storage) = storage {
        readings = Some(storage.readings().await?);
        samples = Some(storage.samples().await?);
        for (table, bytes) in storage.tables().await? {
            write!(sizes, "  {table} {:.1} MB", bytes as f64 / 1e6)?;
        }
    }
    let rows = |stored: Option<storage::RowCounts>| {
        stored.map_or("not counted".to_owned(), |stored| {
            format!("{} stored", stored.rows)
        })
    };
    println!(
        "\nreadings   {} acked, {}, {} unanswered at the end",
        totals.readings_acked,
        rows(readings),
        totals.readings_unanswered
    );
    println!(
        "samples    {} acked, {}, {} unanswered at the end",
        totals.samples_acked,
        rows(samples),
        totals.samples_unanswered
    );
    println!(
        "screens    {} visits, {} frames shown, {} missed, {} repeated, {} left out for slow ones, {} visits sent to history",
        totals.screens_opened,
        totals.frames_shown,
        totals.frames_missed,
        totals.frames_repeated,
        totals.frames_skipped,
        totals.not_resumed
    );
    println!(
        "producers and stations connected again {} times",
        totals.reconnections
    );
    println!(
        "tables   {}",
        if sizes.is_empty() {
            " not looked at (--database-url says where)"
        } else {
            &sizes
        }
    );
    let verdict = Evidence {
        looks,
        totals,
        readings,
        samples,
        with_faults,
    }
    .judge();
    for drift in &verdict.drifts {
        println!("drift      {drift}");
    }
    for failure in &verdict.failures {
        println!("FAILED     {failure}");
    }
    if verdict.failures.is_empty() {
        println!("verdict    good");
        return Ok(ExitCode::SUCCESS);
    }
    println!("verdict    not good");
    Ok(ExitCode::FAILURE)
}
