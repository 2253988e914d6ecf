//! `gaveurs simulate consumer`: people who scan labels and rate what they have eaten.

mod market;
mod people;

use super::sqal::http_url;
use crate::{domain::consumer::profile::Profile, settings::duration, signals::asked_to_stop};
use clap::Args;
use market::{Label, Market};
use rand::{SeedableRng, rngs::StdRng, seq::IndexedRandom};
use std::{collections::HashSet, process::ExitCode, time::Duration};
use tokio::time::sleep;

/// Simulate consumers who scan labels and rate the products
/// Each rating is of a product that was not rated yet; what is sent of simulated products is marked as simulated by the server. Ctrl-C ends it.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  gaveurs simulate consumer
      a rating every ten seconds of the server on this machine
  gaveurs simulate consumer --server http://quality.example:8000 --pace 200ms --count 100 --lot LL2611001 --profile positive
      a hundred content consumers of one lot

Exit code: 0, or 1 when the server refused a rating.")]
pub struct SimulateConsumer {
    /// Address of the server
    #[arg(long, value_name = "URL", env = "GAVEURS_SERVER", default_value = "http://127.0.0.1:8000", value_parser = http_url)]
    server: String,
    /// Time from one rating to the next
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = duration)]
    pace: Duration,
    /// Ratings; 0 goes on until it is stopped
    #[arg(long, value_name = "RATINGS", default_value_t = 0)]
    count: u32,
    /// Code of the only lot whose products are rated
    #[arg(long, value_name = "LOT")]
    lot: Option<String>,
    /// What the people are like: realistic, positive or negative
    #[arg(long, value_name = "PROFILE", default_value = "realistic")]
    profile: Profile,
    /// Seed of the people: the same seed gives the same ratings of the same products [default: random, printed]
    #[arg(long, value_name = "SEED")]
    seed: Option<u64>,
}

impl SimulateConsumer {
    /// Runs until the operator stops it, or all ratings are sent.
    pub async fn run(self) -> ExitCode {
        let seed = self.seed.unwrap_or_else(|| rand::random::<u32>().into());
        log::info!("consumers of {}, seed {seed}", self.server);
        let consumers = Consumers {
            server: self.server,
            pace: self.pace,
            count: self.count,
            lot: self.lot,
            profile: self.profile,
            seed,
            key: None,
        };
        let summary = consumers
            .run(asked_to_stop(), |event, _| match event {
                Event::Rated(_) => {}
                Event::Refused(sentence) | Event::Away(sentence) => log::warn!("{sentence}"),
            })
            .await;
        eprintln!("Simulation (seed {seed}): {summary}");
        match summary.refused {
            0 => ExitCode::SUCCESS,
            _ => ExitCode::FAILURE,
        }
    }
}

/// Consumers of one server.
#[derive(Debug, Clone)]
pub struct Consumers {
    /// `http://host:port`.
    pub server: String,
    /// From one rating to the next.
    pub pace: Duration,
    /// Ratings; 0 goes on until it is stopped.
    pub count: u32,
    /// The only lot whose products are rated.
    pub lot: Option<String>,
    pub profile: Profile,
    pub seed: u64,
    /// `None` for a server that asks for no key.
    pub key: Option<String>,
}

/// What has happened so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    pub rated: u64,
    /// Of products that were rated from this address before, or taken off the market meanwhile.
    pub skipped: u64,
    pub refused: u64,
    /// Attempts that the server did not answer.
    pub away: u64,
}

impl std::fmt::Display for Summary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} ratings stored, {} products skipped, {} refused, {} without an answer",
            self.rated, self.skipped, self.refused, self.away
        )
    }
}

/// What happens, in a sentence where it should not be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The product.
    Rated(String),
    Refused(String),
    Away(String),
}

impl Consumers {
    /// Runs until `stop` resolves, or all ratings are sent.
    pub async fn run(
        self,
        stop: impl Future<Output = ()>,
        mut told: impl FnMut(Event, &Summary),
    ) -> Summary {
        let market = Market::new(&self.server, self.key.as_deref());
        let mut random = StdRng::seed_from_u64(self.seed);
        let mut summary = Summary::default();
        let mut done = HashSet::new();
        let rating = async {
            while self.count == 0 || summary.rated < u64::from(self.count) {
                let event = self.rate_one(&market, &mut done, &mut random).await;
                if let Some(event) = count(&mut summary, event) {
                    told(event, &summary);
                }
                sleep(self.pace).await;
            }
        };
        tokio::select! {
            () = stop => {}
            () = rating => {}
        }
        summary
    }

    /// Scans and rates one product that was not rated yet.
    async fn rate_one(
        &self,
        market: &Market,
        done: &mut HashSet<String>,
        random: &mut StdRng,
    ) -> Attempt {
        let labels = match market.labels(self.lot.as_deref()).await {
            Ok(labels) => labels,
            Err(sentence) => return Attempt::Away(sentence),
        };
        // What is not listed any more is not chosen again.
        done.retain(|code| labels.iter().any(|label| label.qr_code == *code));
        let new: Vec<&Label> = labels
            .iter()
            .filter(|label| !done.contains(&label.qr_code))
            .collect();
        let Some(label) = new.choose(random) else {
            return Attempt::NothingNew;
        };
        let grade = label.sqal_grade.as_deref();
        let rating = self
            .profile
            .rating(&label.qr_code, &label.product_id, grade, random);
        let answered = match market.scan(&label.qr_code).await {
            Ok(200) => market.rate(rating).await,
            other => other,
        };
        let status = match answered {
            Ok(status) => status,
            Err(sentence) => return Attempt::Away(sentence),
        };
        // One that is asked for too often is tried again later.
        if status != 429 {
            done.insert(label.qr_code.clone());
        }
        match status {
            200 => Attempt::Rated(label.product_id.clone()),
            404 | 409 | 410 => Attempt::Skipped,
            _ => Attempt::Refused(format!(
                "the server answers {status} to a rating of {}",
                label.product_id
            )),
        }
    }
}

/// What became of one attempt.
enum Attempt {
    Rated(String),
    Skipped,
    NothingNew,
    Refused(String),
    Away(String),
}

fn count(summary: &mut Summary, attempt: Attempt) -> Option<Event> {
    match attempt {
        Attempt::Rated(product) => {
            summary.rated += 1;
            Some(Event::Rated(product))
        }
        Attempt::Skipped => {
            summary.skipped += 1;
            None
        }
        Attempt::NothingNew => None,
        Attempt::Refused(sentence) => {
            summary.refused += 1;
            Some(Event::Refused(sentence))
        }
        Attempt::Away(sentence) => {
            summary.away += 1;
            Some(Event::Away(sentence))
        }
    }
}
