//! `gaveurs simulate sqal`: quality stations that inspect the waiting lots.

pub mod foie;
mod queue;
mod station;
mod watching;

pub use queue::Choice;
pub use station::{ASK_AGAIN, Station, StationSettings};
pub use watching::{StationEvent, StationSummary, Watcher};

use crate::{
    domain::site::Site, settings::duration, signals::asked_to_stop, simulator::feeder::line::Line,
};
use clap::Args;
use futures_util::future::join_all;
use std::{process::ExitCode, time::Duration};
use tokio::sync::watch;
use ureq::http::Uri;

/// Simulate quality stations that inspect the waiting lots
/// Each station says hello, sends heartbeats, claims a waiting lot, of its own site first, sends one sample per foie, and ends the
/// control of the lot. All its data is marked as simulated. A lost connection is reconnected for as long as necessary, and every
/// unacked sample is sent again. Ctrl-C ends it.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  gaveurs simulate sqal
      two stations, a foie each second, thirty foies for each lot of the server on this machine
  gaveurs simulate sqal --server http://quality.example:8000 --stations 6 --pace 200ms --foies 100
      six stations, five foies a second each

Exit code: 0, or 1 when the server refused a sample.")]
pub struct SimulateSqal {
    /// Address of the server
    #[arg(long, value_name = "URL", env = "GAVEURS_SERVER", default_value = "http://127.0.0.1:8000", value_parser = http_url)]
    server: String,
    /// Stations at the same time, from 1 to 200
    #[arg(long, value_name = "STATIONS", default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=200))]
    stations: u32,
    /// Time from one foie to the next
    #[arg(long, value_name = "TIME", default_value = "1s", value_parser = pace)]
    pace: Duration,
    /// Foies of each lot, from 1 to 3000
    #[arg(long, value_name = "FOIES", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=3000))]
    foies: u32,
    /// Seed of the foies: the same seed gives the same foies of a lot [default: random, printed]
    #[arg(long, value_name = "SEED")]
    seed: Option<u64>,
}

impl SimulateSqal {
    /// Runs until the operator stops it.
    pub async fn run(self) -> ExitCode {
        let seed = self.seed.unwrap_or_else(|| rand::random::<u32>().into());
        log::info!("{} stations to {}, seed {seed}", self.stations, self.server);
        let stations = Stations {
            server: self.server,
            count: self.stations,
            pace: self.pace,
            foies_per_lot: self.foies,
            seed,
            ask_every: ASK_AGAIN,
            key: None,
            watcher: None,
            line: Line::default(),
        };
        let summary = stations.run(asked_to_stop()).await;
        eprintln!("Simulation (seed {seed}): {summary}");
        match summary.0.refused {
            0 => ExitCode::SUCCESS,
            _ => ExitCode::FAILURE,
        }
    }
}

/// Stations are spread over the sites.
fn site(index: u32) -> Site {
    Site::ALL[index as usize % Site::ALL.len()]
}

/// The name of one of several stations.
pub fn device_id(index: u32) -> String {
    format!(
        "ESP32_{}_{:02}",
        site(index),
        1 + index as usize / Site::ALL.len()
    )
}

/// Several stations of one server.
#[derive(Clone)]
pub struct Stations {
    /// `http://host:port`.
    pub server: String,
    pub count: u32,
    /// From one foie to the next.
    pub pace: Duration,
    pub foies_per_lot: u32,
    pub seed: u64,
    /// How often each asks the queue while it is empty.
    pub ask_every: Duration,
    /// `None` for a server that asks for no key.
    pub key: Option<String>,
    pub watcher: Option<Watcher>,
    pub line: Line,
}

/// The sum over all stations.
pub struct Total(pub StationSummary);

impl std::fmt::Display for Total {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let all = &self.0;
        write!(
            f,
            "{} lots inspected, {} samples acked, {} sent again, {} refused, {} without an answer, {} reconnections",
            all.lots, all.acked, all.resent, all.refused, all.unacked, all.reconnections
        )
    }
}

impl Stations {
    /// Runs until `stop` resolves. Must be called within a `LocalSet`, like every task of an actix system.
    pub async fn run(self, stop: impl Future<Output = ()>) -> Total {
        let (ended, stopped) = watch::channel(false);
        let working = (0..self.count).map(|index| {
            let mut station = Station::new(self.station(index));
            if let Some(watcher) = &self.watcher {
                station = station.watched(watcher.clone());
            }
            tokio::task::spawn_local(station.run(stopped.clone()))
        });
        let working: Vec<_> = working.collect();
        stop.await;
        // Ignores the error: it means that all stations have ended.
        let _ = ended.send(true);
        let done = join_all(working).await;
        let summaries = done.into_iter().filter_map(Result::ok);
        Total(summaries.fold(StationSummary::default(), StationSummary::and))
    }

    fn station(&self, index: u32) -> StationSettings {
        let device_id = device_id(index);
        StationSettings {
            line: self.line.clone().of_device(&device_id),
            device_id,
            site: site(index).as_str(),
            server: self.server.clone(),
            pace: self.pace,
            foies_per_lot: self.foies_per_lot,
            seed: self.seed,
            ask_every: self.ask_every,
            choice: Choice::OwnSiteFirst,
            wanted: None,
            most_lots: None,
            key: self.key.clone(),
        }
    }
}

pub(super) fn http_url(text: &str) -> Result<String, String> {
    const FORM: &str = "the address has the form http://host:port";
    let uri: Uri = text.parse().map_err(|error| format!("{FORM} ({error})"))?;
    match (uri.scheme_str(), uri.authority()) {
        (Some("http"), Some(_)) => Ok(text.trim_end_matches('/').to_owned()),
        (Some("https"), _) => Err(format!(
            "{FORM}; https:// is not supported: go through a TLS relay on this machine"
        )),
        _ => Err(FORM.to_owned()),
    }
}

fn pace(text: &str) -> Result<Duration, String> {
    let pace = duration(text)?;
    if pace >= Duration::from_millis(1) {
        Ok(pace)
    } else {
        Err("the pace must be at least 1ms".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stations_are_spread_over_the_sites_and_named_after_them() {
        let stations = Stations {
            server: String::new(),
            count: 4,
            pace: Duration::from_secs(1),
            foies_per_lot: 1,
            seed: 1,
            ask_every: ASK_AGAIN,
            key: None,
            watcher: None,
            line: Line::default(),
        };
        let names: Vec<_> = (0..4)
            .map(|index| stations.station(index).device_id)
            .collect();
        assert_eq!(
            names,
            ["ESP32_LL_01", "ESP32_LS_01", "ESP32_MT_01", "ESP32_LL_02"]
        );
    }

    #[test]
    fn an_address_that_is_no_server_is_refused_with_its_form() {
        for text in ["", "localhost", "ws://localhost:8000", "https://localhost"] {
            assert!(
                http_url(text).unwrap_err().contains("http://host:port"),
                "{text}"
            );
        }
        assert_eq!(http_url("http://h:1/"), Ok("http://h:1".to_owned()));
    }
}
