//! What simulators do together, step by step as it happens. Pure.

use super::{ConsumerRun, FOIES_OF_A_LOOP, GavageRun, MonitorRun, Run, Simulator};
use crate::domain::{consumer::profile::Profile, words::words};
use jiff::{SignedDuration, Timestamp};
use std::{
    collections::{BTreeMap, btree_map::Entry},
    time::Duration,
};

/// How long it is asked what became of a lot.
const WATCHED_FOR: SignedDuration = SignedDuration::from_hours(1);
/// Ratings of the labels of a loop.
const RATINGS: u32 = 20;

words! {
    pub enum Scenario {
        /// One lot from its first meal to what people say of its livers.
        Loop = "boucle_2min",
        /// Lots of all sites, until all are graded.
        Sites = "multi_site",
        /// As much as the panel may do, until it is stopped.
        Load = "charge",
    }
}

words! {
    /// A step in the life of a lot.
    pub enum Step {
        Begun = "commence",
        Fed = "nourri",
        Inspected = "controle",
        Graded = "classe",
        Labelled = "etiquete",
        Rated = "note",
        Advised = "conseille",
        Accepted = "accepte",
    }
}

impl Scenario {
    /// The steps that its simulators make, or that may follow from them.
    pub fn steps(self) -> &'static [Step] {
        match self {
            Scenario::Loop => &Step::ALL,
            // Nobody rates.
            Scenario::Sites | Scenario::Load => &Step::ALL[..=Step::Labelled as usize],
        }
    }

    /// `None` if each lot is followed by another.
    fn lots(self) -> Option<usize> {
        match self {
            Scenario::Loop => Some(1),
            Scenario::Sites => Some(6),
            Scenario::Load => None,
        }
    }

    /// `acceleration` is that of its lots, its own if `None`.
    pub fn runs(self, acceleration: Option<u32>) -> [Run; 2] {
        let gavage = |lots, usual| {
            Run::Gavage(GavageRun {
                lots,
                acceleration: acceleration.unwrap_or(usual),
                forever: self.lots().is_none(),
                strays: self == Scenario::Loop,
                seed: None,
            })
        };
        let monitor = |stations, foies_per_lot, pace| {
            Run::Monitor(MonitorRun {
                stations,
                ask_every: Duration::from_secs(1),
                foies_per_lot,
                pace: Duration::from_millis(pace),
                seed: None,
            })
        };
        match self {
            Scenario::Loop => [gavage(1, 86_400), monitor(1, FOIES_OF_A_LOOP, 400)],
            Scenario::Sites => [gavage(6, 1_440), monitor(4, 24, 400)],
            Scenario::Load => [gavage(20, 86_400), monitor(10, 24, 1_000)],
        }
    }
}

/// How far a scenario has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    pub scenario: Scenario,
    /// The lot that is followed: the first one that is fed.
    pub lot: Option<String>,
    /// When each step happened.
    pub steps: [Option<Timestamp>; Step::ALL.len()],
    /// The lots that are fed, and whether their livers are graded.
    lots: BTreeMap<String, bool>,
}

impl Progress {
    pub fn new(scenario: Scenario) -> Self {
        Progress {
            scenario,
            lot: None,
            steps: [None; Step::ALL.len()],
            lots: BTreeMap::new(),
        }
    }

    /// A lot made a step. Only those of the lot that is followed are ticked, each once.
    pub fn note(&mut self, step: Step, lot: &str, at: Timestamp) {
        self.count(step, lot);
        if self.lot.is_none() && step == Step::Begun {
            self.lot = Some(lot.to_owned());
        }
        if self.lot.as_deref() == Some(lot) {
            self.steps[step as usize].get_or_insert(at);
        }
    }

    /// Of a scenario without an end nothing is counted.
    fn count(&mut self, step: Step, lot: &str) {
        if self.scenario.lots().is_none() {
            return;
        }
        match (step, self.lots.entry(lot.to_owned())) {
            (Step::Begun, lot) => drop(lot.or_default()),
            // Stations also control lots that waited before.
            (Step::Graded, Entry::Occupied(mut lot)) => drop(lot.insert(true)),
            _ => {}
        }
    }

    /// The livers of all its lots are graded: there is nothing more to control.
    pub fn is_graded(&self) -> bool {
        let graded = self.lots.values().filter(|is_graded| **is_graded).count();
        self.scenario.lots().is_some_and(|lots| graded >= lots)
    }

