//! `sensor_update`, the sample as a REST client and a screen get it, and the answers to a station.

use crate::{
    domain::{
        quality::{
            Grade,
            defect::Defect,
            matrix::Matrix,
            sample::{Sample, Seen},
        },
        site::Site,
    },
    protocol::frames::{At, encode},
};
use bytes::Bytes;
use jiff::Timestamp;
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

/// One sample. `null` is what was not measured, or is not known.
#[derive(Debug, Serialize, ToSchema)]
pub struct SampleData<'a> {
    pub sample_id: &'a str,
    #[schema(value_type = String, format = DateTime)]
    pub time: At,
    pub device_id: &'a str,
    /// `LL`, `LS` or `MT`.
    pub site_code: Option<&'static str>,
    /// The lot that it was said to be of, or that its station was inspecting.
    pub code_lot: Option<&'a str>,
    /// 0.60 × time of flight + 0.40 × spectral.
    pub final_score: Option<f64>,
    /// By our rule: `A+`, `A`, `B`, `C` or `REJECT`.
    #[schema(value_type = Option<String>)]
    pub final_grade: Option<Grade>,
    /// That of the final score alone; another one than `final_grade` only under the strict quality rule.
    #[schema(value_type = Option<String>)]
    pub score_grade: Option<Grade>,
    /// Somebody should look at the foie himself.
    pub a_verifier: bool,
    /// Why: `rejet_tof`, `rejet_spectral`, `defauts_nombreux`.
    pub motifs_a_verifier: Vec<&'static str>,
    /// As the station claimed it.
    #[schema(value_type = Option<String>)]
    pub station_grade: Option<Grade>,
    pub station_score: Option<f64>,
    /// The claim and our rule are not the same.
    pub desaccord: bool,
    pub tof_score: Option<f64>,
    pub spectral_score: Option<f64>,
    pub volume_mm3: Option<f64>,
    /// g: volume / 1000 × 0.947.
    pub masse_foie_g: Option<f64>,
    pub nb_defauts: usize,
    pub defauts: &'a [Defect],
    pub freshness_index: Option<f64>,
    pub oxidation_index: Option<f64>,
    pub fat_quality_index: Option<f64>,
    /// Graded, and not REJECT.
    pub sellable: bool,
    /// A+, A or B.
    pub qr_allowed: bool,
    /// So old that the station's clock must be doubted, or that it is history.
    pub horloge_douteuse: bool,
    pub simule: bool,
}

impl<'a> From<&'a Sample> for SampleData<'a> {
    fn from(sample: &'a Sample) -> Self {
        let quality = &sample.quality;
        SampleData {
            sample_id: &sample.sample_id,
            time: At(sample.time),
            device_id: &sample.device_id,
            site_code: sample.site.map(Site::code),
            code_lot: sample.code_lot.as_deref(),
            final_score: quality.final_score,
            final_grade: quality.final_grade,
            score_grade: quality.score_grade,
            a_verifier: !quality.doubts.is_empty(),
            motifs_a_verifier: quality.doubts.iter().map(|doubt| doubt.as_str()).collect(),
            station_grade: sample.station_grade,
            station_score: sample.station_score,
            desaccord: sample.disagrees(),
            tof_score: quality.tof_score,
            spectral_score: quality.spectral_score,
            volume_mm3: quality.volume_mm3,
            masse_foie_g: quality.masse_foie_g,
            nb_defauts: quality.nb_defauts,
            defauts: &sample.defauts,
            freshness_index: quality.freshness_index,
            oxidation_index: quality.oxidation_index,
            fat_quality_index: quality.fat_quality_index,
            sellable: quality.sellable(),
            qr_allowed: quality.qr_allowed(),
            horloge_douteuse: sample.horloge_douteuse,
            simule: sample.simule,
        }
    }
}

/// Rows of whole numbers.
struct Rows<'a>(&'a Matrix);

impl Serialize for Rows<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.rows())
    }
}

/// The frame without its last brace: it still lacks its place in the stream.
pub fn open_frame(sample: &Sample, seen: &Seen) -> Bytes {
    let mut json = format!(
        "{{\"type\":\"sensor_update\",\"timestamp\":\"{}\",\"sample_id\":{},\"device_id\":{},\"vl53l8ch\":",
        iso(sample.time),
        text(&sample.sample_id),
        text(&sample.device_id),
    )
    .into_bytes();
    match &seen.tof {
        Some(analysis) => push_tof(&mut json, seen, analysis),
        None => json.extend_from_slice(b"null"),
    }
    json.extend_from_slice(b",\"as7341\":");
    json.extend_from_slice(seen.spectral.as_deref().unwrap_or("null").as_bytes());
    json.extend_from_slice(b",\"fusion\":");
    json.extend_from_slice(seen.fusion.as_bytes());
    json.extend_from_slice(b",\"sample\":");
    json.extend_from_slice(&encode(&SampleData::from(sample)));
    json.into()
}

fn push_tof(json: &mut Vec<u8>, seen: &Seen, analysis: &str) {
    json.extend_from_slice(b"{\"raw\":{");
    for (name, matrix) in [
        ("distance_matrix", &seen.distance),
        ("reflectance_matrix", &seen.reflectance),
        ("amplitude_matrix", &seen.amplitude),
        ("status_matrix", &seen.status),
        ("ambient_matrix", &seen.ambient),
    ] {
        json.extend_from_slice(format!("\"{name}\":").as_bytes());
        json.extend_from_slice(&encode(&matrix.as_ref().map(Rows)));
        json.push(b',');
    }
    let meta = seen.tof_meta.as_deref().unwrap_or("null");
    json.extend_from_slice(format!("\"meta\":{meta}}},\"analysis\":{analysis}}}").as_bytes());
}

fn text(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// ISO 8601 as the screens have always had it of samples: `+00:00`, microseconds when there are any.
fn iso(time: Timestamp) -> String {
    let micros = time.as_microsecond().rem_euclid(1_000_000);
    match micros {
        0 => time.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string(),
        _ => time.strftime("%Y-%m-%dT%H:%M:%S.%6f+00:00").to_string(),
    }
}

/// Ack of one sample: it is committed. The fusion is what the frame to the screens says, the final grade our rule.
pub fn ack(sample: &Sample, now: Timestamp) -> Bytes {
    #[derive(Serialize)]
    struct Ack<'a> {
        r#type: &'static str,
        sample_id: &'a str,
        timestamp: At,
        status: &'static str,
        fusion_score: Option<f64>,
        fusion_grade: Option<Grade>,
        final_grade: Option<Grade>,
    }
    encode(&Ack {
        r#type: "ack",
        sample_id: &sample.sample_id,
        timestamp: At(now),
        status: "saved",
        fusion_score: sample.station_score.or(sample.quality.final_score),
        fusion_grade: sample.station_grade.or(sample.quality.final_grade),
        final_grade: sample.quality.final_grade,
    })
}

/// Answer to the hello of a station.
pub fn hello_ack(device_id: &str, now: Timestamp) -> Bytes {
    #[derive(Serialize)]
    struct HelloAck {
        r#type: &'static str,
        timestamp: At,
        message: String,
    }
    encode(&HelloAck {
        r#type: "hello_ack",
        timestamp: At(now),
        message: format!("Bienvenue, {device_id}"),
    })
}

/// Answer to a station's own `ping`.
pub fn pong(now: Timestamp) -> Bytes {
    #[derive(Serialize)]
    struct Pong {
        r#type: &'static str,
        timestamp: At,
    }
    encode(&Pong {
        r#type: "pong",
        timestamp: At(now),
    })
}
