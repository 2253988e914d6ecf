//! `sensor_data`: one foie.

use super::{analysis, defects::Defects, object::Object};
use crate::{
    domain::{
        horodatage::Horodatage,
        quality::{
            self, Evidence, Grade,
            matrix::Quantity,
            sample::{Arrival, SaidLot, Sample, Seen, site_of_device},
        },
    },
    protocol::lenient::BadField,
};
use jiff::{Timestamp, tz::TimeZone};

/// The three blocks of a sample; any may be missing, not all.
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

pub fn read(object: &Object<'_>, zone: &TimeZone, now: Timestamp) -> Result<Arrival, BadField> {
    let device_id = object.required_text("device_id", 64)?;
    let blocks = Blocks {
        tof: object.within("vl53l8ch")?,
        spectral: object.within("as7341")?,
        fusion: object.within("fusion")?,
    };
    if blocks.tof.is_none() && blocks.spectral.is_none() && blocks.fusion.is_none() {
        return Err(object.bad("vl53l8ch", "is missing, and so are as7341 and fusion"));
    }
    let mut defects = blocks.defects();
    let quality = quality::judge(blocks.evidence(&defects)?);
    let seen = blocks.seen(&quality, &defects)?;
    let claim = blocks.fusion.as_ref();
    let sample = Sample {
        sample_id: object.required_text("sample_id", 128)?,
        time: time(object, zone, now)?,
        site: object
            .site("site_code")?
            .or_else(|| site_of_device(&device_id)),
        device_id,
        lot_id: None,
        code_lot: None,
        quality,
        station_score: claim
            .map(|claim| claim.number("final_score"))
            .transpose()?
            .flatten(),
        station_grade: claim.and_then(|claim| claim.grade("final_grade")),
        defauts: defects.take_all().into_defects(),
        simule: object.flag("simule")?.unwrap_or(false),
    };
    Ok(Arrival {
        sample,
        lot: said_lot(object)?,
        location: object.text("location", 200)?,
        seen,
    })
}

/// A text, or seconds since 1970; without any, when it arrived.
fn time(object: &Object<'_>, zone: &TimeZone, now: Timestamp) -> Result<Timestamp, BadField> {
    let Some(text) = object.text("timestamp", 64)? else {
        return Ok(now);
    };
    let seconds = object.number("timestamp").ok().flatten();
    let of_epoch =
        seconds.and_then(|seconds| Timestamp::from_microsecond((seconds * 1e6) as i64).ok());
    let text = of_epoch.map_or(text, |time| time.to_string());
    Horodatage::parse(&text, zone)
        .map(|horodatage| horodatage.instant)
        .map_err(|problem| object.bad("timestamp", &problem.to_string()))
}

/// A `lot_id` that is no number is a code.
fn said_lot(object: &Object<'_>) -> Result<SaidLot, BadField> {
    if let Some(code) = object.text("code_lot", 64)? {
        return Ok(SaidLot::Code(code));
    }
    Ok(match object.text("lot_id", 64)? {
        None => SaidLot::Nothing,
        Some(text) => text.parse().map_or(SaidLot::Code(text), SaidLot::Id),
    })
}

impl Blocks<'_> {
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
            block.as_ref().map_or(Ok(None), |block| block.number(name))
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
            sensor_grades: self.sensor_grades(),
            volume_mm3: of(&self.tof, "volume_mm3")?,
            nb_defauts: defects.count(),
            freshness_index: of(&self.spectral, "freshness_index")?,
            oxidation_index: of(&self.spectral, "oxidation_index")?,
            fat_quality_index: of(&self.spectral, "fat_quality_index")?,
        })
    }

    /// Wherever the station says what grade a sensor gave.
    fn sensor_grades(&self) -> Vec<Grade> {
        let said = [
            (&self.tof, "grade"),
            (&self.spectral, "grade"),
            (&self.fusion, "vl53l8ch_grade"),
            (&self.fusion, "as7341_grade"),
        ];
        said.into_iter()
            .filter_map(|(block, name)| block.as_ref()?.grade(name))
            .collect()
    }

    fn seen(&self, quality: &quality::Quality, defects: &AllDefects) -> Result<Seen, BadField> {
        let matrix = |name, quantity| {
            self.tof
                .as_ref()
                .map_or(Ok(None), |tof| tof.matrix(name, quantity))
        };
        let distance = matrix("distance_matrix", Quantity::Distance)?;
        let tof = self.tof.as_ref();
        let meta = tof.and_then(|tof| tof.raw("meta"));
        let spectral = self.spectral.as_ref();
        Ok(Seen {
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
        match combined.len() >= tof.len() + spectral.len() {
            true => combined,
            false => tof.and(spectral),
        }
    }
}
