//! Alerts, from the table "Alerts" of the domain: an alert is raised once when its condition begins and closed when it ends;
//! while it lasts it can only get worse.

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

    /// The word of the farmers' screens.
    pub const fn niveau(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Warning => "important",
            Severity::Critical => "critique",
        }
    }

    /// Reads a word of either vocabulary.
    pub fn parse(word: &str) -> Option<Self> {
        Severity::ALL
            .into_iter()
            .find(|severity| severity.as_str() == word || severity.niveau() == word)
    }
}

/// What the condition of an alert was seen in.
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

/// What a condition is about. One episode at a time per kind and lot, or per kind and quality station.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AlertKind {
    /// The given dose is far from the planned one; a refusal (given ≤ 70 % of planned) is its critical form.
    EcartDose,
    Mortalite,
    Temperature,
    Humidite,
    /// Mean weight since the last weighed meal, g.
    PoidsRepas,
    /// Mean gain over three days, g per day.
    GainMoyen,
    /// No reading for two expected meals.
    FluxMuet,
    /// Final score of a sample, or its grade being REJECT.
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

    /// Unit of the measured value and of the threshold; empty for what has none.
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

/// A threshold that was passed: measured and threshold are in the [unit](AlertKind::unite) of the kind. A sample may be rejected
/// for what is no measure; then there is none, or no threshold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Breach {
    pub severity: Severity,
    pub mesure: Option<f64>,
    pub seuil: Option<f64>,
}

/// What a meal or a sample says of one kind of condition.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Verdict {
    /// Not measured, so nothing begins and nothing ends.
    Unknown,
    Normal,
    Breach(Breach),
}
