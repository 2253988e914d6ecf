//! `gaveurs demo`: a server and its simulators in one process.

use super::start;
use crate::{
    app::Application,
    app::Ended,
    domain::{
        consumer::profile::Profile,
        panel::{ConsumerRun, GavageRun, MonitorRun, Run},
        simulated_networks::SimulatedNetworks,
    },
    messages::http_to_simulators::StartSimulator,
    settings::{Auth, ServerArgs},
    signals::asked_to_stop,
    simulator::{
        feeder::{Event, Feeder, line::Line},
        gavage::history,
        pace::Acceleration,
        sqal::{ASK_AGAIN, Stations},
    },
    store::{self, Pool},
};
use actix::Recipient;
use anyhow::{Context as _, anyhow};
use clap::Args;
use futures_util::stream;
use jiff::{Timestamp, Zoned};
use std::{future::pending, pin::pin, process::ExitCode, time::Duration};
use tokio::{
    sync::oneshot,
    time::{sleep, timeout},
};

/// Time from one foie of a simulated station to the next.
const STATION_PACE: Duration = Duration::from_millis(400);
/// So the inspection of a lot takes about ten seconds.
const FOIES_PER_LOT: u32 = 24;
/// Fast enough for all lots that are finished.
const STATIONS: u32 = 2;

/// From one rating of a consumer to the next.
const RATING_PACE: Duration = Duration::from_secs(2);
/// Of the lots of earlier weeks, which nobody watches: from one foie to the next, from one lot to the next, and how long feeding them may take.
const QUICK_PACE: Duration = Duration::from_millis(5);
const QUICKLY: Duration = Duration::from_millis(200);
const FED_WITHIN: Duration = Duration::from_secs(20);
/// Readings that may be unanswered.
const WINDOW: usize = 32;

/// Run a server with simulated lots, quality stations and consumers, and say which page to open
/// All data is simulated and labelled so. Each finished lot is followed by a new one; the next demo continues with further lots.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  gaveurs demo
      six lots, one day in ten seconds; then open the address that is printed
  gaveurs demo --lots 30 --acceleration 1440
      thirty lots, one day a minute")]
pub struct Demo {
    #[command(flatten)]
    server: ServerArgs,

    /// Lots fed at the same time
    #[arg(long, value_name = "LOTS", default_value_t = 6, value_parser = clap::value_parser!(u32).range(1..=300), help_heading = "Simulation")]
    lots: u32,

    /// How much faster than reality, from 1 to 86400; 8640 is one day in ten seconds
    #[arg(
        long,
        value_name = "TIMES",
        default_value = "8640",
        help_heading = "Simulation"
    )]
    acceleration: Acceleration,

    /// Seed of the simulation: the same seed gives the same lots [default: random, printed]
    #[arg(long, value_name = "SEED", help_heading = "Simulation")]
    seed: Option<u64>,
}

impl Demo {
    /// # Errors
    /// A sentence that says why the server cannot start, or why it ended.
    pub async fn run(mut self) -> anyhow::Result<ExitCode> {
        // A demo for a whole network has no panel: everybody could use it.
        self.server.control |= self.server.may_have_control();
        self.server.database.may_be_paused = true;
        self.server
            .simulated_network
            .extend(SimulatedNetworks::loopback());
        let mut stop = pin!(asked_to_stop());
        let Some(app) = start(&self.server, stop.as_mut()).await? else {
            return Ok(ExitCode::SUCCESS);
        };
        let seed = self.seed.unwrap_or_else(|| rand::random::<u32>().into());
        let begun = match self.begin(&app, seed).await {
            Ok(begun) => begun,
            Err(error) => {
                app.stop().await?;
                return Err(error);
            }
        };
        let (end, ended) = oneshot::channel();
        let inspecting = actix::spawn(begun.inspect(ended));
        let page = format!("http://{}", app.reached_at());
        eprintln!("\n  Open {page} (Ctrl-C ends it)\n");
        let farewell = async {
            stop.await;
            let _ = end.send(());
            let _ = inspecting.await;
        };
        match app.run(farewell).await? {
            Ended::Stopped => Ok(ExitCode::SUCCESS),
            Ended::StreamsLost => Err(anyhow!("the database is another one; start the demo again")),
        }
    }

