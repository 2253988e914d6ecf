//! `gaveurs simulate gavage`: invented lots, fed as real ones are.

pub mod farm;
mod lot;
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

/// Simule des lots en gavage et envoie chaque repas au serveur
///
/// Chaque lot reçoit deux repas par jour pendant 9 à 11 jours, avec les doses, effectifs, pertes et poids de 75 lots réels. Les relevés
/// portent la mention « simule » : les écrans les montrent comme simulés. Une seule connexion reste ouverte ; elle est rétablie
/// aussi longtemps qu'il le faut, et tout relevé non acquitté est envoyé de nouveau.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Exemples :
  gaveurs simulate gavage
      trois lots, un jour par minute, sur le serveur local : une dizaine de minutes
  gaveurs simulate gavage --lots 12 --acceleration 86400 --seed 7
      douze lots, un jour par seconde ; la graine 7 redonne toujours les mêmes lots
  gaveurs simulate gavage --forever --first-sequence 200
      sans fin, à partir du code …200 pour ne pas corriger des lots déjà enregistrés

Code de sortie : 0, ou 1 si le serveur a refusé un relevé.")]
pub struct SimulateGavage {
    #[command(flatten)]
    target: Target,
    /// Nombre de lots en gavage à la fois (1 à 999)
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = up_to_999)]
    lots: u32,
    /// Combien de fois plus vite que la réalité, de 1 à 86400 ; 1440 : un jour par minute
    #[arg(long, value_name = "FOIS", default_value_t = Acceleration::DAY_PER_MINUTE)]
    acceleration: Acceleration,
    /// Graine du hasard : la même graine redonne les mêmes lots [par défaut : au hasard, affichée]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Numéro du premier lot dans les codes site + AAMM + numéro (1 à 999)
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = up_to_999)]
    first_sequence: u32,
    /// Remplace chaque lot terminé par un nouveau, sans fin
    #[arg(long)]
    forever: bool,
}

impl SimulateGavage {
    /// Runs until the last lot is finished or the operator stops it.
    pub async fn run(self) -> ExitCode {
        let seed = self.seed.unwrap_or_else(|| rand::random::<u32>().into());
        let farm = Farm::new(self.plan(seed));
        log::info!(
            "{} lots vers {}, accélération {}, graine {seed}",
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
    format!("Simulation (graine {seed}) : {lots_finished} lots terminés, {summary}")
}

fn up_to_999(text: &str) -> Result<u32, String> {
    let number = text.trim().parse().ok();
    number
        .filter(|number| (1..=999).contains(number))
        .ok_or_else(|| "un entier de 1 à 999 est attendu".to_owned())
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
