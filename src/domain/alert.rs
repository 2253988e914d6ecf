//! Alert rules and episodes, from the table "Alerts" of the domain: an alert is raised once when its condition begins and
//! closed when it ends; while it lasts it can only get worse.

use super::{
    moment::Moment,
    reading::{MealPosition, Reading},
    site::Site,
};
use jiff::Timestamp;
use std::{collections::BTreeMap, str::FromStr};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    Info,
    Warning,
    Critical,
}

impl Severity {
    const ALL: [Severity; 3] = [Severity::Info, Severity::Warning, Severity::Critical];

    pub const fn as_str(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Warning => "warning",
            Severity::Critical => "critical",
        }
    }
}

/// What a condition is about. One episode at a time per lot and kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AlertKind {
    /// The given dose is far from the planned one; a refusal (given ≤ 70 % of planned) is its critical form.
    EcartDose,
    Mortalite,
    Temperature,
    Humidite,
}

impl AlertKind {
    pub const ALL: [AlertKind; 4] = [
        AlertKind::EcartDose,
        AlertKind::Mortalite,
        AlertKind::Temperature,
        AlertKind::Humidite,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            AlertKind::EcartDose => "ecart_dose",
            AlertKind::Mortalite => "mortalite",
            AlertKind::Temperature => "temperature",
            AlertKind::Humidite => "humidite",
        }
    }
}

/// A word from storage that names no alert kind or severity.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown alert word {0:?}")]
pub struct UnknownWord(String);

impl FromStr for AlertKind {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = AlertKind::ALL
            .into_iter()
            .find(|kind| kind.as_str() == text);
        found.ok_or_else(|| UnknownWord(text.to_owned()))
    }
}

impl FromStr for Severity {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Severity::ALL
            .into_iter()
            .find(|severity| severity.as_str() == text);
        found.ok_or_else(|| UnknownWord(text.to_owned()))
    }
}

/// A threshold that a reading passed: measured and threshold are in the unit of the kind (%, °C).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Breach {
    pub severity: Severity,
    pub mesure: f64,
    pub seuil: f64,
}

/// What a reading says of one kind of condition.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Verdict {
    /// Not measured, so nothing begins and nothing ends.
    Unknown,
    Normal,
    Breach(Breach),
}

/// Judges a reading on one kind of condition.
pub fn judge(kind: AlertKind, reading: &Reading) -> Verdict {
    match kind {
        AlertKind::EcartDose => over(reading.ecart_dose(), ecart_dose),
        AlertKind::Mortalite => over(reading.taux_mortalite, mortalite),
        AlertKind::Temperature => over(reading.temperature_stabule, temperature),
        AlertKind::Humidite => over(reading.humidite_stabule, humidite),
    }
}

fn over(measured: Option<f64>, rule: fn(f64) -> Option<(Severity, f64)>) -> Verdict {
    let Some(mesure) = measured else {
        return Verdict::Unknown;
    };
    match rule(mesure) {
        None => Verdict::Normal,
        Some((severity, seuil)) => Verdict::Breach(Breach {
            severity,
            mesure,
            seuil,
        }),
    }
}

fn ecart_dose(percent: f64) -> Option<(Severity, f64)> {
    // 380 g given of 400 g planned is −5 % on paper and −4.999…% in binary: a billionth of a percent is no dose.
    let size = percent.abs() + 1e-9;
    let sign = percent.signum();
    match size {
        _ if percent - 1e-9 <= -30.0 => Some((Severity::Critical, -30.0)),
        size if size >= 25.0 => Some((Severity::Critical, sign * 25.0)),
        size if size >= 10.0 => Some((Severity::Warning, sign * 10.0)),
        size if size >= 5.0 => Some((Severity::Info, sign * 5.0)),
        _ => None,
    }
}

fn mortalite(percent: f64) -> Option<(Severity, f64)> {
    match percent {
        p if p >= 5.0 => Some((Severity::Critical, 5.0)),
        p if p >= 3.0 => Some((Severity::Warning, 3.0)),
        _ => None,
    }
}

