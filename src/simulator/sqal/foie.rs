//! Invented samples: what a station's two sensors would report of a foie. Pure.
//!
//! Calibrated on the cooperative's figures (mean liver mass of a lot N(525, 53) g within 381–630 g, coefficient of variation within a lot
//! 0.158) and on a recorded frame for the shape of matrices and spectra.

use crate::domain::quality::MANY_DEFECTS;
use jiff::Timestamp;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Normal};
use serde_json::{Value, json};

/// Density of liver, g per cm³.
const DENSITY: f64 = 0.947;
const WITHIN_LOT: f64 = 0.158;
const MEAN_MASS: std::ops::RangeInclusive<f64> = 381.0..=630.0;
/// mm from the sensor to the tray.
const TRAY: f64 = 95.0;
const DEFECTS: [&str; 4] = ["hematome", "trace_biliaire", "coupure", "tache"];
/// The ten bands, with the counts of a healthy foie.
const CHANNELS: [(&str, f64); 10] = [
    ("F1_415nm", 769.0),
    ("F2_445nm", 1_471.0),
    ("F3_480nm", 1_881.0),
    ("F4_515nm", 2_839.0),
    ("F5_555nm", 3_664.0),
    ("F6_590nm", 2_471.0),
    ("F7_630nm", 2_208.0),
    ("F8_680nm", 1_984.0),
    ("Clear", 5_000.0),
    ("NIR", 800.0),
];

/// The foies of one lot. They depend only on the seed and the lot's code.
pub struct Foies {
    rng: ChaCha8Rng,
    mean_mass: f64,
    /// The lot's quality; it differs from lot to lot.
    mean_score: f64,
}

/// One foie before it is encoded.
struct Foie {
    mass: f64,
    tof_score: f64,
    spectral_score: f64,
    freshness: f64,
    oxidation: f64,
    fat_quality: f64,
    defects: Vec<Value>,
    rejected_by_sensor: bool,
}

/// The names that a frame carries.
#[derive(Debug, Clone, Copy)]
pub struct Label<'a> {
    pub sample_id: &'a str,
    pub device_id: &'a str,
    pub code_lot: &'a str,
    pub at: Timestamp,
}

