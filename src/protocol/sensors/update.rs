//! `sensor_update`, the sample as a REST client and a screen get it, and the ack to its station.

use crate::{
    domain::{
        clock::ecart_s,
        quality::{
            Grade,
            defect::Defect,
            matrix::Matrix,
            sample::{Sample, SensorPayload},
        },
        site::Site,
    },
    protocol::frames::{At, ServerFrame, Status},
};
use jiff::Timestamp;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
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
    /// How many seconds the station's time was ahead of the arrival, negative if behind; `null` up to two hours.
    pub horloge_ecart_s: Option<i64>,
    pub simule: bool,
}

impl<'a> From<&'a Sample> for SampleData<'a> {
    fn from(sample: &'a Sample) -> Self {
        let quality = &sample.quality;
        SampleData {
            sample_id: &sample.sample_id,
            time: At(sample.time),
            device_id: &sample.device_id,
            site_code: sample.site.map(Site::as_str),
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
            horloge_ecart_s: ecart_s(sample.time, sample.recu_le),
            simule: sample.simule,
        }
    }
}

/// Rows of whole numbers.
#[derive(Debug)]
struct Rows<'a>(&'a Matrix);

impl Serialize for Rows<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.rows())
    }
}

/// `vl53l8ch`: what the time-of-flight sensor measured, and what was made of it.
#[derive(Debug, Serialize)]
pub struct TofData<'a> {
    raw: TofRaw<'a>,
    analysis: &'a RawValue,
}

#[derive(Debug, Serialize)]
struct TofRaw<'a> {
    distance_matrix: Option<Rows<'a>>,
    reflectance_matrix: Option<Rows<'a>>,
    amplitude_matrix: Option<Rows<'a>>,
    status_matrix: Option<Rows<'a>>,
    ambient_matrix: Option<Rows<'a>>,
    meta: Option<&'a RawValue>,
}

impl<'a> TofData<'a> {
    fn new(payload: &'a SensorPayload, analysis: &'a str) -> Self {
        fn rows(matrix: &Option<Matrix>) -> Option<Rows<'_>> {
            matrix.as_ref().map(Rows)
        }
        TofData {
            raw: TofRaw {
                distance_matrix: rows(&payload.distance),
                reflectance_matrix: rows(&payload.reflectance),
                amplitude_matrix: rows(&payload.amplitude),
                status_matrix: rows(&payload.status),
                ambient_matrix: rows(&payload.ambient),
                meta: payload.tof_meta.as_deref().map(passed),
            },
            analysis: passed(analysis),
        }
    }
}

/// JSON that passes through as it came: it was read when it arrived.
fn passed(json: &str) -> &RawValue {
    serde_json::from_str(json).unwrap_or(RawValue::NULL)
}

/// ISO 8601 as the screens have always had it of samples: `+00:00`, microseconds when there are any.
#[derive(Debug)]
pub struct IsoTime(Timestamp);

impl Serialize for IsoTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let micros = self.0.as_microsecond().rem_euclid(1_000_000);
        let format = match micros {
            0 => "%Y-%m-%dT%H:%M:%S+00:00",
            _ => "%Y-%m-%dT%H:%M:%S.%6f+00:00",
        };
        serializer.collect_str(&self.0.strftime(format))
    }
}

/// `sensor_update`, for the screens.
pub fn frame<'a>(sample: &'a Sample, payload: &'a SensorPayload) -> ServerFrame<'a> {
    ServerFrame::SensorUpdate {
        timestamp: IsoTime(sample.time),
        sample_id: &sample.sample_id,
        device_id: &sample.device_id,
        vl53l8ch: payload.tof.as_deref().map(|tof| TofData::new(payload, tof)),
        as7341: payload.spectral.as_deref().map(passed),
        fusion: passed(&payload.fusion),
        sample: Box::new(SampleData::from(sample)),
    }
}

/// Ack of one sample.
pub fn ack(sample: &Sample, now: Timestamp) -> ServerFrame<'_> {
    ServerFrame::SampleAck {
        sample_id: &sample.sample_id,
        timestamp: At(now),
        status: Status::Saved,
        fusion_score: sample.station_score.or(sample.quality.final_score),
        fusion_grade: sample.station_grade.or(sample.quality.final_grade),
        final_grade: sample.quality.final_grade,
    }
}