fn temperature(celsius: f64) -> Option<(Severity, f64)> {
    match celsius {
        t if t <= 15.0 => Some((Severity::Critical, 15.0)),
        t if t >= 28.0 => Some((Severity::Critical, 28.0)),
        t if t <= 18.0 => Some((Severity::Warning, 18.0)),
        t if t >= 25.0 => Some((Severity::Warning, 25.0)),
        _ => None,
    }
}

fn humidite(percent: f64) -> Option<(Severity, f64)> {
    match percent {
        h if h <= 50.0 => Some((Severity::Warning, 50.0)),
        h if h >= 75.0 => Some((Severity::Warning, 75.0)),
        _ => None,
    }
}

/// One stretch of time during which a condition of a lot held.
#[derive(Debug, Clone, PartialEq)]
pub struct Episode {
    /// Row in storage; `None` while it is new.
    pub id: Option<i64>,
    pub kind: AlertKind,
    pub code_lot: String,
    pub gaveur_id: i32,
    pub site: Site,
    /// Meal at which it was raised.
    pub position: MealPosition,
    /// The worst so far.
    pub breach: Breach,
    pub levee_le: Timestamp,
    pub fermee_le: Option<Timestamp>,
}

impl Episode {
    fn raise(kind: AlertKind, reading: &Reading, breach: Breach) -> Self {
        Episode {
            id: None,
            kind,
            code_lot: reading.code_lot.clone(),
            gaveur_id: reading.gaveur_id,
            site: reading.site,
            position: reading.position(),
            breach,
            levee_le: reading.horodatage.instant,
            fermee_le: None,
        }
    }

    pub fn jour(&self) -> i32 {
        self.position.0
    }

    pub fn moment(&self) -> Moment {
        self.position.1
    }
}

/// The open episodes of one lot, and what a run of its readings changes in them.
#[derive(Debug, Default)]
pub struct Episodes {
    open: BTreeMap<AlertKind, Episode>,
    changed: Vec<Episode>,
    touched: std::collections::BTreeSet<AlertKind>,
}

impl Episodes {
    pub fn new(open: impl IntoIterator<Item = Episode>) -> Self {
        Episodes {
            open: open
                .into_iter()
                .map(|episode| (episode.kind, episode))
                .collect(),
            ..Self::default()
        }
    }

    /// Applies the next reading of the lot.
    pub fn apply(&mut self, reading: &Reading) {
        for kind in AlertKind::ALL {
            match judge(kind, reading) {
                Verdict::Unknown => {}
                Verdict::Normal => self.close(kind, reading.horodatage.instant),
                Verdict::Breach(breach) => self.hold(kind, reading, breach),
            }
        }
    }

    fn close(&mut self, kind: AlertKind, at: Timestamp) {
        if let Some(mut episode) = self.open.remove(&kind) {
            episode.fermee_le = Some(at.max(episode.levee_le));
            self.changed.push(episode);
            self.touched.remove(&kind);
        }
    }

    fn hold(&mut self, kind: AlertKind, reading: &Reading, breach: Breach) {
        match self.open.get_mut(&kind) {
            Some(episode) if episode.breach.severity >= breach.severity => {}
            Some(episode) => {
                episode.breach = breach;
                self.touched.insert(kind);
            }
            None => {
                self.open
                    .insert(kind, Episode::raise(kind, reading, breach));
                self.touched.insert(kind);
            }
        }
    }

