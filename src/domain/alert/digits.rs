//! How many decimals an alert's numbers are shown with.

use super::{Alert, AlertKind};

/// What measuring deserves: more digits would pretend.
const fn usual(kind: AlertKind) -> usize {
    match kind {
        AlertKind::FluxMuet => 0,
        AlertKind::Mortalite
        | AlertKind::ScoreQualite
        | AlertKind::Oxydation
        | AlertKind::Fraicheur => 2,
        _ => 1,
    }
}

/// Beyond this many more, a difference is the noise of floating point.
const MOST_MORE: usize = 3;

/// Decimals with which the measured value does not read like the threshold that it passed: 5.04 % against 5 % needs two.
pub fn of(alert: &Alert) -> usize {
    let usual = usual(alert.kind);
    let Some((mesure, seuil)) = alert.breach.mesure.zip(alert.breach.seuil) else {
        return usual;
    };
    let differs = |decimals: &usize| {
        let decimals = *decimals;
        format!("{mesure:.decimals$}") != format!("{seuil:.decimals$}")
    };
    (usual..=usual + MOST_MORE).find(differs).unwrap_or(usual)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::alert::{Severity, sample};

    #[test]
    fn a_measure_that_rounds_to_its_threshold_gets_more_digits_and_one_that_equals_it_none() {
        for (kind, mesure, seuil, expected) in [
            (AlertKind::EcartDose, 5.04, 5.0, 2),
            (AlertKind::EcartDose, 5.004, 5.0, 3),
            (AlertKind::EcartDose, -5.000_000_001, -5.0, 1),
            (AlertKind::EcartDose, 12.5, 10.0, 1),
            (AlertKind::Temperature, 25.0, 25.0, 1),
            (AlertKind::Mortalite, 3.001, 3.0, 3),
            (AlertKind::FluxMuet, 2.0, 2.0, 0),
            (AlertKind::ScoreQualite, 0.598, 0.60, 3),
        ] {
            let alert = sample(kind, Severity::Warning, Some(mesure), Some(seuil));
            assert_eq!(of(&alert), expected, "{mesure} against {seuil}");
        }
        let unmeasured = sample(AlertKind::ScoreQualite, Severity::Critical, None, None);
        assert_eq!(of(&unmeasured), 2);
    }
}
