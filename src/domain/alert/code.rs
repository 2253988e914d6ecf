//! The code of an alert: what it is about, finer than its kind. Screens and sentences choose their words by it.

use super::{Alert, AlertKind, Severity};
use crate::domain::words::words;

words! {
    /// What is wrong, so that one answer fits it: too much and too little of the same measure are two codes.
    pub enum AlertCode {
        RefusAlimentaire = "refus_alimentaire",
        DoseBasse = "dose_basse",
        DoseHaute = "dose_haute",
        MortaliteElevee = "mortalite_elevee",
        MortaliteCritique = "mortalite_critique",
        TemperatureBasse = "temperature_basse",
        TemperatureHaute = "temperature_haute",
        HumiditeBasse = "humidite_basse",
        HumiditeHaute = "humidite_haute",
        PertePoids = "perte_poids",
        GainInsuffisant = "gain_insuffisant",
        FluxMuet = "flux_muet",
        FoieRejete = "foie_rejete",
        QualiteInsuffisante = "qualite_insuffisante",
        OxydationElevee = "oxydation_elevee",
        FraicheurInsuffisante = "fraicheur_insuffisante",
    }
}

/// The threshold of a refusal, % of the planned dose.
const REFUSAL: f64 = -30.0;
/// Thresholds up to these say that it is too cold, °C, or too dry, %.
const COLD: f64 = 18.0;
const DRY: f64 = 50.0;

impl From<&Alert> for AlertCode {
    fn from(alert: &Alert) -> Self {
        let is_critical = alert.breach.severity == Severity::Critical;
        let is_up_to = |bound: f64| alert.breach.seuil.is_some_and(|seuil| seuil <= bound);
        match alert.kind {
            AlertKind::EcartDose if is_up_to(REFUSAL) => AlertCode::RefusAlimentaire,
            AlertKind::EcartDose if is_up_to(0.0) => AlertCode::DoseBasse,
            AlertKind::EcartDose => AlertCode::DoseHaute,
            AlertKind::Mortalite if is_critical => AlertCode::MortaliteCritique,
            AlertKind::Mortalite => AlertCode::MortaliteElevee,
            AlertKind::Temperature if is_up_to(COLD) => AlertCode::TemperatureBasse,
            AlertKind::Temperature => AlertCode::TemperatureHaute,
            AlertKind::Humidite if is_up_to(DRY) => AlertCode::HumiditeBasse,
            AlertKind::Humidite => AlertCode::HumiditeHaute,
            AlertKind::PoidsRepas => AlertCode::PertePoids,
            AlertKind::GainMoyen => AlertCode::GainInsuffisant,
            AlertKind::FluxMuet => AlertCode::FluxMuet,
            AlertKind::ScoreQualite if is_critical => AlertCode::FoieRejete,
            AlertKind::ScoreQualite => AlertCode::QualiteInsuffisante,
            AlertKind::Oxydation => AlertCode::OxydationElevee,
            AlertKind::Fraicheur => AlertCode::FraicheurInsuffisante,
        }
    }
}
