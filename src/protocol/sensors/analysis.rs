//! The analyses of a sample as they go to the screens, put together from the station's own text.

use super::{defects::Defects, object::Object};
use crate::{
    domain::quality::{Grade, Quality, SPECTRAL_WEIGHT, TOF_WEIGHT, matrix::Matrix},
    protocol::lenient::BadField,
};
use std::fmt::Write;

/// One JSON object being written.
struct Json(String);

impl Json {
    fn new() -> Self {
        Json("{".to_owned())
    }

    fn field(mut self, name: &str, json: impl std::fmt::Display) -> Self {
        let comma = if self.0.len() > 1 { "," } else { "" };
        // Writing to a String cannot fail.
        let _ = write!(self.0, "{comma}\"{name}\":{json}");
        self
    }

    fn number(self, name: &'static str, object: &Object<'_>) -> Result<Self, BadField> {
        Ok(self.field(name, object.number_passed(name)?))
    }

    fn passed(self, object: &Object<'_>, names: &[&str]) -> Self {
        names
            .iter()
            .fold(self, |json, name| json.field(name, object.passed(name)))
    }

    fn done(mut self) -> String {
        self.0.push('}');
        self.0
    }
}

/// A grade that the station gave, in the five words; a label that means none stands as it came.
fn grade(object: &Object<'_>, name: &str, ours: Option<Grade>) -> String {
    let claimed = object.grade(name).or(match object.raw(name) {
        None => ours,
        Some(_) => None,
    });
    match claimed {
        Some(grade) => format!("\"{}\"", grade.as_str()),
        None => object.passed(name).to_owned(),
    }
}

/// A finite number as JSON.
fn number(value: Option<f64>) -> String {
    serde_json::to_string(&value).unwrap_or_else(|_| "null".to_owned())
}

/// `vl53l8ch.analysis`.
pub fn tof(
    sensor: &Object<'_>,
    distance: Option<&Matrix>,
    defects: &Defects,
) -> Result<String, BadField> {
    let (mean, deviation) = distance.map(Matrix::mean_and_deviation).unzip();
    let json = Json::new()
        .number("volume_mm3", sensor)?
        .number("surface_uniformity", sensor)?
        .number("quality_score", sensor)?
        .field("grade", grade(sensor, "grade", None))
        .field("avg_distance_mm", number(mean))
        .field("std_distance_mm", number(deviation))
        .number("avg_reflectance", sensor)?
        .passed(
            sensor,
            &[
                "bins_analysis",
                "reflectance_analysis",
                "amplitude_consistency",
                "score_breakdown",
            ],
        )
        .field("defects", defects.passed(sensor, "defects"))
        .passed(sensor, &["stats"]);
    Ok(json.done())
}

const CHANNELS: [&str; 10] = [
    "F1_415nm", "F2_445nm", "F3_480nm", "F4_515nm", "F5_555nm", "F6_590nm", "F7_630nm", "F8_680nm",
    "Clear", "NIR",
];

/// `as7341`: the channels, and what was made of them.
pub fn spectral(sensor: &Object<'_>, defects: &Defects) -> Result<String, BadField> {
    let channels = sensor.within("channels")?;
    let raw = CHANNELS.iter().try_fold(Json::new(), |json, name| {
        let value = channels
            .as_ref()
            .map(|channels| channels.number_passed(name));
        Ok(json.field(name, value.transpose()?.unwrap_or("null".into())))
    })?;
    let analysis = Json::new()
        .number("freshness_index", sensor)?
        .number("fat_quality_index", sensor)?
        .number("oxidation_index", sensor)?
        .number("quality_score", sensor)?
        .number("ratio_red_nir", sensor)?
        .number("ratio_clear_nir", sensor)?
        // They are under `raw`.
        .field("channels", "null")
        .passed(sensor, &["spectral_ratios", "quality_metrics"])
        .number("color_uniformity", sensor)?
        .field("defects", defects.passed(sensor, "defects"));
    let whole = Json::new()
        .field("raw", raw.done())
        .field("analysis", analysis.done());
    Ok(whole.done())
}

/// `fusion` as the station claims it; our own rule stands where it says nothing.
pub fn fusion(
    claims: Option<&Object<'_>>,
    quality: &Quality,
    combined: &Defects,
) -> Result<String, BadField> {
    let none = Object::empty();
    let claims = claims.unwrap_or(&none);
    let or_ours = |name, ours| match claims.raw(name) {
        None => Ok(number(ours).into()),
        Some(_) => claims.number_passed(name),
    };
    let grade = grade(claims, "final_grade", quality.final_grade);
    let compliant = match grade.as_str() {
        "null" => "null",
        "\"REJECT\"" => "false",
        _ => "true",
    };
    let json = Json::new()
        .field("final_score", or_ours("final_score", quality.final_score)?)
        .field("final_grade", &grade)
        .field("is_compliant", compliant)
        .field("weight_tof", TOF_WEIGHT)
        .field("weight_spectral", SPECTRAL_WEIGHT)
        .passed(claims, &["confidence_level"])
        .field("tof_score", or_ours("tof_score", quality.tof_score)?)
        .field(
            "spectral_score",
            or_ours("spectral_score", quality.spectral_score)?,
        )
        .number("tof_contribution", claims)?
        .number("spectral_contribution", claims)?
        .field(
            "combined_defects",
            combined.passed(claims, "combined_defects"),
        )
        .field(
            "num_defects",
            match claims.raw("num_defects") {
                None => quality.nb_defauts.to_string().into(),
                Some(_) => claims.number_passed("num_defects")?,
            },
        )
        .passed(claims, &["metrics", "foie_gras_metrics"]);
    Ok(json.done())
}
