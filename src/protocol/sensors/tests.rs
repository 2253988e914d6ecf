mod form;
mod judgement;

use super::*;
use crate::{
    domain::{
        quality::{Doubt, Grade, QualityRule, sample::LotReference},
        site::Site,
    },
    protocol::input::rules_of_tests,
};
use serde_json::{Value, json};

fn rows(cell: Value, columns: usize, rows: usize) -> Value {
    json!(vec![vec![cell; columns]; rows])
}

fn valid() -> Value {
    let matrix = |cell: f64| rows(json!(cell), 8, 8);
    json!({
        "type": "sensor_data", "sample_id": "MG-1", "device_id": "ESP32_LL_01", "timestamp": "2026-11-22T05:01:43.040979Z",
        "vl53l8ch": {"distance_matrix": matrix(94.5), "reflectance_matrix": matrix(300.0), "amplitude_matrix": matrix(-1.0),
            "volume_mm3": 700000, "quality_score": 0.9, "grade": "Grade A - Bien", "defects": []},
        "as7341": {"channels": {"F1_415nm": 769, "NIR": "800"}, "freshness_index": 0.9, "oxidation_index": 0.2, "quality_score": 0.8,
            "grade": "A", "defects": []},
        "fusion": {"final_score": 0.86, "final_grade": "Grade A+ - Excellence", "tof_score": 0.9, "spectral_score": 0.8, "combined_defects": []}
    })
}

fn now() -> Timestamp {
    "2026-11-22T06:00:00Z".parse().unwrap()
}

fn message(value: &Value) -> Result<SensorMessage, BadMessage> {
    parse(&value.to_string(), &rules_of_tests(), now())
}

fn incoming(value: &Value) -> IncomingSample {
    match message(value).unwrap() {
        SensorMessage::Sample(incoming) => *incoming,
        other => panic!("{other:?} is no sample"),
    }
}

fn with(change: impl FnOnce(&mut Value)) -> Value {
    let mut value = valid();
    change(&mut value);
    value
}

fn shown(value: &Value) -> Value {
    let incoming = incoming(value);
    let frame = update::frame(&incoming.sample, &incoming.payload);
    serde_json::from_slice(&frame.encode()).unwrap()
}

fn complaint(value: &Value) -> String {
    message(value).unwrap_err().to_string()
}
