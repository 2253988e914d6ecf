//! A supervisor with probes in place of its registrar, under a paused clock.

use crate::probe::{Heard, probe};
use actix::{Actor, Addr};
use gaveurs::{
    actors::{
        deathwatch::Deathwatch,
        supervisor::{Supervisor, SupervisorLinks, SupervisorSettings},
    },
    domain::stream::{Epoch, RingBounds},
    messages::supervisor_to_registrar::{ClearUser, RegisterUser},
    telemetry::{health::Health, metrics::Metrics, sessions::SessionStats},
};
use jiff::{
    Timestamp,
    tz::{Offset, TimeZone},
};
use std::time::Duration;
use tokio::sync::mpsc::unbounded_channel;

pub const GRACE: Duration = Duration::from_secs(5);

pub struct Core {
    pub supervisor: Addr<Supervisor>,
    pub registered: Heard<RegisterUser>,
    pub cleared: Heard<ClearUser>,
    pub stats: SessionStats,
}

impl Core {
    pub fn start() -> Self {
        Self::start_with(&Metrics::new())
    }

    pub fn start_with(metrics: &Metrics) -> Self {
        tokio::time::pause();
        let (deaths, _) = unbounded_channel();
        let watch = Deathwatch::new("supervisor", Health::default(), deaths);
        let (register, registered) = probe();
        let (clear, cleared) = probe();
        let links = SupervisorLinks {
            register,
            clear,
            metrics: metrics.clone(),
        };
        let settings = SupervisorSettings {
            grace: GRACE,
            ring: RingBounds {
                frames: 1_000,
                bytes: 1 << 20,
                total_bytes: 1 << 20,
                age: Duration::from_secs(600),
            },
            zone: midday(),
            scopes: Vec::new(),
        };
        Core {
            supervisor: Supervisor::new(Epoch::new("1"), settings, links, watch).start(),
            registered,
            cleared,
            stats: metrics.session_stats.clone(),
        }
    }
}

/// Where it is about noon, so that no day begins during a test.
fn midday() -> TimeZone {
    let hour = Timestamp::now().to_zoned(TimeZone::UTC).hour();
    TimeZone::fixed(Offset::constant(12 - hour))
}
