//! The thresholds of the table "Alerts" of the domain.

use super::{AlertKind, Breach, Severity, Verdict};
use crate::domain::{
    quality::{Grade, Quality},
    reading::Reading,
    weighings::Weighings,
};

/// Kinds that a meal is judged on.
pub const OF_A_MEAL: [AlertKind; 7] = [
    AlertKind::EcartDose,
    AlertKind::Mortalite,
    AlertKind::Temperature,
    AlertKind::Humidite,
    AlertKind::PoidsRepas,
    AlertKind::GainMoyen,
    AlertKind::FluxMuet,
];

/// Kinds that a sample of a quality station is judged on.
pub const OF_A_SAMPLE: [AlertKind; 3] = [
    AlertKind::ScoreQualite,
    AlertKind::Oxydation,
    AlertKind::Fraicheur,
];

/// Judges a meal on one kind of condition; `weighings` must already contain its weight.
pub fn judge_meal(kind: AlertKind, reading: &Reading, weighings: &Weighings) -> Verdict {
    let position = reading.position();
    match kind {
        AlertKind::EcartDose => over(reading.ecart_dose(), ecart_dose),
        AlertKind::Mortalite => over(reading.taux_mortalite, mortalite),
        AlertKind::Temperature => over(reading.temperature_stabule, temperature),
        AlertKind::Humidite => over(reading.humidite_stabule, humidite),
        AlertKind::PoidsRepas => over(weighings.since_last_meal(position), poids_repas),
        AlertKind::GainMoyen => over(weighings.gain_over_three_days(position), gain_moyen),
        // A lot that sends a reading is not silent.
        AlertKind::FluxMuet => Verdict::Normal,
        AlertKind::ScoreQualite | AlertKind::Oxydation | AlertKind::Fraicheur => Verdict::Unknown,
    }
}

/// Judges a sample on one kind of condition.
pub fn judge_sample(kind: AlertKind, quality: &Quality) -> Verdict {
    match kind {
        AlertKind::ScoreQualite => score_qualite(quality),
        AlertKind::Oxydation => over(quality.oxidation_index, oxydation),
        AlertKind::Fraicheur => over(quality.freshness_index, fraicheur),
        _ => Verdict::Unknown,
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
            mesure: Some(mesure),
            seuil: Some(seuil),
        }),
    }
}

