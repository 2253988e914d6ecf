//! Faults that are made on purpose between a simulator and its socket, so that one sees what the server does about them.

use super::Simulator;
use crate::domain::words::words;
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use std::{ops::RangeInclusive, sync::Arc, time::Duration};

words! {
    pub enum FaultKind {
        /// The connection is reset, and not opened again.
        Cut = "coupure",
        /// The connection stays open, and nothing is sent.
        Silence = "silence",
        /// Too little maize, too hot, too light.
        OutOfRange = "hors_plage",
        /// Messages that are no readings.
        Invalid = "invalide",
        /// Each message several times.
        Repeated = "doublon",
        /// Each message later.
        Late = "retard",
        /// Messages in another order.
        Shuffled = "desordre",
        /// The sender's clock is wrong.
        Clock = "horloge",
        /// Each meal again, with another dose.
        Corrected = "correction",
        /// Many messages a second.
        Burst = "rafale",
        /// A screen that does not read.
        SlowScreen = "ecran_lent",
        /// The database does not answer.
        NoDatabase = "base_absente",
    }
}

/// What may be said of a fault.
pub mod bounds {
    use super::RangeInclusive;

    pub const SECONDS: RangeInclusive<i32> = 1..=3_600;
    /// Seconds without a database; a writer that waits longer would have to refuse what is sent.
    pub const SECONDS_WITHOUT_DATABASE: RangeInclusive<i32> = 1..=30;
    pub const TIMES: RangeInclusive<i32> = 2..=10;
    pub const SECONDS_LATE: RangeInclusive<i32> = 1..=600;
    pub const SHUFFLED: RangeInclusive<i32> = 2..=20;
    /// A server refuses what is more than two days ahead; what is older than sixty days is history.
    pub const HOURS: RangeInclusive<i32> = -2_000..=47;
    pub const FACTOR: RangeInclusive<f64> = 0.1..=3.0;
    pub const PER_SECOND: RangeInclusive<i32> = 1..=100;
    /// Faults at the same time.
    pub const FAULTS: usize = 8;
}

/// What a fault does.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    Cut,
    Silence,
    OutOfRange,
    Invalid,
    Repeated {
        times: u32,
    },
    Late {
        by: Duration,
    },
    Shuffled {
        of: usize,
    },
    Clock {
        hours: i32,
        /// The time is written without a zone, as on the clock of this one.
        naive: bool,
    },
    Corrected {
        factor: f64,
    },
    Burst {
        per_second: u32,
    },
    SlowScreen,
    NoDatabase,
}

impl Effect {
    pub fn kind(&self) -> FaultKind {
        match self {
            Effect::Cut => FaultKind::Cut,
            Effect::Silence => FaultKind::Silence,
            Effect::OutOfRange => FaultKind::OutOfRange,
            Effect::Invalid => FaultKind::Invalid,
            Effect::Repeated { .. } => FaultKind::Repeated,
            Effect::Late { .. } => FaultKind::Late,
            Effect::Shuffled { .. } => FaultKind::Shuffled,
            Effect::Clock { .. } => FaultKind::Clock,
            Effect::Corrected { .. } => FaultKind::Corrected,
            Effect::Burst { .. } => FaultKind::Burst,
            Effect::SlowScreen => FaultKind::SlowScreen,
            Effect::NoDatabase => FaultKind::NoDatabase,
        }
    }
}

impl FaultKind {
    /// Whether it is made between this simulator and its socket.
    pub fn concerns(self, simulator: Simulator) -> bool {
        match self {
            FaultKind::SlowScreen | FaultKind::NoDatabase => false,
            FaultKind::Cut | FaultKind::Silence | FaultKind::Invalid | FaultKind::Repeated => {
                simulator != Simulator::Consumer
            }
            _ => simulator == Simulator::Gavage,
        }
    }

    /// Whether it can be made for one lot: all lots share one connection, which is cut as a whole.
    pub fn concerns_one_lot(self) -> bool {
        self != FaultKind::Cut && self.concerns(Simulator::Gavage)
    }

    /// Of the server, not of a simulator.
    pub fn has_no_target(self) -> bool {
        matches!(self, FaultKind::SlowScreen | FaultKind::NoDatabase)
    }
}

/// Which simulator, and what of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    pub simulator: Simulator,
    /// Of what is fed: only this lot.
    pub code_lot: Option<String>,
    /// Of the stations: only this one.
    pub device_id: Option<String>,
}

impl Target {
    pub fn is_lot(&self, code_lot: &str) -> bool {
        let named = self.code_lot.as_deref();
        self.simulator == Simulator::Gavage && named.is_none_or(|named| named == code_lot)
    }

