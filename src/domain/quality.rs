//! Quality of a foie from the two sensors above its tray: fusion, grade, mass, and what may be done with it.

pub mod defect;
pub mod effects;
pub mod grade;
pub mod matrix;
pub mod sample;

pub use grade::Grade;

/// Share of the time-of-flight score in the final score; the rest is the spectral one's.
pub const TOF_WEIGHT: f64 = 0.60;
pub const SPECTRAL_WEIGHT: f64 = 0.40;
/// As many defects in all reject a foie whatever its score.
pub const REJECTING_DEFECTS: usize = 5;
/// Density of liver, g per cm³.
const DENSITY: f64 = 0.947;

/// What the sensors measured and said of one foie. `None` is what they did not say.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Evidence {
    /// Score of the time-of-flight sensor, 0–1.
    pub tof_score: Option<f64>,
    /// Score of the spectral sensor, 0–1.
    pub spectral_score: Option<f64>,
    /// Final score as the station computed it; it stands where one sensor's score is missing.
    pub claimed_score: Option<f64>,
    /// The sensors' own grades.
    pub sensor_grades: Vec<Grade>,
    pub volume_mm3: Option<f64>,
    pub nb_defauts: usize,
    pub freshness_index: Option<f64>,
    pub oxidation_index: Option<f64>,
    pub fat_quality_index: Option<f64>,
}

/// What our rules say of one foie.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Quality {
    pub tof_score: Option<f64>,
    pub spectral_score: Option<f64>,
    /// 0–1; `None` without the sensors' scores.
    pub final_score: Option<f64>,
    pub final_grade: Option<Grade>,
    pub volume_mm3: Option<f64>,
    pub masse_foie_g: Option<f64>,
    pub nb_defauts: usize,
    pub freshness_index: Option<f64>,
    pub oxidation_index: Option<f64>,
    pub fat_quality_index: Option<f64>,
}

impl Quality {
    /// May be sold: graded, and not REJECT.
    pub fn sellable(&self) -> bool {
        self.final_grade.is_some_and(|grade| grade != Grade::Reject)
    }

    /// May carry a QR code: A+, A or B.
    pub fn qr_allowed(&self) -> bool {
        self.final_grade.is_some_and(|grade| grade <= Grade::B)
    }
}

/// Judges one foie by the rules of the domain.
pub fn judge(evidence: Evidence) -> Quality {
    let fused = evidence
        .tof_score
        .zip(evidence.spectral_score)
        .map(|(tof, spectral)| TOF_WEIGHT * tof + SPECTRAL_WEIGHT * spectral);
    let final_score = fused.or(evidence.claimed_score);
    let rejected =
        evidence.sensor_grades.contains(&Grade::Reject) || evidence.nb_defauts >= REJECTING_DEFECTS;
    let final_grade = match rejected {
        true => Some(Grade::Reject),
        false => final_score.map(Grade::of_score),
    };
    Quality {
        tof_score: evidence.tof_score,
        spectral_score: evidence.spectral_score,
        final_score,
        final_grade,
        volume_mm3: evidence.volume_mm3,
        masse_foie_g: evidence.volume_mm3.and_then(liver_mass),
        nb_defauts: evidence.nb_defauts,
        freshness_index: evidence.freshness_index,
        oxidation_index: evidence.oxidation_index,
        fat_quality_index: evidence.fat_quality_index,
    }
}

/// volume (mm³) / 1000 × 0.947, in g; an empty tray has no liver.
pub fn liver_mass(volume_mm3: f64) -> Option<f64> {
    (volume_mm3 > 0.0).then(|| volume_mm3 / 1000.0 * DENSITY)
}

/// Maize eaten per duck over the mean liver mass, g/g. **Lower is better.** `None` when either is missing or not positive.
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

    #[test]
    fn the_sample_of_the_recorded_frame_is_rejected_where_its_station_said_c() {
        let mut evidence = scored(0.5923542746248783, 0.32146811563633537);
        evidence.claimed_score = Some(0.48399981102946116);
        evidence.volume_mm3 = Some(1068714.708292233);
        evidence.sensor_grades = vec![Grade::Reject, Grade::Reject];
        evidence.nb_defauts = 13;
        let quality = judge(evidence);
        assert_eq!(quality.final_score, Some(0.48399981102946116));
        assert_eq!(quality.final_grade, Some(Grade::Reject));
        assert!((quality.masse_foie_g.unwrap() - 1012.07).abs() < 0.01);
        assert!(!quality.sellable() && !quality.qr_allowed());
    }

    #[test]
    fn a_rejection_by_either_sensor_or_five_defects_overrides_the_best_score() {
        assert_eq!(judge(scored(1.0, 1.0)).final_grade, Some(Grade::APlus));
        let mut by_sensor = scored(1.0, 1.0);
        by_sensor.sensor_grades = vec![Grade::APlus, Grade::Reject];
        assert_eq!(judge(by_sensor).final_grade, Some(Grade::Reject));
        let mut by_defects = scored(1.0, 1.0);
        by_defects.nb_defauts = 4;
        assert_eq!(judge(by_defects.clone()).final_grade, Some(Grade::APlus));
        by_defects.nb_defauts = 5;
        assert_eq!(judge(by_defects).final_grade, Some(Grade::Reject));
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
            let quality = judge(Evidence {
                nb_defauts,
                sensor_grades: rejected.then_some(Grade::Reject).into_iter().collect(),
                ..scored(tof, spectral)
            });
            prop_assert!(!quality.qr_allowed() || quality.sellable());
            prop_assert_eq!(quality.final_grade == Some(Grade::Reject), rejected || nb_defauts >= 5 || quality.final_score.unwrap() < 0.45);
        }
    }
}
