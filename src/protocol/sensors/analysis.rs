//! The analyses of a sample as they go to the screens: what the station sent stands in them as it came.

use super::{defects::Defects, words};
use crate::{
    domain::quality::{Grade, Quality, SPECTRAL_WEIGHT, TOF_WEIGHT, matrix::Matrix},
    protocol::lenient::{BadField, Object},
};
use serde::Serialize;
use serde_json::value::RawValue;
use std::borrow::Cow;

/// A number as the station wrote it; a numeric text has become a number.
type Number<'a> = Cow<'a, RawValue>;

/// A grade that the station gave.
#[derive(Serialize)]
#[serde(untagged)]
enum Claim<'a> {
    /// In one of the five words.
    Grade(Grade),
    /// A label that means none.
    Label(&'a RawValue),
}

impl<'a> Claim<'a> {
    fn read(object: &Object<'a>, name: &str) -> Option<Self> {
        let label = object.raw(name)?;
        Some(words::grade(object, name).map_or(Claim::Label(label), Claim::Grade))
    }
}

/// Whatever the station sent under a name; `null` when it sent nothing.
fn passed<'a>(object: &Object<'a>, name: &str) -> &'a RawValue {
    object.raw(name).unwrap_or(RawValue::NULL)
}

/// Numbers and JSON can always be written.
fn json(analysis: &impl Serialize) -> String {
    serde_json::to_string(analysis).unwrap_or_else(|_| "null".to_owned())
}

#[derive(Serialize)]
struct Tof<'a> {
    volume_mm3: Number<'a>,
    surface_uniformity: Number<'a>,
    quality_score: Number<'a>,
    grade: Option<Claim<'a>>,
    avg_distance_mm: Option<f64>,
    std_distance_mm: Option<f64>,
    avg_reflectance: Number<'a>,
    bins_analysis: &'a RawValue,
    reflectance_analysis: &'a RawValue,
    amplitude_consistency: &'a RawValue,
    score_breakdown: &'a RawValue,
    defects: Number<'a>,
    stats: &'a RawValue,
}

/// `vl53l8ch.analysis`.
///
/// # Errors
/// What must be a number is none.
pub fn tof(
    sensor: &Object<'_>,
    distance: Option<&Matrix>,
    defects: &Defects,
) -> Result<String, BadField> {
    let (mean, deviation) = distance.map(Matrix::mean_and_deviation).unzip();
    Ok(json(&Tof {
        volume_mm3: sensor.number_as_sent("volume_mm3")?,
        surface_uniformity: sensor.number_as_sent("surface_uniformity")?,
        quality_score: sensor.number_as_sent("quality_score")?,
        grade: Claim::read(sensor, "grade"),
        avg_distance_mm: mean,
        std_distance_mm: deviation,
        avg_reflectance: sensor.number_as_sent("avg_reflectance")?,
        bins_analysis: passed(sensor, "bins_analysis"),
        reflectance_analysis: passed(sensor, "reflectance_analysis"),
        amplitude_consistency: passed(sensor, "amplitude_consistency"),
        score_breakdown: passed(sensor, "score_breakdown"),
        defects: defects.as_sent(sensor, "defects"),
        stats: passed(sensor, "stats"),
    }))
}

/// `as7341`: the channels, and what was made of them.
#[derive(Serialize)]
struct Spectral<'a> {
    raw: Channels<'a>,
    analysis: SpectralAnalysis<'a>,
}

#[derive(Serialize)]
#[allow(non_snake_case)]
struct Channels<'a> {
    F1_415nm: Number<'a>,
    F2_445nm: Number<'a>,
    F3_480nm: Number<'a>,
    F4_515nm: Number<'a>,
    F5_555nm: Number<'a>,
    F6_590nm: Number<'a>,
    F7_630nm: Number<'a>,
    F8_680nm: Number<'a>,
    Clear: Number<'a>,
    NIR: Number<'a>,
}

#[derive(Serialize)]
struct SpectralAnalysis<'a> {
    freshness_index: Number<'a>,
    fat_quality_index: Number<'a>,
    oxidation_index: Number<'a>,
    quality_score: Number<'a>,
    ratio_red_nir: Number<'a>,
    ratio_clear_nir: Number<'a>,
    /// Always `null`: they are under `raw`.
    channels: (),
    spectral_ratios: &'a RawValue,
    quality_metrics: &'a RawValue,
    color_uniformity: Number<'a>,
    defects: Number<'a>,
}

