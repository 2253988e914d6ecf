//! Quality of a foie, from the two sensors above its tray: fused score, grade, mass, and permitted use.

pub mod defect;
pub mod device_reports;
pub mod drift;
pub mod effects;
pub mod grade;
pub mod matrix;
pub mod sample;

pub use grade::{ByGrade, Grade};

use super::words::words;

/// Weight of the time-of-flight score in the final score; the spectral score has the rest.
pub const TOF_WEIGHT: f64 = 0.60;
pub const SPECTRAL_WEIGHT: f64 = 0.40;
/// A foie with at least this many defects must be verified.
pub const MANY_DEFECTS: usize = 5;
/// Density of liver, g per cm³.
const DENSITY: f64 = 0.947;

words! {
    /// The rule that determines the grade.
    #[derive(Default)]
    pub enum QualityRule {
        /// The fused score; objections of the sensors are shown beside the grade.
        #[default]
        Score = "score",
        /// The fused score, but a foie that must be verified is rejected.
        Strict = "strict",
    }
}

words! {
    /// Why a foie must be verified by a person.
    pub enum Doubt {
        /// The time-of-flight sensor says REJECT.
        TofReject = "rejet_tof",
        /// The spectral sensor says REJECT.
        SpectralReject = "rejet_spectral",
        ManyDefects = "defauts_nombreux",
    }
}

/// What the sensors measured and reported of one foie; `None` if they did not.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Evidence {
    /// Score of the time-of-flight sensor, 0–1.
    pub tof_score: Option<f64>,
    /// Score of the spectral sensor, 0–1.
    pub spectral_score: Option<f64>,
    /// Final score computed by the station; used if the score of one sensor is missing.
    pub claimed_score: Option<f64>,
    /// True if the station reports in any field that this sensor rejects the foie.
    pub tof_rejects: bool,
    pub spectral_rejects: bool,
    pub volume_mm3: Option<f64>,
    pub nb_defauts: usize,
    pub freshness_index: Option<f64>,
    pub oxidation_index: Option<f64>,
    pub fat_quality_index: Option<f64>,
}

/// The result of our rules for one foie.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Quality {
    pub tof_score: Option<f64>,
    pub spectral_score: Option<f64>,
    /// 0–1; `None` without the sensors' scores.
    pub final_score: Option<f64>,
    /// Grade of the final score.
    pub score_grade: Option<Grade>,
    /// Grade of the final score, or REJECT under the strict rule.
    pub final_grade: Option<Grade>,
    /// What must be verified; empty if nothing.
    pub doubts: Vec<Doubt>,
    pub volume_mm3: Option<f64>,
    pub masse_foie_g: Option<f64>,
    pub nb_defauts: usize,
    pub freshness_index: Option<f64>,
    pub oxidation_index: Option<f64>,
    pub fat_quality_index: Option<f64>,
}

impl Quality {
    /// May be sold: it has a grade other than REJECT.
    pub fn sellable(&self) -> bool {
        self.final_grade.is_some_and(|grade| grade != Grade::Reject)
    }

    /// May carry a QR code: A+, A or B.
    pub fn qr_allowed(&self) -> bool {
        self.final_grade.is_some_and(|grade| grade <= Grade::B)
    }
}

impl Evidence {
    fn doubts(&self) -> Vec<Doubt> {
        let raised = [
            (self.tof_rejects, Doubt::TofReject),
            (self.spectral_rejects, Doubt::SpectralReject),
            (self.nb_defauts >= MANY_DEFECTS, Doubt::ManyDefects),
        ];
        let raised = raised.into_iter().filter(|(is_raised, _)| *is_raised);
        raised.map(|(_, doubt)| doubt).collect()
    }
}

/// Judges one foie by the rules of the domain.
pub fn judge(evidence: Evidence, rule: QualityRule) -> Quality {
    let doubts = evidence.doubts();
    let fused = evidence
        .tof_score
        .zip(evidence.spectral_score)
        .map(|(tof, spectral)| TOF_WEIGHT * tof + SPECTRAL_WEIGHT * spectral);
    let final_score = fused.or(evidence.claimed_score);
    let score_grade = final_score.map(Grade::of_score);
    let final_grade = match rule {
        QualityRule::Strict if !doubts.is_empty() => Some(Grade::Reject),
        _ => score_grade,
    };
    Quality {
        tof_score: evidence.tof_score,
        spectral_score: evidence.spectral_score,
        final_score,
        score_grade,
        final_grade,
        doubts,
        volume_mm3: evidence.volume_mm3,
        masse_foie_g: evidence.volume_mm3.and_then(liver_mass),
        nb_defauts: evidence.nb_defauts,
        freshness_index: evidence.freshness_index,
        oxidation_index: evidence.oxidation_index,
        fat_quality_index: evidence.fat_quality_index,
    }
}

/// Liver mass in g: volume (mm³) / 1000 × 0.947; `None` for an empty tray.
pub fn liver_mass(volume_mm3: f64) -> Option<f64> {
    (volume_mm3 > 0.0).then(|| volume_mm3 / 1000.0 * DENSITY)
}

