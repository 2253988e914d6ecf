//! Alerts, following the table "Alerts" of the domain. An alert is raised once when its condition begins and closed when the condition
//! ends; in between its severity can only rise.

pub mod code;
pub mod digits;
pub mod episode;
pub mod guidance;
pub mod record;
pub mod rules;
pub mod wording;

pub use code::AlertCode;
pub use episode::{Change, Closing, Episode, Episodes, Subject};
#[cfg(test)]
pub(crate) use record::sample;
pub use record::{Acknowledgement, Acknowledging, Alert, AlertEvent, WITHDRAWN_WITHIN};
pub use rules::{judge_meal, judge_sample};

use super::words::words;

words! {
    pub enum Severity {
        Info = "info",
        Warning = "warning",
        Critical = "critical",
    }
}

impl Severity {
    /// The word for it on the farmers' screens, which read and show a vocabulary of their own.
    pub const fn niveau(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Warning => "important",
            Severity::Critical => "critique",
        }
    }

    /// Reads a word of either vocabulary.
    pub fn in_either_vocabulary(word: &str) -> Option<Self> {
        let is_meant = |one: &Self| one.as_str() == word || one.niveau() == word;
        Severity::ALL.into_iter().find(is_meant)
    }
}

words! {
    /// What the condition was observed in.
    pub enum Source {
        /// The meals of a lot.
        Gavage = "gavage",
        /// The samples of a quality station.
        Sqal = "sqal",
        /// The stream of readings itself.
        Feed = "feed",
    }
}

words! {
    /// The kind of condition. Each lot, or each quality station, has at most one open episode of a kind.
    pub enum AlertKind {
        /// The given dose is far from the planned one; a refusal (given ≤ 70 % of planned) is its critical level.
        EcartDose = "ecart_dose",
        Mortalite = "mortalite",
        Temperature = "temperature",
        Humidite = "humidite",
        /// Change of the mean weight since the last weighed meal, g.
        PoidsRepas = "poids_repas",
        /// Mean gain over three days, g per day.
        GainMoyen = "gain_moyen",
        /// No reading for two expected meals.
        FluxMuet = "flux_muet",
        /// The final score of a sample is low, or its grade is REJECT.
        ScoreQualite = "score_qualite",
        Oxydation = "oxydation",
        Fraicheur = "fraicheur",
    }
}

impl AlertKind {
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