impl Foies {
    pub fn of_lot(seed: u64, code_lot: &str) -> Self {
        let lot = code_lot.bytes().fold(seed, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        let mut rng = ChaCha8Rng::seed_from_u64(lot);
        Foies {
            mean_mass: normal(525.0, 53.0, &mut rng).clamp(*MEAN_MASS.start(), *MEAN_MASS.end()),
            mean_score: normal(0.77, 0.03, &mut rng),
            rng,
        }
    }

    /// The frame of the next foie.
    pub fn next_frame(&mut self, label: Label<'_>) -> Value {
        let foie = self.next_foie();
        frame(&foie, label, &mut self.rng)
    }

    fn next_foie(&mut self) -> Foie {
        let rng = &mut self.rng;
        let mass = normal(self.mean_mass, WITHIN_LOT * self.mean_mass, rng);
        let defects = defects(rng);
        // With this many defects the score is low too.
        let spoilt = if defects.len() >= MANY_DEFECTS {
            0.42
        } else {
            0.0
        };
        let quality = normal(self.mean_score - spoilt, 0.09, rng);
        let mut near = |spread| share(normal(quality, spread, rng));
        let (tof_score, spectral_score) = (near(0.04), near(0.04));
        Foie {
            mass: mass.max(150.0),
            tof_score,
            spectral_score,
            freshness: share(normal(0.80, 0.09, rng)),
            oxidation: share(normal(0.30, 0.12, rng)),
            fat_quality: share(normal(0.70, 0.10, rng)),
            defects,
            rejected_by_sensor: rng.random_bool(0.01),
        }
    }
}

/// Most foies have no defect, some have one to three, a few so many that they are spoilt.
fn defects(rng: &mut impl Rng) -> Vec<Value> {
    let count = match rng.random_range(0.0..1.0) {
        x if x < 0.82 => 0,
        x if x < 0.98 => rng.random_range(1..=3),
        _ => rng.random_range(5..=7),
    };
    let mut defect = || {
        let kind = DEFECTS[rng.random_range(0..DEFECTS.len())];
        let position = [rng.random_range(1..7), rng.random_range(1..7)];
        json!({"type": kind, "severity": rounded(rng.random_range(0.1..0.9)), "pos": position})
    };
    (0..count).map(|_| defect()).collect()
}

fn frame(foie: &Foie, label: Label<'_>, rng: &mut impl Rng) -> Value {
    let volume = foie.mass / DENSITY * 1_000.0;
    let final_score = 0.6 * foie.tof_score + 0.4 * foie.spectral_score;
    let tof_grade = if foie.rejected_by_sensor {
        "REJET - Qualité insuffisante"
    } else {
        grade(foie.tof_score)
    };
    let tof_defects: Vec<_> = foie.defects.clone();
    let distances = distances(volume, rng);
    let stats = heights(&distances);
    json!({
        "type": "sensor_data", "sample_id": label.sample_id, "device_id": label.device_id, "code_lot": label.code_lot,
        "timestamp": label.at.to_string(), "location": "Ligne simulée", "simule": true,
        "vl53l8ch": {
            "distance_matrix": distances, "stats": stats, "reflectance_matrix": matrix(150.0, 6.0, rng),
            "amplitude_matrix": matrix(900.0, 40.0, rng), "ambient_matrix": matrix(165.0, 8.0, rng), "status_matrix": vec![vec![5; 8]; 8],
            "volume_mm3": volume, "surface_uniformity": rounded(foie.tof_score), "quality_score": foie.tof_score, "grade": tof_grade,
            "defects": tof_defects,
            "score_breakdown": {"volume_score": foie.tof_score, "defect_penalty": rounded(0.03 * foie.defects.len() as f64)}
        },
        "as7341": {
            "channels": channels(foie, rng), "freshness_index": foie.freshness, "fat_quality_index": foie.fat_quality,
            "oxidation_index": foie.oxidation, "quality_score": foie.spectral_score, "grade": grade(foie.spectral_score), "defects": []
        },
        "fusion": {
            "final_score": final_score, "final_grade": grade(final_score), "tof_score": foie.tof_score,
            "spectral_score": foie.spectral_score, "tof_contribution": 0.6, "spectral_contribution": 0.4, "combined_defects": foie.defects
        },
        "meta": {"firmware_version": "simule"}
    })
}

/// A station grades by the score alone.
fn grade(score: f64) -> &'static str {
    crate::domain::quality::Grade::of_score(score).as_str()
}

/// Models the foie as a dome in the middle of the tray, whose height follows from its volume.
fn distances(volume: f64, rng: &mut impl Rng) -> Vec<Vec<f64>> {
    // A tray of 160 mm has cells of 20 mm; the dome's cells add up to the volume.
    let dome = |row: usize, column: usize| {
        let (y, x) = (row as f64 - 3.5, column as f64 - 3.5);
        (1.0 - (x * x + y * y) / 16.0).max(0.0).sqrt()
    };
    let all: f64 = (0..64).map(|cell| dome(cell / 8, cell % 8)).sum();
    let height = volume / 400.0 / all;
    let mut cell = |row, column| rounded(TRAY - height * dome(row, column) + normal(0.0, 0.8, rng));
    (0..8)
        .map(|row| (0..8).map(|column| cell(row, column)).collect())
        .collect()
}

/// What a station states of the heights over the tray, mm.
fn heights(distances: &[Vec<f64>]) -> Value {
    let heights = distances
        .iter()
        .flatten()
        .map(|distance| (TRAY - distance).max(0.0));
    let highest = heights.clone().fold(0.0, f64::max);
    let mean = heights.sum::<f64>() / 64.0;
    json!({"average_height_mm": rounded(mean), "max_height_mm": rounded(highest), "min_height_mm": 0.0})
}

fn matrix(mean: f64, deviation: f64, rng: &mut impl Rng) -> Vec<Vec<f64>> {
    let mut cell = || rounded(normal(mean, deviation, rng).max(0.0));
    (0..8).map(|_| (0..8).map(|_| cell()).collect()).collect()
}

/// Oxidation lowers the violet end; freshness raises the whole spectrum.
fn channels(foie: &Foie, rng: &mut impl Rng) -> Value {
    let counts = CHANNELS.iter().enumerate().map(|(band, (name, sound))| {
        let oxidised = 1.0 - 0.3 * foie.oxidation * (1.0 - band as f64 / 10.0);
        let count = sound * oxidised * (0.8 + 0.25 * foie.freshness) * normal(1.0, 0.02, rng);
        ((*name).to_owned(), json!(count.round() as i64))
    });
    Value::Object(counts.collect())
}