    async fn begin(&self, app: &Application, seed: u64) -> anyhow::Result<Begun> {
        let simulators = app.simulators().clone().recipient();
        let lots = GavageRun {
            lots: self.lots,
            acceleration: self.acceleration.factor(),
            forever: true,
            strays: false,
            seed: Some(seed),
        };
        let consumers = ConsumerRun {
            interval: RATING_PACE,
            ratings: 0,
            lot: None,
            profile: Profile::Realistic,
            seed: Some(seed),
        };
        for run in [Run::Gavage(lots), Run::Consumer(consumers)] {
            start_run(&simulators, run).await?;
        }
        Ok(Begun {
            earlier: match self.server.auth {
                // Who feeds them has no key.
                Auth::On => Vec::new(),
                _ => feed_earlier_lots(app, seed).await?,
            },
            simulators,
            pool: app.pool().clone(),
            server: format!("http://{}", app.reached_at()),
            seed,
        })
    }
}

async fn start_run(simulators: &Recipient<StartSimulator>, run: Run) -> anyhow::Result<()> {
    let par = "demo".to_owned();
    let started = simulators.send(StartSimulator { run, par }).await;
    let started = started.context("the simulators are gone")?;
    started.map_err(|refusal| anyhow!(refusal))?;
    Ok(())
}

/// Feeds the lots of earlier weeks, with which the others are compared, unless an earlier demo did. Returns their codes.
async fn feed_earlier_lots(app: &Application, seed: u64) -> anyhow::Result<Vec<String>> {
    let today = Zoned::now().date();
    let codes = history::codes(today);
    if store::lots::count_open(app.pool(), &codes).await?.0 > 0 {
        return Ok(codes);
    }
    let readings = stream::iter(history::readings(seed, Timestamp::now(), today));
    let feeder = Feeder::new(format!("ws://{}/ws/gavage", app.reached_at()), WINDOW);
    let feeding = feeder.run(readings, pending(), |event, _| warn_of_refusal(&event));
    match timeout(FED_WITHIN, feeding).await {
        Ok(summary) => log::info!("{} simulated lots of earlier weeks: {summary}", codes.len()),
        Err(_) => log::warn!("the simulated lots of earlier weeks are not all there"),
    }
    Ok(codes)
}

fn warn_of_refusal(event: &Event<'_>) {
    if let Event::Refused { reading, sentence } = event {
        let code = &reading.code_lot;
        log::warn!("a simulated reading of {code} was refused: {sentence}");
    }
}

/// A demo whose lots are being fed.
struct Begun {
    simulators: Recipient<StartSimulator>,
    pool: Pool,
    server: String,
    seed: u64,
    /// Codes of the lots of earlier weeks.
    earlier: Vec<String>,
}

impl Begun {
    /// First the lots of earlier weeks, quickly; then stations inspect the others as they are finished.
    async fn inspect(self, ended: oneshot::Receiver<()>) {
        let quick = Stations {
            server: self.server.clone(),
            count: STATIONS,
            ask_every: QUICKLY,
            pace: QUICK_PACE,
            foies_per_lot: FOIES_PER_LOT,
            seed: self.seed,
            key: None,
            watcher: None,
            line: Line::default(),
        };
        let mut goes_on = true;
        let ready = async {
            tokio::select! {
                () = self.all_are_closed() => {}
                _ = ended => goes_on = false,
            }
        };
        quick.run(ready).await;
        let stations = MonitorRun {
            stations: STATIONS,
            ask_every: ASK_AGAIN,
            foies_per_lot: FOIES_PER_LOT,
            pace: STATION_PACE,
            seed: Some(self.seed),
        };
        if goes_on && let Err(error) = start_run(&self.simulators, Run::Monitor(stations)).await {
            log::error!("no quality station inspects the lots: {error:#}");
        }
    }

    /// While the database does not answer, they are not known to be closed.
    async fn all_are_closed(&self) {
        let open = async || store::lots::count_open(&self.pool, &self.earlier).await;
        while !open().await.is_ok_and(|(_, open)| open == 0) {
            sleep(QUICKLY).await;
        }
    }
}