fn ecart_dose(percent: f64) -> Option<(Severity, f64)> {
    // 380 g given of 400 g planned is −5 %, but −4.999…% in floating point; the tolerance of a billionth of a percent corrects this.
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

/// Scales have a resolution of a tenth of a gram, so comparisons of doubles allow a millionth of a gram for rounding errors.
const GRAM_NOISE: f64 = 1e-6;

fn poids_repas(grams: f64) -> Option<(Severity, f64)> {
    match grams - GRAM_NOISE {
        g if g <= -150.0 => Some((Severity::Critical, -150.0)),
        g if g <= -80.0 => Some((Severity::Warning, -80.0)),
        _ => None,
    }
}

fn gain_moyen(grams_per_day: f64) -> Option<(Severity, f64)> {
    match grams_per_day - GRAM_NOISE {
        g if g <= 30.0 => Some((Severity::Critical, 30.0)),
        g if g <= 50.0 => Some((Severity::Warning, 50.0)),
        _ => None,
    }
}

/// A rejected sample is critical at any score; a sample without score and grade shows nothing.
fn score_qualite(quality: &Quality) -> Verdict {
    let breach = |severity, seuil| {
        Verdict::Breach(Breach {
            severity,
            mesure: quality.final_score,
            seuil,
        })
    };
    match (quality.final_score, quality.final_grade) {
        (Some(score), _) if score < 0.40 => breach(Severity::Critical, Some(0.40)),
        (_, Some(Grade::Reject)) => breach(Severity::Critical, None),
        (Some(score), _) if score < 0.60 => breach(Severity::Warning, Some(0.60)),
        (None, None) => Verdict::Unknown,
        _ => Verdict::Normal,
    }
}

fn oxydation(index: f64) -> Option<(Severity, f64)> {
    (index > 0.70).then_some((Severity::Warning, 0.70))
}

fn fraicheur(index: f64) -> Option<(Severity, f64)> {
    (index < 0.50).then_some((Severity::Warning, 0.50))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{moment::Moment, reading::sample};

    fn severity(verdict: Verdict) -> Option<Severity> {
        match verdict {
            Verdict::Breach(breach) => Some(breach.severity),
            _ => None,
        }
    }

    fn dose(given: f64) -> Verdict {
        let mut reading = sample("LL2611001", 0, Moment::Matin);
        reading.dose_reelle = given;
        judge_meal(AlertKind::EcartDose, &reading, &Weighings::default())
    }

    #[test]
    fn the_dose_thresholds_are_five_ten_and_twenty_five_percent_on_either_side() {
        for (given, expected) in [
            (419.9, None),
            (420.0, Some(Severity::Info)),
            (380.0, Some(Severity::Info)),
            (440.0, Some(Severity::Warning)),
            (360.0, Some(Severity::Warning)),
            (500.0, Some(Severity::Critical)),
            (300.0, Some(Severity::Critical)),
        ] {
            assert_eq!(severity(dose(given)), expected, "{given}");
        }
    }

    #[test]
    fn seventy_percent_of_the_planned_dose_or_less_is_a_refusal() {
        let Verdict::Breach(breach) = dose(280.0) else {
            panic!("280 g of 400 g is a refusal");
        };
        assert_eq!(
            (breach.severity, breach.seuil),
            (Severity::Critical, Some(-30.0))
        );
    }

    #[test]
    fn a_loss_of_weight_since_the_last_weighed_meal_alerts_from_80_g_on() {
        for (now, expected) in [
            (4920.1, None),
            (4920.0, Some(Severity::Warning)),
            (4850.0, Some(Severity::Critical)),
        ] {
            let weighings =
                Weighings::from_iter([((3, Moment::Matin), 5000.0), ((4, Moment::Matin), now)]);
            let reading = sample("LL2611001", 4, Moment::Matin);
            let verdict = judge_meal(AlertKind::PoidsRepas, &reading, &weighings);
            assert_eq!(severity(verdict), expected, "{now}");
        }
    }

    #[test]
    fn a_mean_gain_over_three_days_of_50_g_a_day_or_less_alerts() {
        for (now, expected) in [
            (5150.1, None),
            (5150.0, Some(Severity::Warning)),
            (5090.0, Some(Severity::Critical)),
        ] {
            let weighings =
                Weighings::from_iter([((1, Moment::Soir), 5000.0), ((4, Moment::Soir), now)]);
            let reading = sample("LL2611001", 4, Moment::Soir);
            let verdict = judge_meal(AlertKind::GainMoyen, &reading, &weighings);
            assert_eq!(severity(verdict), expected, "{now}");
        }
    }

    #[test]
    fn a_sample_alerts_on_its_score_its_grade_its_oxidation_and_its_freshness() {
        let quality = |score, grade| Quality {
            final_score: score,
            final_grade: grade,
            ..Quality::default()
        };
        let score = |quality: Quality| judge_sample(AlertKind::ScoreQualite, &quality);
        assert_eq!(score(quality(None, None)), Verdict::Unknown);
        assert_eq!(score(quality(Some(0.60), Some(Grade::B))), Verdict::Normal);
        let low = score(quality(Some(0.599), Some(Grade::C)));
        assert_eq!(severity(low), Some(Severity::Warning));
        let rejected = score(quality(Some(0.9), Some(Grade::Reject)));
        assert_eq!(severity(rejected), Some(Severity::Critical));
        let very_low = score(quality(Some(0.399), Some(Grade::Reject)));
        assert_eq!(severity(very_low), Some(Severity::Critical));

        let indices = Quality {
            oxidation_index: Some(0.71),
            freshness_index: Some(0.50),
            ..Quality::default()
        };
        let judged = |kind| severity(judge_sample(kind, &indices));
        assert_eq!(judged(AlertKind::Oxydation), Some(Severity::Warning));
        assert_eq!(judged(AlertKind::Fraicheur), None);
    }
}
