//! Random frames in every format that stations are known to use.

use rand::{Rng, RngExt, SeedableRng, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;
use serde_json::{Map, Value, json};

/// Name and upper bound of the matrices; `true` if a station may omit it.
pub const MATRICES: [(&str, f64, bool); 5] = [
    ("distance_matrix", 4000.0, false),
    ("reflectance_matrix", 255.0, false),
    ("amplitude_matrix", 4095.0, false),
    ("ambient_matrix", 4095.0, true),
    ("status_matrix", 255.0, true),
];
const CHANNELS: [&str; 10] = [
    "F1_415nm", "F2_445nm", "F3_480nm", "F4_515nm", "F5_555nm", "F6_590nm", "F7_630nm", "F8_680nm",
    "Clear", "NIR",
];
/// Stations' texts for a grade, and the grade that they mean.
const LABELS: [(&str, &str); 9] = [
    ("A+", "A+"),
    ("Grade A+ - Excellence", "A+"),
    ("A", "A"),
    ("Grade A - Très bonne tenue", "A"),
    ("Grade B - Acceptable", "B"),
    ("B", "B"),
    ("Grade C - À surveiller", "C"),
    ("REJET - Qualité insuffisante", "REJECT"),
    ("REJECT", "REJECT"),
];

/// A frame and its expected result.
pub struct Generated {
    pub text: String,
    pub sample_id: String,
    /// Expected cells by the name of the matrix; `None` if it was omitted.
    pub matrices: Vec<(&'static str, Option<Vec<i64>>)>,
    pub channels: Vec<(&'static str, Option<f64>)>,
    pub volume_mm3: Option<f64>,
    pub tof_score: f64,
    pub spectral_score: f64,
    pub claimed_grade: Option<&'static str>,
    pub sensor_rejects: bool,
    pub defects: usize,
}

/// Frame number `number` of a seed, at least `size` bytes long.
pub fn generate(seed: u64, number: usize, size: usize) -> Generated {
    let mut rng = ChaCha8Rng::seed_from_u64(seed.wrapping_mul(1_000_003) + number as u64);
    let rng = &mut rng;
    let mut tof = Map::new();
    let matrices = matrices(&mut tof, rng);
    let volume_mm3 = maybe(0.9, rng).then(|| rng.random_range(200_000.0..900_000.0));
    put(&mut tof, "volume_mm3", volume_mm3, rng);
    let (tof_score, spectral_score) = (rng.random_range(0.0..1.0), rng.random_range(0.0..1.0));
    put(&mut tof, "quality_score", Some(tof_score), rng);
    let tof_grade = grade(&mut tof, "grade", 0.5, rng);
    let tof_defects = defects(&mut tof, rng);

    let (mut spectral, mut counts) = (Map::new(), Map::new());
    let channels = CHANNELS.map(|name| {
        let count = maybe(0.95, rng).then(|| rng.random_range(0..65_536).into());
        put(&mut counts, name, count, rng);
        (name, count)
    });
    spectral.insert("channels".to_owned(), Value::Object(counts));
    put(&mut spectral, "quality_score", Some(spectral_score), rng);
    let spectral_grade = grade(&mut spectral, "grade", 0.5, rng);
    let spectral_defects = defects(&mut spectral, rng);

    let mut fusion = Map::new();
    let claimed_grade = grade(&mut fusion, "final_grade", 0.8, rng);
    if maybe(0.5, rng) {
        put(&mut fusion, "tof_score", Some(tof_score), rng);
        put(&mut fusion, "spectral_score", Some(spectral_score), rng);
    }
    let sample_id = format!("GEN-{seed}-{number}");
    let mut frame = Map::new();
    head(&mut frame, &sample_id, number, rng);
    tof.insert("bins_analysis".to_owned(), filling(size, rng));
    for (name, block) in [("vl53l8ch", tof), ("as7341", spectral), ("fusion", fusion)] {
        frame.insert(name.to_owned(), Value::Object(block));
    }
    Generated {
        text: written(frame, rng),
        sample_id,
        matrices,
        channels: channels.to_vec(),
        volume_mm3,
        tof_score,
        spectral_score,
        claimed_grade,
        sensor_rejects: [tof_grade, spectral_grade].contains(&Some("REJECT")),
        defects: tof_defects + spectral_defects,
    }
}

fn maybe(probability: f64, rng: &mut impl Rng) -> bool {
    rng.random_bool(probability)
}

/// Each frame is a second later than the previous one, in one of the formats of a time.
fn head(frame: &mut Map<String, Value>, sample_id: &str, number: usize, rng: &mut impl Rng) {
    frame.insert("sample_id".to_owned(), json!(sample_id));
    frame.insert("device_id".to_owned(), json!("ESP32_MT_03"));
    let (minute, second) = (number / 60, number % 60);
    let times = [
        format!("2026-01-22T05:{minute:02}:{second:02}.040979Z"),
        // A local time in France, in winter.
        format!("2026-01-22T06:{minute:02}:{second:02}"),
        format!("2026-01-22 06:{minute:02}:{second:02}.5"),
        format!("2026-01-22T08:{minute:02}:{second:02}+03:00"),
    ];
    frame.insert("timestamp".to_owned(), json!(times.choose(rng)));
    if maybe(0.7, rng) {
        frame.insert("type".to_owned(), json!("sensor_data"));
    }
    for name in [
        "lot_id",
        "code_lot",
        "site_code",
        "location",
        "meta",
        "lot_abattage",
    ] {
        if maybe(0.5, rng) {
            frame.insert(name.to_owned(), Value::Null);
        }
    }
    if maybe(0.5, rng) {
        frame.insert(
            "eleveur".to_owned(),
            json!({"nom": "Ô \"Gascogne\"", "rang": [1, null, true]}),
        );
    }
}

/// A number, or the same as a text; an integer with or without a decimal point.
fn number(value: f64, rng: &mut impl Rng) -> Value {
    let whole = value == value.trunc() && value.abs() < 1e15;
    match (rng.random_range(0..4), whole) {
        (0, _) => json!(value.to_string()),
        (1, true) => json!(value as i64),
        (2, true) => json!(format!("{value:.1}")),
        _ => json!(value),
    }
}

/// A missing number is null or absent.
fn put(block: &mut Map<String, Value>, name: &str, value: Option<f64>, rng: &mut impl Rng) {
    match value {
        Some(value) => drop(block.insert(name.to_owned(), number(value, rng))),
        None if maybe(0.5, rng) => drop(block.insert(name.to_owned(), Value::Null)),
        None => {}
    }
}

fn matrices(
    block: &mut Map<String, Value>,
    rng: &mut impl Rng,
) -> Vec<(&'static str, Option<Vec<i64>>)> {
    let mut expected = Vec::new();
    for (name, most, optional) in MATRICES {
        if optional && maybe(0.5, rng) {
            expected.push((name, None));
            continue;
        }
        // Also beyond both bounds, and often exactly between two integers.
        let cells: Vec<f64> = (0..64)
            .map(|_| (rng.random_range(-0.05 * most..1.05 * most) * 2.0).round() / 2.0)
            .collect();
        expected.push((
            name,
            Some(cells.iter().map(|cell| shown(*cell, most)).collect()),
        ));
        let written: Vec<Value> = cells.iter().map(|cell| number(*cell, rng)).collect();
        let matrix = if maybe(0.2, rng) {
            json!(written)
        } else {
            json!(written.chunks(8).collect::<Vec<_>>())
        };
        block.insert(name.to_owned(), matrix);
    }
    expected
}

/// Rounds half to even, then clamps.
fn shown(cell: f64, most: f64) -> i64 {
    let below = cell.floor();
    let rounded = match cell - below {
        rest if rest > 0.5 => below + 1.0,
        rest if rest < 0.5 => below,
        _ if below.rem_euclid(2.0) == 0.0 => below,
        _ => below + 1.0,
    };
    rounded.clamp(0.0, most) as i64
}

/// Writes a label, or none, and returns the grade that it means.
fn grade(
    block: &mut Map<String, Value>,
    name: &str,
    probability: f64,
    rng: &mut impl Rng,
) -> Option<&'static str> {
    let (label, grade) = LABELS.choose(rng).filter(|_| maybe(probability, rng))?;
    block.insert(name.to_owned(), json!(label));
    Some(grade)
}

/// Writes a few defects in one of their formats, and returns their number.
fn defects(block: &mut Map<String, Value>, rng: &mut impl Rng) -> usize {
    let count = [0, 0, 0, 1, 2, 3, 6][rng.random_range(0..7)];
    let object =
        |n: usize| json!({"type": format!("kind {n}"), "severity": 0.4, "pos": [n % 8, 3]});
    let all = match rng.random_range(0..4) {
        0 if count == 0 => Value::Null,
        0 | 1 => (0..count).map(object).collect(),
        2 => (0..count)
            .map(|n| json!(format!("Anomalie {n} (> 2.0)")))
            .collect(),
        _ => Value::Object(
            (0..count)
                .map(|n| (format!("kind {n}"), object(n)))
                .collect(),
        ),
    };
    block.insert("defects".to_owned(), all);
    count
}

/// Data that screens ignore makes up most of a frame.
fn filling(size: usize, rng: &mut impl Rng) -> Value {
    let rows = size.saturating_sub(8_000) / 1_900;
    let mut row = |_| (0..96).map(|_| rng.random_range(0.0..1.0)).collect();
    json!((0..rows).map(&mut row).collect::<Vec<Vec<f64>>>())
}

/// Keys are in any order, with or without white space.
fn written(frame: Map<String, Value>, rng: &mut impl Rng) -> String {
    let mut entries: Vec<_> = frame.into_iter().collect();
    let first = rng.random_range(0..entries.len());
    entries.rotate_left(first);
    let frame: Map<String, Value> = entries.into_iter().collect();
    if maybe(0.5, rng) {
        Value::Object(frame).to_string()
    } else {
        format!("{:#}", Value::Object(frame))
    }
}
