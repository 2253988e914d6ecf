//! `gaveurs demo`: a server and its simulators in one process.

use crate::{
    app::Application,
    settings::ServerArgs,
    signals::asked_to_stop,
    simulator::{
        feeder::Feeder,
        gavage::farm::{Farm, Plan},
        pace::{Acceleration, paced},
    },
    store::{self, Pool},
};
use clap::Args;
use futures_util::StreamExt;
use jiff::{Timestamp, Zoned, civil::Date};
use std::{net::SocketAddr, process::ExitCode};
use tokio::sync::oneshot;

/// Run a server with simulated lots, and say which page to open
///
/// Everything shown is simulated and says so. Each finished lot is followed by a new one; the next demo goes on behind the
/// lots of this one.
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
    #[arg(long, default_value_t = 6, value_parser = clap::value_parser!(u32).range(1..=300), help_heading = "Simulation")]
    lots: u32,

    /// How much faster than reality, from 1 to 86400; 8640 is one day in ten seconds
    #[arg(long, default_value = "8640", help_heading = "Simulation")]
    acceleration: Acceleration,

    /// Seed of the simulation: the same seed gives the same lots [default: random]
    #[arg(long, help_heading = "Simulation")]
    seed: Option<u64>,
}

impl Demo {
    /// # Errors
    /// A sentence that says why the server cannot start, or why it ended.
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let app = Application::build(&self.server).await?;
        let plan = self.plan(app.pool(), Zoned::now().date()).await?;
        let (stop, stopped) = oneshot::channel();
        let feeding = actix::spawn(feed(plan, self.acceleration, app.address(), stopped));
        eprintln!(
            "\n  Ouvrez http://{} (Ctrl-C pour arrêter)\n",
            app.address()
        );
        let farewell = async {
            asked_to_stop().await;
            // The simulators go first, so that what they sent is acked.
            let _ = stop.send(());
            let _ = feeding.await;
        };
        app.run(farewell).await?;
        Ok(ExitCode::SUCCESS)
    }

    async fn plan(&self, pool: &Pool, month: Date) -> anyhow::Result<Plan> {
        let last = store::lots::last_simulated_sequence(pool, month).await?;
        Ok(Plan {
            lots: self.lots,
            seed: self.seed.unwrap_or_else(rand::random),
            first_sequence: last + 1,
            forever: true,
            month,
        })
    }
}

async fn feed(
    plan: Plan,
    acceleration: Acceleration,
    server: SocketAddr,
    stopped: oneshot::Receiver<()>,
) {
    let url = format!("ws://{server}/ws/gavage");
    let readings = paced(Farm::new(plan), acceleration).map(|meal| meal.reading(Timestamp::now()));
    let stop = async {
        let _ = stopped.await;
    };
    let summary = Feeder::new(&url, 32).run(readings, stop, |_, _| {}).await;
    log::info!("simulation ended: {summary}");
}
