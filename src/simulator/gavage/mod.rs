//! `gaveurs simulate gavage`: invented lots with the measured shape of real ones.

pub mod farm;
pub mod history;
pub mod lot;
pub mod lot_model;

use super::{
    feeder::Summary,
    options::Target,
    pace::{Acceleration, paced},
    progress::Progress,
};
use crate::signals::asked_to_stop;
use clap::Args;
use farm::{Farm, Plan};
use futures_util::StreamExt;
use jiff::{Timestamp, Zoned};
use std::process::ExitCode;

/// Simulate lots in gavage and send each meal to the server
/// A lot gets two meals a day for 9 to 11 days, with the doses, head counts, losses and weights of 75 real lots. The readings are marked
/// as simulated, and screens show it. One connection is kept open and reconnected for as long as necessary, and every unacked reading
/// is sent again.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  gaveurs simulate gavage
      three lots, one day a minute, to the server on this machine: about ten minutes
  gaveurs simulate gavage --lots 12 --acceleration 86400 --seed 7
      twelve lots, one day a second; seed 7 gives the same lots every time
  gaveurs simulate gavage --forever --first-sequence 200
      without end, from code ...200 on, so that no stored lot is corrected

Exit code: 0, or 1 when the server refused a reading.")]
pub struct SimulateGavage {
    #[command(flatten)]
    target: Target,
    /// Lots fed at the same time, from 1 to 999
    #[arg(long, value_name = "LOTS", default_value_t = 3, value_parser = up_to_999)]
    lots: u32,
    /// How much faster than reality, from 1 to 86400; 1440 is one day a minute
    #[arg(long, value_name = "TIMES", default_value_t = Acceleration::DAY_PER_MINUTE)]
    acceleration: Acceleration,
    /// Seed of the simulation: the same seed gives the same lots [default: random, printed]
    #[arg(long, value_name = "SEED")]
    seed: Option<u64>,
    /// Number of the first lot, from 1 to 999; a code is site, YYMM and number
    #[arg(long, value_name = "NUMBER", default_value_t = 1, value_parser = up_to_999)]
    first_sequence: u32,
    /// Follow each finished lot by a new one, without end
    #[arg(long)]
    forever: bool,
}

impl SimulateGavage {
    /// Runs until the last lot is finished or the operator stops it.
    pub async fn run(self) -> ExitCode {
        let seed = self.seed.unwrap_or_else(|| rand::random::<u32>().into());
        let farm = Farm::new(self.plan(seed));
        log::info!(
            "{} lots to {}, acceleration {}, seed {seed}",
            self.lots,
            self.target.url,
            self.acceleration
        );
        let mut progress = Progress::new("simulation", farm.remaining_meals());
        let readings = paced(farm, self.acceleration).map(|meal| meal.reading(Timestamp::now()));
        let summary = self
            .target
            .feeder()
            .run(readings, asked_to_stop(), |event, summary| {
                progress.follow(&event, summary)
            })
            .await;
        progress.finish();
        eprintln!("{}", conclusion(seed, progress.lots_finished(), &summary));
        summary.exit_code()
    }

    fn plan(&self, seed: u64) -> Plan {
        Plan {
            lots: self.lots,
            seed,
            first_sequence: self.first_sequence,
            forever: self.forever,
            month: Zoned::now().date(),
        }
    }
}

fn conclusion(seed: u64, lots_finished: u64, summary: &Summary) -> String {
    format!("Simulation (seed {seed}): {lots_finished} lots finished; {summary}")
}

fn up_to_999(text: &str) -> Result<u32, String> {
    let number = text.trim().parse().ok();
    number
        .filter(|number| (1..=999).contains(number))
        .ok_or_else(|| "a whole number from 1 to 999 is expected".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::reading::Reading;
    use std::time::Duration;
    use tokio::time::Instant;

    async fn simulated(seed: u64) -> Vec<Reading> {
        let plan = Plan {
            lots: 3,
            seed,
            first_sequence: 1,
            forever: false,
            month: jiff::civil::date(2025, 12, 5),
        };
        paced(Farm::new(plan), Acceleration::DAY_PER_MINUTE)
            .map(|meal| meal.reading(Timestamp::UNIX_EPOCH))
            .collect()
            .await
    }

    #[tokio::test(start_paused = true)]
    async fn three_lots_at_1440_are_fed_in_nine_to_eleven_minutes() {
        let start = Instant::now();
        simulated(7).await;
        let lasted = start.elapsed();
        let minutes = |count: u64| Duration::from_secs(count * 60);
        assert!((minutes(8)..=minutes(11)).contains(&lasted), "{lasted:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn the_same_seed_sends_the_same_readings_and_another_seed_others() {
        assert_eq!(simulated(7).await, simulated(7).await);
        assert_ne!(simulated(7).await, simulated(8).await);
    }
}
