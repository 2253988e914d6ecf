//! The place of one simulator: its task, and what it was last told.

use super::teller::Teller;
use crate::{
    domain::panel::{Condition, Run, Simulator, SimulatorReport, fault::Target},
    simulator::sqal,
};
use jiff::Timestamp;
use std::time::Duration;
use tokio::{
    sync::{oneshot, watch},
    time::Instant,
};

#[derive(Default)]
pub(super) struct Slot {
    pub task: Task,
    /// Of the current run, or the last one.
    pub last: Option<LastRun>,
    pub failed: bool,
}

#[derive(Default)]
pub(super) enum Task {
    #[default]
    None,
    /// The database is asked whether it may start.
    Preparing,
    Running(Running),
}

pub(super) struct Running {
    pub stop: watch::Sender<bool>,
    pub since: Instant,
    /// Who waits for its end.
    pub waiting: Vec<oneshot::Sender<()>>,
}

pub(super) struct LastRun {
    pub run: Run,
    pub started_at: Timestamp,
    pub lasted: Duration,
    pub teller: Teller,
}

impl Slot {
    pub fn is_free(&self) -> bool {
        matches!(self.task, Task::None)
    }

    pub fn is_running(&self) -> bool {
        matches!(self.task, Task::Running(_))
    }

    pub fn report(&self) -> SimulatorReport {
        let (condition, uptime) = match &self.task {
            Task::Running(running) => (Condition::Running, running.since.elapsed()),
            _ if self.failed => (Condition::Error, self.lasted()),
            _ => (Condition::Stopped, self.lasted()),
        };
        let last = self.last.as_ref();
        SimulatorReport {
            condition,
            started_at: last.map(|last| last.started_at),
            uptime,
            tally: last.map(|last| last.teller.tally()).unwrap_or_default(),
            run: last.map(|last| last.run.clone()),
        }
    }

    /// The stations that work.
    pub fn stations(&self) -> Vec<Target> {
        let run = self.last.as_ref().map(|last| &last.run);
        let (simulator, devices) = match run.filter(|_| self.is_running()) {
            Some(Run::Monitor(run)) => {
                let devices = (0..run.stations).map(sqal::device_id).collect();
                (Simulator::Monitor, devices)
            }
            Some(Run::Sqal(run)) => (Simulator::Sqal, Vec::from([run.device_id.clone()])),
            _ => return Vec::new(),
        };
        let target = |device_id| Target {
            simulator,
            code_lot: None,
            device_id: Some(device_id),
        };
        devices.into_iter().map(target).collect()
    }

    fn lasted(&self) -> Duration {
        self.last
            .as_ref()
            .map_or(Duration::ZERO, |last| last.lasted)
    }
}