/// `as7341`.
///
/// # Errors
/// The channels are no object, or what must be a number is none.
pub fn spectral(sensor: &Object<'_>, defects: &Defects) -> Result<String, BadField> {
    let channels = sensor.within("channels")?.unwrap_or_default();
    let channel = |name| channels.number_as_sent(name);
    let raw = Channels {
        F1_415nm: channel("F1_415nm")?,
        F2_445nm: channel("F2_445nm")?,
        F3_480nm: channel("F3_480nm")?,
        F4_515nm: channel("F4_515nm")?,
        F5_555nm: channel("F5_555nm")?,
        F6_590nm: channel("F6_590nm")?,
        F7_630nm: channel("F7_630nm")?,
        F8_680nm: channel("F8_680nm")?,
        Clear: channel("Clear")?,
        NIR: channel("NIR")?,
    };
    let analysis = SpectralAnalysis {
        freshness_index: sensor.number_as_sent("freshness_index")?,
        fat_quality_index: sensor.number_as_sent("fat_quality_index")?,
        oxidation_index: sensor.number_as_sent("oxidation_index")?,
        quality_score: sensor.number_as_sent("quality_score")?,
        ratio_red_nir: sensor.number_as_sent("ratio_red_nir")?,
        ratio_clear_nir: sensor.number_as_sent("ratio_clear_nir")?,
        channels: (),
        spectral_ratios: passed(sensor, "spectral_ratios"),
        quality_metrics: passed(sensor, "quality_metrics"),
        color_uniformity: sensor.number_as_sent("color_uniformity")?,
        defects: defects.as_sent(sensor, "defects"),
    };
    Ok(json(&Spectral { raw, analysis }))
}

#[derive(Serialize)]
struct Fusion<'a> {
    final_score: ClaimedOrOurs<'a, Option<f64>>,
    final_grade: Option<Claim<'a>>,
    /// Whether the grade is not REJECT.
    is_compliant: Option<bool>,
    weight_tof: f64,
    weight_spectral: f64,
    confidence_level: &'a RawValue,
    tof_score: ClaimedOrOurs<'a, Option<f64>>,
    spectral_score: ClaimedOrOurs<'a, Option<f64>>,
    tof_contribution: Number<'a>,
    spectral_contribution: Number<'a>,
    combined_defects: Number<'a>,
    num_defects: ClaimedOrOurs<'a, usize>,
    metrics: &'a RawValue,
    foie_gras_metrics: &'a RawValue,
}

#[derive(Serialize)]
#[serde(untagged)]
enum ClaimedOrOurs<'a, T> {
    Claimed(Number<'a>),
    Ours(T),
}

impl<'a, T> ClaimedOrOurs<'a, T> {
    fn read(claims: &Object<'a>, name: &str, ours: T) -> Result<Self, BadField> {
        if claims.raw(name).is_none() {
            return Ok(ClaimedOrOurs::Ours(ours));
        }
        claims.number_as_sent(name).map(ClaimedOrOurs::Claimed)
    }
}

/// `fusion` as the station claims it; our own rule stands where it says nothing.
///
/// # Errors
/// What must be a number is none.
pub fn fusion(
    claims: Option<&Object<'_>>,
    quality: &Quality,
    combined: &Defects,
) -> Result<String, BadField> {
    let nothing = Object::default();
    let claims = claims.unwrap_or(&nothing);
    let ours = quality.final_grade.map(Claim::Grade);
    let final_grade = Claim::read(claims, "final_grade").or(ours);
    let is_compliant = |grade: &Claim<'_>| !matches!(grade, Claim::Grade(Grade::Reject));
    Ok(json(&Fusion {
        final_score: ClaimedOrOurs::read(claims, "final_score", quality.final_score)?,
        is_compliant: final_grade.as_ref().map(is_compliant),
        final_grade,
        weight_tof: TOF_WEIGHT,
        weight_spectral: SPECTRAL_WEIGHT,
        confidence_level: passed(claims, "confidence_level"),
        tof_score: ClaimedOrOurs::read(claims, "tof_score", quality.tof_score)?,
        spectral_score: ClaimedOrOurs::read(claims, "spectral_score", quality.spectral_score)?,
        tof_contribution: claims.number_as_sent("tof_contribution")?,
        spectral_contribution: claims.number_as_sent("spectral_contribution")?,
        combined_defects: combined.as_sent(claims, "combined_defects"),
        num_defects: ClaimedOrOurs::read(claims, "num_defects", quality.nb_defauts)?,
        metrics: passed(claims, "metrics"),
        foie_gras_metrics: passed(claims, "foie_gras_metrics"),
    }))
}
