//! `sensor_data`: one foie.

use super::{analysis, defects::Defects, required_key, words};
use crate::{
    domain::{
        horodatage::Horodatage,
        quality::{
            self, Evidence, Grade,
            matrix::Quantity,
            sample::{IncomingSample, LotReference, Sample, SensorPayload, site_of_device},
        },
    },
    protocol::{
        input::InputRules,
        lenient::{BadField, Object, Scalar},
    },
};
use jiff::{Timestamp, TimestampRound, Unit};
use serde_json::value::RawValue;

/// What a time-of-flight sensor measures, and what is made of it.
const TOF_DATA: [&str; 13] = [
    "distance_matrix",
    "reflectance_matrix",
    "amplitude_matrix",
    "ambient_matrix",
    "status_matrix",
    "volume_mm3",
    "surface_uniformity",
    "quality_score",
    "avg_reflectance",
    "stats",
    "bins_analysis",
    "reflectance_analysis",
    "score_breakdown",
];
/// The same of a spectral sensor.
const SPECTRAL_DATA: [&str; 8] = [
    "channels",
    "freshness_index",
    "fat_quality_index",
    "oxidation_index",
    "quality_score",
    "color_uniformity",
    "spectral_ratios",
    "quality_metrics",
];

/// The three blocks of a sample; any may be missing, not both sensors'.
struct Blocks<'a> {
    tof: Option<Object<'a>>,
    spectral: Option<Object<'a>>,
    fusion: Option<Object<'a>>,
}

/// The lists of defects of the blocks.
struct AllDefects {
    tof: Defects,
    spectral: Defects,
    combined: Defects,
}

pub fn read(
    object: &Object<'_>,
    rules: &InputRules,
    now: Timestamp,
) -> Result<IncomingSample, BadField> {
    let device_id = required_key(object, "device_id", 64)?;
    let blocks = Blocks {
        tof: object.within("vl53l8ch")?,
        spectral: object.within("as7341")?,
        fusion: object.within("fusion")?,
    };
    if !blocks.hold_sensor_data() {
        let problem = "is missing or empty, and so is as7341: a sample needs the data of a sensor";
        return Err(object.bad("vl53l8ch", problem));
    }
    let mut defects = blocks.defects();
    let quality = quality::judge(blocks.evidence(&defects)?, rules.quality);
    let payload = blocks.payload(&quality, &defects)?;
    let claim = blocks.fusion.as_ref();
    let horodatage = horodatage(object, rules, now)?;
    let sample = Sample {
        sample_id: required_key(object, "sample_id", 128)?,
        time: stored(horodatage.instant),
        horloge_douteuse: horodatage.douteux,
        recu_le: stored(now),
        site: words::site(object, "site_code")?.or_else(|| site_of_device(&device_id)),
        device_id,
        lot_id: None,
        code_lot: None,
        quality,
        station_score: claim
            .map(|claim| claim.optional_number("final_score"))
            .transpose()?
            .flatten(),
        station_grade: claim.and_then(|claim| words::grade(claim, "final_grade")),
        defauts: defects.take_all().into_defects(),
        simule: object.flag("simule")?.unwrap_or(false),
    };
    Ok(IncomingSample {
        sample,
        lot: lot_reference(object)?,
        is_dated: object.optional_key("timestamp", 64)?.is_some(),
        naive_time: horodatage.is_naive().then_some(horodatage.instant),
        location: object.optional_key("location", 200)?,
        payload,
    })
}

/// A text, or seconds since 1970; without any, when it arrived.
fn horodatage(
    object: &Object<'_>,
    rules: &InputRules,
    now: Timestamp,
) -> Result<Horodatage, BadField> {
    let Some(text) = object.optional_key("timestamp", 64)? else {
        return Ok(Horodatage::at(now));
    };
    let seconds = object.optional_number("timestamp").ok().flatten();
    let of_epoch =
        seconds.and_then(|seconds| Timestamp::from_microsecond((seconds * 1e6) as i64).ok());
    let text = of_epoch.map_or(text, |time| time.to_string());
    rules.horodatage(&text, now)
}

/// As the database keeps it: the time is a part of what tells samples apart.
fn stored(time: Timestamp) -> Timestamp {
    let micros = TimestampRound::new().smallest(Unit::Microsecond);
    time.round(micros).unwrap_or(time)
}

/// A `lot_id` that is no number is a code.
fn lot_reference(object: &Object<'_>) -> Result<LotReference, BadField> {
    if let Some(code) = object.optional_key("code_lot", 64)? {
        return Ok(LotReference::Code(code));
    }
    Ok(match object.optional_key("lot_id", 64)? {
        None => LotReference::Nothing,
        Some(text) => text
            .parse()
            .map_or(LotReference::Code(text), LotReference::Id),
    })
}

