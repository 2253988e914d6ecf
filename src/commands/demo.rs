//! `gaveurs demo`: a server and its simulators in one process.

use super::start;
use crate::{
    app::Application,
    domain::{
        consumer::profile::Profile,
        panel::{ConsumerRun, GavageRun, MonitorRun, Run},
        simulated_networks::SimulatedNetworks,
    },
    messages::http_to_simulators::StartSimulator,
    settings::ServerArgs,
    signals::asked_to_stop,
    simulator::{pace::Acceleration, sqal::ASK_AGAIN},
};
use anyhow::{Context as _, anyhow};
use clap::Args;
use std::{pin::pin, process::ExitCode, time::Duration};

/// Time from one foie of a simulated station to the next.
const STATION_PACE: Duration = Duration::from_millis(400);
/// So the inspection of a lot takes about ten seconds.
const FOIES_PER_LOT: u32 = 24;
/// Fast enough for all lots that are finished.
const STATIONS: u32 = 2;

/// From one rating of a consumer to the next.
const RATING_PACE: Duration = Duration::from_secs(2);

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
        self.server
            .simulated_network
            .extend(SimulatedNetworks::loopback());
        let mut stop = pin!(asked_to_stop());
        let Some(app) = start(&self.server, stop.as_mut()).await? else {
            return Ok(ExitCode::SUCCESS);
        };
        if let Err(error) = self.begin(&app).await {
            app.stop().await?;
            return Err(error);
        }
        let page = format!("http://{}", app.reached_at());
        eprintln!("\n  Open {page} (Ctrl-C ends it)\n");
        app.run(stop).await?;
        Ok(ExitCode::SUCCESS)
    }

    async fn begin(&self, app: &Application) -> anyhow::Result<()> {
        let seed = self.seed.unwrap_or_else(|| rand::random::<u32>().into());
        let lots = GavageRun {
            lots: self.lots,
            acceleration: self.acceleration.factor(),
            forever: true,
            seed: Some(seed),
        };
        let stations = MonitorRun {
            stations: STATIONS,
            ask_every: ASK_AGAIN,
            foies_per_lot: FOIES_PER_LOT,
            pace: STATION_PACE,
            seed: Some(seed),
        };
        let consumers = ConsumerRun {
            interval: RATING_PACE,
            ratings: 0,
            lot: None,
            profile: Profile::Realistic,
            seed: Some(seed),
        };
        let all = [
            Run::Gavage(lots),
            Run::Monitor(stations),
            Run::Consumer(consumers),
        ];
        for run in all {
            let par = "demo".to_owned();
            let started = app.simulators().send(StartSimulator { run, par }).await;
            let started = started.context("the simulators are gone")?;
            started.map_err(|refusal| anyhow!(refusal))?;
        }
        Ok(())
    }
}
