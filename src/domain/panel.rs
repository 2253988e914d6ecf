//! The control panel: what can be simulated inside this server, and how each simulator is doing.

pub mod fault;
pub mod faulty;
pub mod log;
pub mod saying;
pub mod scenario;

use super::{consumer::profile::Profile, words::words};
use fault::{Fault, FaultKind, Target};
use jiff::Timestamp;
use saying::Saying;
use scenario::Progress;
use std::{ops::RangeInclusive, time::Duration};

words! {
    /// What can be simulated, by the words of the older panel.
    pub enum Simulator {
        /// Lots being fed.
        Gavage = "gavage",
        /// Stations that claim the lots that wait.
        Monitor = "monitor",
        /// One station that inspects one lot.
        Sqal = "sqal",
        /// People who rate products.
        Consumer = "consumer",
    }
}

words! {
    pub enum Condition {
        Stopped = "stopped",
        Running = "running",
        /// It ended by itself and should not have.
        Error = "error",
    }
}

/// What one simulator may be told to do. Together they stay below 200 messages a second.
pub mod bounds {
    use super::RangeInclusive;

    pub const LOTS: RangeInclusive<i32> = 1..=20;
    pub const ACCELERATION: RangeInclusive<i32> = 1..=86_400;
    pub const STATIONS: RangeInclusive<i32> = 1..=10;
    pub const SAMPLES_PER_LOT: RangeInclusive<i32> = 1..=50;
    pub const SAMPLES: RangeInclusive<i32> = 1..=3_000;
    /// 0 for as long as it runs.
    pub const RATINGS: RangeInclusive<i32> = 0..=1_000_000;
    /// Seconds between two questions for waiting lots, and between two samples of one station.
    pub const SECONDS: RangeInclusive<i32> = 1..=3_600;
}

/// The least time from one foie to the next of one of several stations.
pub const FASTEST_FOIE: Duration = Duration::from_millis(100);

/// Livers of the one lot of a loop.
pub const FOIES_OF_A_LOOP: u32 = 24;

/// A run ends after this time, whatever was asked.
pub const LONGEST_RUN: Duration = Duration::from_secs(24 * 3_600);

/// What is to be simulated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Run {
    Gavage(GavageRun),
    Monitor(MonitorRun),
    Sqal(SqalRun),
    Consumer(ConsumerRun),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GavageRun {
    pub lots: u32,
    pub acceleration: u32,
    /// Follow each finished lot by a new one.
    pub forever: bool,
    /// The lot is like those of a demo's earlier weeks and off its plan, so that there is something to advise.
    pub strays: bool,
    /// `None` for a random one.
    pub seed: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MonitorRun {
    pub stations: u32,
    /// How often the queue is asked while it is empty.
    pub ask_every: Duration,
    pub foies_per_lot: u32,
    /// From one foie to the next.
    pub pace: Duration,
    /// `None` for a random one.
    pub seed: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqalRun {
    pub device_id: String,
    /// From one foie to the next.
    pub interval: Duration,
    pub samples: u32,
    /// Code or id of the lot to inspect, if it waits.
    pub lot: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsumerRun {
    /// From one rating to the next.
    pub interval: Duration,
    /// 0 for as long as it runs.
    pub ratings: u32,
    /// Code of the only lot whose products are rated.
    pub lot: Option<String>,
    pub profile: Profile,
    /// `None` for a random one.
    pub seed: Option<u64>,
}

impl Run {
    pub fn simulator(&self) -> Simulator {
        match self {
            Run::Gavage(_) => Simulator::Gavage,
            Run::Monitor(_) => Simulator::Monitor,
            Run::Sqal(_) => Simulator::Sqal,
            Run::Consumer(_) => Simulator::Consumer,
        }
    }
}

/// How one simulator is doing.
#[derive(Debug, Clone, PartialEq)]
pub struct SimulatorReport {
    pub condition: Condition,
    /// When it was last started.
    pub started_at: Option<Timestamp>,
    /// How long it has been running.
    pub uptime: Duration,
    pub tally: Tally,
    /// What it was last told to do.
    pub run: Option<Run>,
}

/// Counts of one run; they stay until the next.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// What the server has accepted: readings, samples, or inspected lots.
    pub messages: u64,
    /// What it refused, and lost connections.
    pub errors: u64,
    pub last_error: Option<Saying>,
}

/// How all simulators are doing, in the order of [`Simulator::ALL`].
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    pub at: Timestamp,
    pub simulators: [SimulatorReport; Simulator::ALL.len()],
    /// Of the scenario that was started last.
    pub progress: Option<Progress>,
    /// Faults that are being made.
    pub faults: Vec<Fault>,
    /// Lots being fed and stations that work: what a fault can be made for.
    pub targets: Vec<Target>,
}

impl Report {
    pub fn of(&self, simulator: Simulator) -> &SimulatorReport {
        &self.simulators[simulator as usize]
    }

    /// Whether it says the same, but for the time that went by.
    pub fn says_the_same(&self, other: &Report) -> bool {
        let said = |report: &Report| {
            report.simulators.clone().map(|one| SimulatorReport {
                uptime: Duration::ZERO,
                ..one
            })
        };
        said(self) == said(other)
            && self.progress == other.progress
            && self.faults == other.faults
            && self.targets == other.targets
    }
}

/// Why a simulator or a fault was not started or stopped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotDone {
    #[error("{0} is running already: stop it first")]
    Running(Simulator),
    #[error("{0} is not running")]
    NotRunning(Simulator),
    #[error(
        "this server has received real data within the last 24 hours: simulated data beside it needs --control-beside-real-data"
    )]
    RealData,
    #[error("the database is not available")]
    NoDatabase,
    #[error("the server is stopping")]
    Stopping,
    #[error("no fault has the number {0}: it has ended, or never was")]
    NoFault(u32),
    #[error("{0}")]
    NoTarget(String),
    #[error("{0} faults are being made already: stop one first")]
    TooManyFaults(usize),
    #[error("{0} is being made already: stop it first")]
    FaultRunning(FaultKind),
    #[error(
        "base_absente stops a PostgreSQL that gaveurs demo runs itself: this server has none of its own that may be stopped"
    )]
    DatabaseNotOurs,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_runs_together_stay_below_two_hundred_messages_a_second() {
        let meals = f64::from(*bounds::LOTS.end()) * f64::from(*bounds::ACCELERATION.end())
            / Duration::from_secs(12 * 3_600).as_secs_f64();
        let foies = f64::from(*bounds::STATIONS.end()) / FASTEST_FOIE.as_secs_f64();
        let station = 1.0 / f64::from(*bounds::SECONDS.start());
        assert!(meals + foies + station < 200.0, "{meals} {foies}");
    }

    #[test]
    fn a_report_that_differs_only_in_the_time_says_the_same() {
        let one = SimulatorReport {
            condition: Condition::Running,
            started_at: Some(Timestamp::UNIX_EPOCH),
            uptime: Duration::from_secs(1),
            tally: Tally::default(),
            run: None,
        };
        let report = |one: &SimulatorReport, at| Report {
            at,
            simulators: [one.clone(), one.clone(), one.clone(), one.clone()],
            progress: None,
            faults: Vec::new(),
            targets: Vec::new(),
        };
        let later = SimulatorReport {
            uptime: Duration::from_secs(9),
            ..one.clone()
        };
        let now = Timestamp::UNIX_EPOCH;
        let after = now + Duration::from_secs(8);
        assert!(report(&one, now).says_the_same(&report(&later, after)));
        let mut sent = later;
        sent.tally.messages = 1;
        assert!(!report(&one, now).says_the_same(&report(&sent, after)));
    }
}