    pub fn at(&self, step: Step) -> Option<Timestamp> {
        self.steps[step as usize]
    }

    /// Once the livers of a loop are graded, consumers rate the labels of its lot.
    pub fn rating(&self) -> Option<Run> {
        let is_due = self.scenario == Scenario::Loop && self.is_graded();
        is_due.then(|| {
            Run::Consumer(ConsumerRun {
                interval: Duration::from_secs(1),
                ratings: RATINGS,
                lot: self.lot.clone(),
                profile: Profile::Realistic,
                seed: None,
            })
        })
    }

    /// The lot of which it is asked what became of it after its control; only for so long.
    pub fn watched(&self, now: Timestamp) -> Option<&str> {
        let inspected_at = self.at(Step::Inspected)?;
        let last = self.scenario.steps().last()?;
        let is_over = self.at(*last).is_some() || now.duration_since(inspected_at) > WATCHED_FOR;
        self.lot.as_deref().filter(|_| !is_over)
    }

    /// The simulators that take part.
    pub const SIMULATORS: [Simulator; 2] = [Simulator::Gavage, Simulator::Monitor];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scenario_follows_its_first_lot_and_ticks_each_step_once() {
        let mut progress = Progress::new(Scenario::Loop);
        let at = |second: i64| Timestamp::from_second(second).unwrap();
        progress.note(Step::Fed, "LL2611001", at(1));
        assert_eq!(progress, Progress::new(Scenario::Loop));
        progress.note(Step::Begun, "LL2611002", at(2));
        progress.note(Step::Begun, "LS2611003", at(3));
        progress.note(Step::Fed, "LS2611003", at(4));
        assert_eq!(progress.at(Step::Fed), None);
        progress.note(Step::Begun, "LL2611002", at(5));
        assert_eq!(progress.at(Step::Begun), Some(at(2)));
        for step in [Step::Fed, Step::Inspected, Step::Graded] {
            assert_eq!(progress.rating(), None);
            progress.note(step, "LL2611002", at(6));
        }
        let Some(Run::Consumer(rating)) = progress.rating() else {
            panic!("nobody rates");
        };
        assert_eq!(rating.lot.as_deref(), Some("LL2611002"));
        assert_eq!(progress.watched(at(7)), Some("LL2611002"));
        assert_eq!(progress.watched(at(3_607)), None);
        progress.note(Step::Accepted, "LL2611002", at(8));
        assert_eq!(progress.watched(at(9)), None);
    }

    #[test]
    fn a_scenario_of_several_lots_is_graded_with_the_last_of_its_own_and_one_without_end_never() {
        let at = Timestamp::UNIX_EPOCH;
        let all = (1..=6).map(|number| format!("LL261100{number}"));
        let all: Vec<_> = all.collect();
        for (scenario, ends) in [(Scenario::Sites, true), (Scenario::Load, false)] {
            let mut progress = Progress::new(scenario);
            progress.note(Step::Graded, "LS2611099", at);
            for lot in &all {
                progress.note(Step::Begun, lot, at);
            }
            for lot in &all {
                assert!(!progress.is_graded());
                progress.note(Step::Graded, lot, at);
                progress.note(Step::Graded, lot, at);
            }
            assert_eq!(progress.is_graded(), ends, "{scenario}");
            assert_eq!(progress.rating(), None);
            let later = at + Duration::from_secs(1);
            progress.note(Step::Inspected, &all[0], at);
            assert_eq!(progress.watched(later), Some(all[0].as_str()));
            progress.note(Step::Labelled, &all[0], at);
            assert_eq!(progress.watched(later), None, "nobody rates");
        }
    }

    #[test]
    fn no_scenario_does_more_than_the_panel_allows() {
        use super::super::{FASTEST_FOIE, bounds};
        for scenario in Scenario::ALL {
            let [Run::Gavage(gavage), Run::Monitor(monitor)] = scenario.runs(None) else {
                panic!("{scenario}");
            };
            let holds = |range: std::ops::RangeInclusive<i32>, number: u32| {
                range.contains(&number.cast_signed())
            };
            assert!(holds(bounds::LOTS, gavage.lots));
            assert!(holds(bounds::ACCELERATION, gavage.acceleration));
            assert!(holds(bounds::STATIONS, monitor.stations));
            assert!(holds(bounds::SAMPLES_PER_LOT, monitor.foies_per_lot));
            assert!(monitor.pace >= FASTEST_FOIE);
        }
    }
}
