//! Figures of the sessions. The supervisor writes them; `/metrics` and `/ws-metrics` read all of them at one moment, so that sums
//! balance. Neither waits for the other's work.

use super::metrics::Reason;
use crate::domain::{
    disconnects::{Disconnects, MOST_USERS},
    users::Counts,
};
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric},
    metrics::{MetricType, counter::ConstCounter, gauge::ConstGauge},
};
use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Cloning shares the figures.
#[derive(Debug, Clone)]
pub struct SessionStats(Arc<Mutex<Stats>>);

#[derive(Debug)]
pub struct Stats {
    pub counts: Counts,
    pub disconnects: Disconnects,
    /// Frames replayed to tabs that returned.
    pub replayed: u64,
    /// Positions from which a tab could not resume.
    pub resume_refused: u64,
    /// Connections cut because their peer did not read.
    pub dropped_slow: u64,
    /// Handshakes refused because a limit of connections was reached.
    pub turned_away: u64,
}

/// A figure of `/ws-metrics`, where a total is called `<name>_total`. In `/metrics` it is `gaveurs_ws_<name>`, with the same ending.
#[derive(Debug, Clone, Copy)]
pub struct Figure {
    pub name: &'static str,
    pub help: &'static str,
    pub value: u64,
}

fn figure(name: &'static str, value: u64, help: &'static str) -> Figure {
    Figure { name, help, value }
}

impl Stats {
    /// What is so now.
    pub fn gauges(&self) -> [Figure; 3] {
        let counts = &self.counts;
        [
            figure("open", counts.open, "Connections that are open"),
            figure(
                "in_grace",
                counts.in_grace,
                "Users who left and may still come back",
            ),
            figure(
                "cleaning",
                counts.cleaning,
                "Users whose traces are being cleared",
            ),
        ]
    }

    /// What has happened so far.
    pub fn totals(&self) -> [Figure; 16] {
        let counts = &self.counts;
        let rejected = counts.refused + self.turned_away;
        let evicted = self.disconnects.evicted();
        [
            figure("opened", counts.opened, "Connections that opened"),
            figure("closed", counts.closed, "Connections that ended"),
            figure("detach_started", counts.detach_started, "Graces that began"),
            figure(
                "detach_cancelled",
                counts.detach_cancelled,
                "Graces whose user came back",
            ),
            figure(
                "detach_executed",
                counts.detach_executed,
                "Graces that ended with a clean-up",
            ),
            figure(
                "detach_aborted",
                counts.detach_aborted,
                "Graces that the end of the process cut short",
            ),
            figure("cleanup_ok", counts.cleanup_ok, "Clean-ups that were done"),
            figure("cleanup_err", counts.cleanup_err, "Clean-ups that failed"),
            figure(
                "stale_disconnect",
                counts.stale_disconnect,
                "Ends of connections that were no longer known",
            ),
            figure(
                "superseded",
                counts.superseded,
                "Connections whose tab connected again",
            ),
            figure(
                "cleanup_due_stale",
                counts.cleanup_due_stale,
                "Ends of graces that came too late to matter",
            ),
            figure(
                "replayed",
                self.replayed,
                "Frames replayed to tabs that returned",
            ),
            figure(
                "resume_refused",
                self.resume_refused,
                "Positions that could not be resumed from",
            ),
            figure(
                "dropped_slow",
                self.dropped_slow,
                "Connections cut because their peer did not read",
            ),
            figure(
                "rejected",
                rejected,
                "Connections refused: a limit was reached, or a tab was taken over too often",
            ),
            figure(
                "evicted_users",
                evicted,
                "Users whose disconnects were forgotten to make room for others",
            ),
        ]
    }
}

impl Default for SessionStats {
    fn default() -> Self {
        SessionStats(Arc::new(Mutex::new(Stats {
            counts: Counts::default(),
            disconnects: Disconnects::new(MOST_USERS),
            replayed: 0,
            resume_refused: 0,
            dropped_slow: 0,
            turned_away: 0,
        })))
    }
}

impl SessionStats {
    /// The figures, for a few lines of work: nobody else reads or writes meanwhile.
    pub fn open(&self) -> MutexGuard<'_, Stats> {
        // After a panic the statistics are still usable numbers.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Collector for SessionStats {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let stats = self.open();
        for Figure { name, help, value } in stats.gauges() {
            let name = format!("ws_{name}");
            let metric = encoder.encode_descriptor(&name, help, None, MetricType::Gauge)?;
            ConstGauge::new(value.cast_signed()).encode(metric)?;
        }
        for Figure { name, help, value } in stats.totals() {
            let name = format!("ws_{name}");
            let metric = encoder.encode_descriptor(&name, help, None, MetricType::Counter)?;
            ConstCounter::new(value).encode(metric)?;
        }
        let help = "Connections that ended, by reason";
        let mut ended = encoder.encode_descriptor("ws_ended", help, None, MetricType::Counter)?;
        for (reason, count) in stats.disconnects.reasons() {
            ConstCounter::new(*count).encode(ended.encode_family(&Reason { reason })?)?;
        }
        Ok(())
    }
}
