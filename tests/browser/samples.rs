//! Sends samples to the screens as real stations do: through `/ws/sensors/`.

use crate::common::{client::Client, server::TestServer};
use jiff::Timestamp;
use serde_json::{Value, json};

/// Counts of the ten spectral channels, in their order.
pub const CHANNELS: [(&str, &str, u32); 10] = [
    ("F1_415nm", "415\u{202f}nm", 750),
    ("F2_445nm", "445\u{202f}nm", 1_400),
    ("F3_480nm", "480\u{202f}nm", 1_850),
    ("F4_515nm", "515\u{202f}nm", 2_800),
    ("F5_555nm", "555\u{202f}nm", 3_600),
    ("F6_590nm", "590\u{202f}nm", 2_450),
    ("F7_630nm", "630\u{202f}nm", 2_200),
    ("F8_680nm", "680\u{202f}nm", 1_980),
    ("Clear", "Clair", 5_000),
    ("NIR", "NIR", 800),
];

/// Distance from the sensor at a cell, mm; it grows from cell to cell.
pub fn distance(row: usize, column: usize) -> usize {
    40 + 8 * row + column
}

/// Reflected light of a cell, of 255; it grows from cell to cell.
pub fn reflectance(row: usize, column: usize) -> usize {
    100 + 2 * (8 * row + column)
}

fn matrix(cell: fn(usize, usize) -> usize) -> Value {
    let row = |row| (0..8).map(|column| cell(row, column)).collect::<Vec<_>>();
    json!((0..8).map(row).collect::<Vec<_>>())
}

/// A foie of 520.85 g without defects, to which both sensors give the same score.
pub fn sample(sample_id: &str, device_id: &str, score: f64) -> Value {
    let channels: Value = CHANNELS
        .iter()
        .map(|(key, _, count)| ((*key).to_owned(), json!(count)))
        .collect();
    json!({
        "type": "sensor_data", "sample_id": sample_id, "device_id": device_id, "timestamp": Timestamp::now().to_string(),
        "location": "Ligne 3",
        "vl53l8ch": {
            "distance_matrix": matrix(distance), "reflectance_matrix": matrix(reflectance), "amplitude_matrix": matrix(reflectance),
            "volume_mm3": 550_000.0, "quality_score": score, "grade": null, "defects": [],
        },
        "as7341": {
            "channels": channels, "freshness_index": 0.88, "oxidation_index": 0.21, "fat_quality_index": 0.74,
            "quality_score": score, "defects": [],
        },
        "fusion": { "final_score": score, "final_grade": null, "tof_score": score, "spectral_score": score, "combined_defects": [] },
    })
}

/// A station that has been welcomed.
pub async fn station(server: &TestServer) -> Client {
    let mut station = server.connect("/ws/sensors/").await;
    station.next_of("connection_established").await;
    station
}

/// Sends a sample and waits until it is stored.
pub async fn scan(station: &mut Client, sample: Value) {
    let ack = station.ask(sample).await;
    assert_eq!(ack["type"], "ack", "{ack}");
}