/// Maize per duck / mean liver mass, g/g. **Lower is better.** `None` if either is missing or not positive.
pub fn itm(maize_g_per_duck: Option<f64>, liver_g_mean: Option<f64>) -> Option<f64> {
    let maize = maize_g_per_duck.filter(|grams| *grams > 0.0)?;
    let liver = liver_g_mean.filter(|grams| *grams > 0.0)?;
    Some(maize / liver)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn scored(tof: f64, spectral: f64) -> Evidence {
        Evidence {
            tof_score: Some(tof),
            spectral_score: Some(spectral),
            ..Evidence::default()
        }
    }

    fn judge(evidence: Evidence) -> Quality {
        super::judge(evidence, QualityRule::Score)
    }

    fn strict(evidence: Evidence) -> Quality {
        super::judge(evidence, QualityRule::Strict)
    }

    #[test]
    fn the_sample_of_the_recorded_frame_is_a_c_to_be_verified_and_rejected_under_the_strict_rule() {
        let mut evidence = scored(0.5923542746248783, 0.32146811563633537);
        evidence.claimed_score = Some(0.48399981102946116);
        evidence.volume_mm3 = Some(1068714.708292233);
        (evidence.tof_rejects, evidence.spectral_rejects) = (true, true);
        evidence.nb_defauts = 13;
        let quality = judge(evidence.clone());
        assert_eq!(quality.final_score, Some(0.48399981102946116));
        assert_eq!(quality.final_grade, Some(Grade::C));
        assert_eq!(quality.doubts, Doubt::ALL);
        assert!((quality.masse_foie_g.unwrap() - 1012.07).abs() < 0.01);
        assert!(quality.sellable() && !quality.qr_allowed());
        let rejected = strict(evidence);
        assert_eq!(
            (rejected.score_grade, rejected.final_grade),
            (Some(Grade::C), Some(Grade::Reject))
        );
        assert!(!rejected.sellable());
    }

    #[test]
    fn a_rejection_by_either_sensor_or_five_defects_are_to_be_verified_and_decide_under_the_strict_rule_only()
     {
        let mut doubted = Vec::new();
        for doubt in Doubt::ALL {
            let mut evidence = scored(1.0, 1.0);
            match doubt {
                Doubt::TofReject => evidence.tof_rejects = true,
                Doubt::SpectralReject => evidence.spectral_rejects = true,
                Doubt::ManyDefects => evidence.nb_defauts = 5,
            }
            assert_eq!(judge(evidence.clone()).doubts, [doubt]);
            doubted.push(evidence);
        }
        for evidence in doubted {
            assert_eq!(judge(evidence.clone()).final_grade, Some(Grade::APlus));
            assert_eq!(strict(evidence).final_grade, Some(Grade::Reject));
        }
        let mut few = scored(1.0, 1.0);
        few.nb_defauts = 4;
        assert_eq!(judge(few.clone()).doubts, []);
        assert_eq!(strict(few).final_grade, Some(Grade::APlus));
    }

    #[test]
    fn without_a_score_there_is_no_grade_and_nothing_may_be_done() {
        let quality = judge(Evidence::default());
        assert_eq!((quality.final_score, quality.final_grade), (None, None));
        assert!(!quality.sellable() && !quality.qr_allowed());
    }

    #[test]
    fn a_grade_c_may_be_sold_and_carries_no_qr_code() {
        let quality = judge(scored(0.5, 0.5));
        assert_eq!(quality.final_grade, Some(Grade::C));
        assert!(quality.sellable() && !quality.qr_allowed());
    }

    #[test]
    fn itm_needs_maize_and_liver() {
        assert_eq!(itm(Some(7665.0), Some(525.0)), Some(14.6));
        assert_eq!(itm(None, Some(525.0)), None);
        assert_eq!(itm(Some(7665.0), Some(0.0)), None);
        assert_eq!(liver_mass(700_000.0), Some(662.9));
        assert_eq!(liver_mass(0.0), None);
    }

    proptest! {
        #[test]
        fn a_better_score_never_gives_a_worse_grade(tof in 0.0..1.0f64, spectral in 0.0..1.0f64, more in 0.0..1.0f64) {
            let (low, high) = (judge(scored(tof, spectral)), judge(scored(tof.max(more), spectral)));
            prop_assert!(high.final_score >= low.final_score);
            prop_assert!(high.final_grade <= low.final_grade);
        }

        #[test]
        fn what_carries_a_qr_code_may_be_sold(tof in 0.0..1.0f64, spectral in 0.0..1.0f64, nb_defauts in 0..9usize, rejected: bool) {
            let evidence = Evidence { nb_defauts, tof_rejects: rejected, ..scored(tof, spectral) };
            let low = |quality: &Quality| quality.final_score.unwrap() < 0.45;
            let (quality, strict) = (judge(evidence.clone()), strict(evidence));
            prop_assert!(!quality.qr_allowed() || quality.sellable());
            prop_assert!(!strict.qr_allowed() || strict.sellable());
            prop_assert_eq!(quality.final_grade == Some(Grade::Reject), low(&quality));
            prop_assert_eq!(strict.final_grade == Some(Grade::Reject), rejected || nb_defauts >= 5 || low(&strict));
        }
    }
}