/// Whether the value says anything: neither absent nor empty.
fn holds(object: &Object<'_>, name: &str) -> bool {
    let Some(value) = object.raw(name) else {
        return false;
    };
    match Scalar::from(value) {
        Scalar::Array => {
            serde_json::from_str(value.get()).is_ok_and(|values: Vec<&RawValue>| !values.is_empty())
        }
        Scalar::Object => Object::read(value.get()).is_some_and(|object| {
            object
                .values()
                .any(|value| !Scalar::from(value).is_not_measured())
        }),
        scalar => !scalar.is_not_measured(),
    }
}

impl Blocks<'_> {
    /// A station's own verdict alone says nothing of a foie.
    fn hold_sensor_data(&self) -> bool {
        let says = |block: &Option<Object<'_>>, names: &[&str]| {
            block
                .as_ref()
                .is_some_and(|block| names.iter().any(|name| holds(block, name)))
        };
        says(&self.tof, &TOF_DATA) || says(&self.spectral, &SPECTRAL_DATA)
    }

    fn defects(&self) -> AllDefects {
        let read = |block: &Option<Object<'_>>, name| {
            block
                .as_ref()
                .map(|block| Defects::read(block, name))
                .unwrap_or_default()
        };
        AllDefects {
            tof: read(&self.tof, "defects"),
            spectral: read(&self.spectral, "defects"),
            combined: read(&self.fusion, "combined_defects"),
        }
    }

    fn evidence(&self, defects: &AllDefects) -> Result<Evidence, BadField> {
        let of = |block: &Option<Object<'_>>, name: &str| {
            block
                .as_ref()
                .map_or(Ok(None), |block| block.optional_number(name))
        };
        let score = |block: &Option<Object<'_>>, names: [&'static str; 2]| -> Result<_, BadField> {
            let fused = of(&self.fusion, names[0])?.or(of(&self.fusion, names[1])?);
            let score = fused.or(of(block, "quality_score")?);
            Ok(score.map(|score| score.clamp(0.0, 1.0)))
        };
        Ok(Evidence {
            tof_score: score(&self.tof, ["tof_score", "vl53l8ch_score"])?,
            spectral_score: score(&self.spectral, ["spectral_score", "as7341_score"])?,
            claimed_score: of(&self.fusion, "final_score")?.map(|score| score.clamp(0.0, 1.0)),
            tof_rejects: self.rejects(&self.tof, "vl53l8ch_grade"),
            spectral_rejects: self.rejects(&self.spectral, "as7341_grade"),
            volume_mm3: of(&self.tof, "volume_mm3")?,
            nb_defauts: defects.count(),
            freshness_index: of(&self.spectral, "freshness_index")?,
            oxidation_index: of(&self.spectral, "oxidation_index")?,
            fat_quality_index: of(&self.spectral, "fat_quality_index")?,
        })
    }

    /// Whether the sensor's own block or the fusion says that the sensor gave a REJECT.
    fn rejects(&self, sensor: &Option<Object<'_>>, in_fusion: &str) -> bool {
        let stated = [(sensor, "grade"), (&self.fusion, in_fusion)];
        let mut grades = stated
            .into_iter()
            .filter_map(|(block, name)| words::grade(block.as_ref()?, name));
        grades.any(|grade| grade == Grade::Reject)
    }

    fn payload(
        &self,
        quality: &quality::Quality,
        defects: &AllDefects,
    ) -> Result<SensorPayload, BadField> {
        let matrix = |name, quantity| {
            self.tof
                .as_ref()
                .map_or(Ok(None), |tof| words::matrix(tof, name, quantity))
        };
        let distance = matrix("distance_matrix", Quantity::Distance)?;
        let tof = self.tof.as_ref();
        let meta = tof.and_then(|tof| tof.raw("meta"));
        let spectral = self.spectral.as_ref();
        Ok(SensorPayload {
            reflectance: matrix("reflectance_matrix", Quantity::Reflectance)?,
            amplitude: matrix("amplitude_matrix", Quantity::Amplitude)?,
            status: matrix("status_matrix", Quantity::Status)?,
            ambient: matrix("ambient_matrix", Quantity::Ambient)?,
            tof_meta: meta.map(|meta| meta.get().to_owned()),
            tof: tof
                .map(|tof| analysis::tof(tof, distance.as_ref(), &defects.tof))
                .transpose()?,
            spectral: spectral
                .map(|spectral| analysis::spectral(spectral, &defects.spectral))
                .transpose()?,
            fusion: analysis::fusion(self.fusion.as_ref(), quality, &defects.combined)?,
            distance,
        })
    }
}

impl AllDefects {
    /// The fusion lists what both sensors saw; a station that leaves some out does not make the foie better.
    fn count(&self) -> usize {
        self.combined
            .len()
            .max(self.tof.len() + self.spectral.len())
    }

    fn take_all(&mut self) -> Defects {
        let (tof, spectral) = (
            std::mem::take(&mut self.tof),
            std::mem::take(&mut self.spectral),
        );
        let combined = std::mem::take(&mut self.combined);
        if combined.len() >= tof.len() + spectral.len() {
            combined
        } else {
            tof.and(spectral)
        }
    }
}