    /// The episodes that storage does not know in this state yet: closed ones first, in the order in which they closed.
    pub fn into_changes(self) -> Vec<Episode> {
        let Episodes {
            open,
            mut changed,
            touched,
        } = self;
        changed.extend(
            open.into_values()
                .filter(|episode| touched.contains(&episode.kind)),
        );
        changed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::reading::sample;
    use proptest::prelude::*;

    fn with_dose(jour: i32, given: f64) -> Reading {
        let mut reading = sample("LL2611001", jour, Moment::Matin);
        reading.dose_reelle = given;
        reading.horodatage.instant = Timestamp::from_second(i64::from(jour) * 86_400).unwrap();
        reading
    }

    fn severity_of(given: f64) -> Option<Severity> {
        match judge(AlertKind::EcartDose, &with_dose(0, given)) {
            Verdict::Breach(breach) => Some(breach.severity),
            _ => None,
        }
    }

    #[test]
    fn the_dose_thresholds_are_five_ten_and_twenty_five_percent_on_either_side() {
        assert_eq!(severity_of(419.9), None);
        assert_eq!(severity_of(420.0), Some(Severity::Info));
        assert_eq!(severity_of(380.0), Some(Severity::Info));
        assert_eq!(severity_of(440.0), Some(Severity::Warning));
        assert_eq!(severity_of(360.0), Some(Severity::Warning));
        assert_eq!(severity_of(500.0), Some(Severity::Critical));
        assert_eq!(severity_of(300.0), Some(Severity::Critical));
    }

    #[test]
    fn seventy_percent_of_the_planned_dose_or_less_is_a_refusal() {
        let Verdict::Breach(breach) = judge(AlertKind::EcartDose, &with_dose(0, 280.0)) else {
            panic!("280 g of 400 g is a refusal");
        };
        assert_eq!((breach.severity, breach.seuil), (Severity::Critical, -30.0));
    }

    #[test]
    fn a_lot_that_stays_over_the_threshold_alerts_once() {
        let mut episodes = Episodes::new([]);
        for jour in 0..5 {
            episodes.apply(&with_dose(jour, 445.0));
        }
        let changes = episodes.into_changes();
        assert_eq!(changes.len(), 1);
        assert_eq!(changes[0].jour(), 0);
        assert_eq!(changes[0].fermee_le, None);
    }

    #[test]
    fn an_episode_closes_when_the_condition_ends_and_a_new_one_begins_with_the_next() {
        let mut episodes = Episodes::new([]);
        for (jour, given) in [(0, 445.0), (1, 400.0), (2, 450.0)] {
            episodes.apply(&with_dose(jour, given));
        }
        let changes = episodes.into_changes();
        let days: Vec<_> = changes
            .iter()
            .map(|e| (e.jour(), e.fermee_le.is_some()))
            .collect();
        assert_eq!(days, [(0, true), (2, false)]);
    }

    #[test]
    fn an_episode_gets_worse_in_place_and_never_better() {
        let mut episodes = Episodes::new([]);
        for (jour, given) in [(0, 425.0), (1, 520.0), (2, 425.0)] {
            episodes.apply(&with_dose(jour, given));
        }
        let changes = episodes.into_changes();
        assert_eq!(changes.len(), 1);
        assert_eq!(changes[0].breach.severity, Severity::Critical);
        assert_eq!(changes[0].jour(), 0);
    }

    #[test]
    fn a_meal_without_a_measure_neither_opens_nor_closes_anything() {
        let mut episodes = Episodes::new([]);
        episodes.apply(&with_dose(0, 445.0));
        let mut unmeasured = with_dose(1, 400.0);
        unmeasured.dose_theorique = None;
        episodes.apply(&unmeasured);
        assert!(episodes.into_changes()[0].fermee_le.is_none());
    }

    #[test]
    fn an_open_episode_from_storage_that_does_not_change_is_not_written_again() {
        let mut first = Episodes::new([]);
        first.apply(&with_dose(0, 445.0));
        let mut stored = first.into_changes();
        stored[0].id = Some(7);
        let mut second = Episodes::new(stored);
        second.apply(&with_dose(1, 446.0));
        assert!(second.into_changes().is_empty());
    }

    proptest! {
        #[test]
        fn the_number_of_episodes_is_the_number_of_times_the_condition_began(doses in prop::collection::vec(200.0..600.0f64, 1..60)) {
            let mut episodes = Episodes::new([]);
            let mut began = 0;
            let mut held = false;
            for (jour, given) in (0..).zip(&doses) {
                let reading = with_dose(jour, *given);
                let holds = matches!(judge(AlertKind::EcartDose, &reading), Verdict::Breach(_));
                began += usize::from(holds && !held);
                held = holds;
                episodes.apply(&reading);
            }
            let changes = episodes.into_changes();
            prop_assert_eq!(changes.len(), began);
            prop_assert_eq!(changes.iter().filter(|e| e.fermee_le.is_none()).count(), usize::from(held));
        }
    }
}