    pub fn is_device(&self, simulator: Simulator, device_id: &str) -> bool {
        let named = self.device_id.as_deref();
        self.simulator == simulator && named.is_none_or(|named| named == device_id)
    }
}

/// A fault as somebody asks for it.
#[derive(Debug, Clone, PartialEq)]
pub struct FaultRun {
    pub effect: Effect,
    /// `None` for one of the server itself.
    pub target: Option<Target>,
    pub lasts: Duration,
}

impl FaultRun {
    /// As it is asked for and shown.
    pub fn described(&self) -> Value {
        let target = self.target.as_ref().map(|target| {
            let mut named = Map::new();
            named.insert("simulateur".to_owned(), json!(target.simulator));
            let names = [
                ("code_lot", &target.code_lot),
                ("device_id", &target.device_id),
            ];
            for (name, value) in names {
                named.extend(value.as_ref().map(|value| (name.to_owned(), json!(value))));
            }
            named
        });
        let parameters = match &self.effect {
            Effect::Repeated { times } => json!({"fois": times}),
            Effect::Late { by } => json!({"retard_s": by.as_secs()}),
            Effect::Shuffled { of } => json!({"parmi": of}),
            Effect::Clock { hours, naive } => json!({"heures": hours, "sans_zone": naive}),
            Effect::Corrected { factor } => json!({"facteur": factor}),
            Effect::Burst { per_second } => json!({"par_seconde": per_second}),
            _ => json!({}),
        };
        json!({
            "type": self.effect.kind(), "cible": target, "duree_s": self.lasts.as_secs(), "parametres": parameters,
        })
    }
}

/// A fault that is being made.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    pub id: u32,
    pub run: FaultRun,
    pub since: Timestamp,
}

impl Fault {
    pub fn until(&self) -> Timestamp {
        self.since + self.run.lasts
    }

    fn is_of(&self, holds: impl Fn(&Target) -> bool) -> bool {
        self.run.target.as_ref().is_some_and(holds)
    }
}

/// All that are being made.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Faults(pub Arc<[Fault]>);

impl Faults {
    pub fn of_lot<'a>(&'a self, code_lot: &'a str) -> impl Iterator<Item = &'a Fault> {
        let of_lot = move |fault: &&Fault| fault.is_of(|target| target.is_lot(code_lot));
        self.0.iter().filter(of_lot)
    }

    pub fn of_device<'a>(
        &'a self,
        simulator: Simulator,
        device_id: &'a str,
    ) -> impl Iterator<Item = &'a Fault> {
        let of_device =
            move |fault: &&Fault| fault.is_of(|target| target.is_device(simulator, device_id));
        self.0.iter().filter(of_device)
    }

    /// Whether the connection of this simulator, or of this one of its devices, is cut.
    pub fn cut(&self, simulator: Simulator, device_id: Option<&str>) -> bool {
        let is_its = |target: &Target| match device_id {
            Some(device_id) => target.is_device(simulator, device_id),
            None => target.simulator == simulator,
        };
        let cuts = |fault: &Fault| fault.run.effect == Effect::Cut && fault.is_of(is_its);
        self.0.iter().any(cuts)
    }

    pub fn silences(&self, code_lot: &str) -> bool {
        self.of_lot(code_lot)
            .any(|fault| fault.run.effect == Effect::Silence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_of_one_lot_or_one_station_is_no_others() {
        let target = |simulator, code_lot: Option<&str>, device_id: Option<&str>| Target {
            simulator,
            code_lot: code_lot.map(str::to_owned),
            device_id: device_id.map(str::to_owned),
        };
        let one = target(Simulator::Gavage, Some("LL2611001"), None);
        assert!(one.is_lot("LL2611001") && !one.is_lot("LL2611002"));
        let all = target(Simulator::Gavage, None, None);
        assert!(all.is_lot("LL2611001") && all.is_lot("LL2611002"));
        let station = target(Simulator::Monitor, None, Some("ESP32_LL_01"));
        assert!(station.is_device(Simulator::Monitor, "ESP32_LL_01"));
        assert!(!station.is_device(Simulator::Monitor, "ESP32_LS_01"));
        assert!(!station.is_device(Simulator::Sqal, "ESP32_LL_01"));
        assert!(!station.is_lot("LL2611001"));
    }

    #[test]
    fn what_is_of_the_server_concerns_no_simulator_and_a_cut_no_single_lot() {
        for kind in FaultKind::ALL {
            let concerns_some = Simulator::ALL.into_iter().any(|one| kind.concerns(one));
            assert_eq!(concerns_some, !kind.has_no_target(), "{kind}");
            assert!(!kind.concerns(Simulator::Consumer), "{kind}");
        }
        assert!(!FaultKind::Cut.concerns_one_lot() && FaultKind::Late.concerns_one_lot());
    }
}
