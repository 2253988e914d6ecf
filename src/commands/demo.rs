//! `gaveurs demo`: a server and its simulators in one process.

use super::start;
use crate::{
    settings::ServerArgs,
    signals::asked_to_stop,
    simulator::{
        feeder::{Event, Feeder},
        gavage::{
            farm::{Farm, Plan},
            lot::CODES_A_MONTH,
        },
        pace::{Acceleration, paced},
        sqal::Stations,
    },
    store::{self, Pool},
};
use clap::Args;
use futures_util::StreamExt;
use jiff::{Timestamp, ToSpan, Zoned, civil::Date};
use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    pin::pin,
    process::ExitCode,
    time::Duration,
};
use tokio::sync::oneshot;

/// Time from one foie of a simulated station to the next.
const STATION_PACE: Duration = Duration::from_millis(400);
/// So the inspection of a lot takes about ten seconds.
const FOIES_PER_LOT: u32 = 24;

/// Run a server with simulated lots and quality stations, and say which page to open
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
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let mut stop = pin!(asked_to_stop());
        let Some(app) = start(&self.server, stop.as_mut()).await? else {
            return Ok(ExitCode::SUCCESS);
        };
        let plan = self.plan(app.pool(), Zoned::now().date()).await?;
        let plan_seed = plan.seed;
        let server = reachable(app.address());
        let (stop_feeding, feeding_stopped) = oneshot::channel();
        let feeding = actix::spawn(feed(plan, self.acceleration, server, feeding_stopped));
        let (stop_stations, stations_stopped) = oneshot::channel();
        let inspecting = actix::spawn(inspect(self.stations(server, plan_seed), stations_stopped));
        eprintln!("\n  Open http://{server} (Ctrl-C ends it)\n");
        let farewell = async {
            stop.await;
            // Stop the simulators before the server, so that what they sent is acked.
            let _ = stop_feeding.send(());
            let _ = feeding.await;
            let _ = stop_stations.send(());
            let _ = inspecting.await;
        };
        app.run(farewell).await?;
        Ok(ExitCode::SUCCESS)
    }

    /// Two stations, fast enough for all lots that are finished.
    fn stations(&self, server: SocketAddr, seed: u64) -> Stations {
        Stations {
            server: format!("http://{server}"),
            count: 2,
            pace: STATION_PACE,
            foies_per_lot: FOIES_PER_LOT,
            seed,
        }
    }

    async fn plan(&self, pool: &Pool, month: Date) -> anyhow::Result<Plan> {
        Ok(Plan {
            lots: self.lots,
            seed: self.seed.unwrap_or_else(|| rand::random::<u32>().into()),
            first_sequence: last_sequence(pool, month).await? + 1,
            forever: true,
            month,
        })
    }
}

/// The highest lot number used since the first of this month; 0 if there is none. When a month's codes are used up, a demo continues with
/// the next month's.
async fn last_sequence(pool: &Pool, month: Date) -> anyhow::Result<u32> {
    let (mut last, mut month, mut before) = (0, month.first_of_month(), 0);
    loop {
        match store::lots::last_simulated_sequence(pool, month).await? {
            0 => return Ok(last),
            number => last = before + number,
        }
        before += CODES_A_MONTH;
        month = month.checked_add(1.month())?;
    }
}

/// An address of this machine for a server that may listen on all addresses.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    address
}

async fn inspect(stations: Stations, stopped: oneshot::Receiver<()>) {
    let stop = async {
        let _ = stopped.await;
    };
    let total = stations.run(stop).await;
    log::info!("quality stations ended: {total}");
}

async fn feed(
    plan: Plan,
    acceleration: Acceleration,
    server: SocketAddr,
    stopped: oneshot::Receiver<()>,
) {
    const WINDOW: usize = 32;
    log::info!(
        "{} simulated lots, acceleration {acceleration}, seed {}",
        plan.lots,
        plan.seed
    );
    let readings = paced(Farm::new(plan), acceleration).map(|meal| meal.reading(Timestamp::now()));
    let stop = async {
        let _ = stopped.await;
    };
    let summary = Feeder::new(format!("ws://{server}/ws/gavage"), WINDOW)
        .run(readings, stop, |event, _| warn_of_refusal(&event))
        .await;
    log::info!("simulation ended: {summary}");
}

fn warn_of_refusal(event: &Event<'_>) {
    if let Event::Refused { reading, sentence } = event {
        log::warn!(
            "a simulated reading of {} was refused: {sentence}",
            reading.code_lot
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_on_all_addresses_is_reached_on_this_machines_own() {
        for (listens, reached) in [
            ("0.0.0.0:80", "127.0.0.1:80"),
            ("[::]:80", "[::1]:80"),
            ("192.0.2.7:80", "192.0.2.7:80"),
        ] {
            let address = reachable(listens.parse().unwrap());
            assert_eq!(address.to_string(), reached);
        }
    }
}
