//! Alerts, following the table "Alerts" of the domain. An alert is raised once when its condition begins and closed when the condition
//! ends; in between its severity can only rise.

pub mod episode;
pub mod record;
pub mod rules;
pub mod wording;

pub use episode::{Change, Closing, Episode, Episodes, Subject};
pub use record::{Acknowledgement, Alert, AlertEvent};
pub use rules::{judge_meal, judge_sample};

use std::str::FromStr;

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

    /// The word for it on the farmers' screens.
    pub const fn niveau(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Warning => "important",
            Severity::Critical => "critique",
        }
    }

    /// Parses a word of either vocabulary.
    pub fn parse(word: &str) -> Option<Self> {
        Severity::ALL
            .into_iter()
            .find(|severity| severity.as_str() == word || severity.niveau() == word)
    }
}

/// What the condition was observed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Source {
    /// The meals of a lot.
    Gavage,
    /// The samples of a quality station.
    Sqal,
    /// The stream of readings itself.
    Feed,
}

impl Source {
    pub const fn as_str(self) -> &'static str {
        match self {
            Source::Gavage => "gavage",
            Source::Sqal => "sqal",
            Source::Feed => "feed",
        }
    }
}

/// The kind of condition. Each lot, or each quality station, has at most one open episode of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AlertKind {
    /// The given dose is far from the planned one; a refusal (given ≤ 70 % of planned) is its critical level.
    EcartDose,
    Mortalite,
    Temperature,
    Humidite,
    /// Change of the mean weight since the last weighed meal, g.
    PoidsRepas,
    /// Mean gain over three days, g per day.
    GainMoyen,
    /// No reading for two expected meals.
    FluxMuet,
    /// The final score of a sample is low, or its grade is REJECT.
    ScoreQualite,
    Oxydation,
    Fraicheur,
}

impl AlertKind {
    pub const ALL: [AlertKind; 10] = [
        AlertKind::EcartDose,
        AlertKind::Mortalite,
        AlertKind::Temperature,
        AlertKind::Humidite,
        AlertKind::PoidsRepas,
        AlertKind::GainMoyen,
        AlertKind::FluxMuet,
        AlertKind::ScoreQualite,
        AlertKind::Oxydation,
        AlertKind::Fraicheur,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            AlertKind::EcartDose => "ecart_dose",
            AlertKind::Mortalite => "mortalite",
            AlertKind::Temperature => "temperature",
            AlertKind::Humidite => "humidite",
            AlertKind::PoidsRepas => "poids_repas",
            AlertKind::GainMoyen => "gain_moyen",
            AlertKind::FluxMuet => "flux_muet",
            AlertKind::ScoreQualite => "score_qualite",
            AlertKind::Oxydation => "oxydation",
            AlertKind::Fraicheur => "fraicheur",
        }
    }

    pub const fn source(self) -> Source {
        match self {
            AlertKind::FluxMuet => Source::Feed,
            AlertKind::ScoreQualite | AlertKind::Oxydation | AlertKind::Fraicheur => Source::Sqal,
            _ => Source::Gavage,
        }
    }

    /// Unit of the measured value and of the threshold; empty if they have none.
    pub const fn unite(self) -> &'static str {
        match self {
            AlertKind::EcartDose | AlertKind::Mortalite | AlertKind::Humidite => "%",
            AlertKind::Temperature => "°C",
            AlertKind::PoidsRepas => "g",
            AlertKind::GainMoyen => "g/j",
            AlertKind::FluxMuet => "repas",
            _ => "",
        }
    }
}

/// A stored word that is no alert kind or severity.
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

/// A threshold that was passed; measured value and threshold are in the [unit](AlertKind::unite) of the kind. A sample can be
/// rejected for something that is not measured; then the measured value or the threshold is missing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Breach {
    pub severity: Severity,
    pub mesure: Option<f64>,
    pub seuil: Option<f64>,
}

/// What a meal or a sample shows about one kind of condition.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Verdict {
    /// Not measured: no episode begins or ends.
    Unknown,
    Normal,
    Breach(Breach),
}