fn share(value: f64) -> f64 {
    (value.clamp(0.0, 1.0) * 10_000.0).round() / 10_000.0
}

fn rounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

fn normal(mean: f64, deviation: f64, rng: &mut impl Rng) -> f64 {
    Normal::new(mean, deviation)
        .expect("the deviations are positive")
        .sample(rng)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::quality::{Grade, sample::IncomingSample},
        protocol::{
            input::rules_of_tests,
            sensors::{SensorMessage, parse},
        },
    };

    fn samples(lot: &str, count: usize) -> Vec<IncomingSample> {
        let mut foies = Foies::of_lot(7, lot);
        let label = Label {
            sample_id: "S",
            device_id: "ESP32_LL_01",
            code_lot: lot,
            at: "2026-01-01T00:00:00Z".parse().unwrap(),
        };
        (0..count)
            .map(|_| {
                let text = foies.next_frame(label).to_string();
                match parse(&text, &rules_of_tests(), label.at) {
                    Ok(SensorMessage::Sample(incoming)) => *incoming,
                    other => panic!("{other:?}"),
                }
            })
            .collect()
    }

    fn masses(incoming: &[IncomingSample]) -> Vec<f64> {
        let mass = |incoming: &IncomingSample| incoming.sample.quality.masse_foie_g.unwrap();
        incoming.iter().map(mass).collect()
    }

    fn mean(values: &[f64]) -> f64 {
        values.iter().sum::<f64>() / values.len() as f64
    }

    #[test]
    fn the_same_seed_gives_the_same_foies_and_another_lot_others() {
        let frames = |lot| samples(lot, 3);
        assert_eq!(frames("LL2611001"), frames("LL2611001"));
        assert_ne!(masses(&frames("LL2611001")), masses(&frames("LL2611002")));
    }

    #[test]
    fn masses_vary_within_a_lot_and_between_lots_as_measured() {
        let masses = masses(&samples("LL2611001", 2_000));
        let average = mean(&masses);
        let deviations: Vec<_> = masses.iter().map(|m| (m - average).powi(2)).collect();
        let variation = mean(&deviations).sqrt() / average;
        assert!((0.14..0.175).contains(&variation), "{variation}");
        let of_lots: Vec<_> = (0..300)
            .map(|n| Foies::of_lot(7, &format!("LL{n}")).mean_mass)
            .collect();
        assert!(
            (510.0..540.0).contains(&mean(&of_lots)),
            "{}",
            mean(&of_lots)
        );
        assert!(of_lots.iter().all(|mass| MEAN_MASS.contains(mass)));
    }

    #[test]
    fn every_grade_occurs_and_rejects_are_few() {
        let incoming: Vec<_> = (0..20)
            .flat_map(|n| samples(&format!("LL26110{n:02}"), 200))
            .collect();
        let part = |grade| {
            let of_grade = incoming
                .iter()
                .filter(|a| a.sample.quality.final_grade == Some(grade));
            of_grade.count() as f64 / incoming.len() as f64
        };
        assert!(
            (0.10..0.30).contains(&part(Grade::APlus)),
            "{}",
            part(Grade::APlus)
        );
        assert!((0.25..0.50).contains(&part(Grade::A)), "{}", part(Grade::A));
        assert!((0.20..0.50).contains(&part(Grade::B)), "{}", part(Grade::B));
        assert!(
            (0.005..0.10).contains(&part(Grade::C)),
            "{}",
            part(Grade::C)
        );
        let doubted = incoming
            .iter()
            .filter(|a| a.sample.quality.sellable() && !a.sample.quality.doubts.is_empty());
        assert!(doubted.count() > 0, "none is to be verified");
        assert!(
            (0.01..0.08).contains(&part(Grade::Reject)),
            "{}",
            part(Grade::Reject)
        );
    }

    #[test]
    fn the_height_map_holds_the_wanted_volume() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let wanted = 560_000.0;
        let heights = distances(wanted, &mut rng)
            .into_iter()
            .flatten()
            .map(|mm| TRAY - mm);
        let volume: f64 = heights.map(|height| height * 400.0).sum();
        assert!((volume / wanted - 1.0).abs() < 0.03, "{volume}");
    }
}
