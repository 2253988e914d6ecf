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

#[test]
fn a_sample_is_judged_by_our_rule_beside_the_claim_of_its_station() {
    let sample = incoming(&valid()).sample;
    assert_eq!(sample.quality.final_grade, Some(Grade::APlus));
    assert_eq!(sample.station_grade, Some(Grade::APlus));
    assert_eq!(sample.site, Some(Site::Ll));
    assert!(!sample.disagrees());
}

/// A frame that the strict rule reads.
fn strictly(value: &Value) -> IncomingSample {
    let rules = InputRules {
        quality: QualityRule::Strict,
        ..rules_of_tests()
    };
    match parse(&value.to_string(), &rules, now()) {
        Ok(SensorMessage::Sample(incoming)) => *incoming,
        other => panic!("{other:?} is no sample"),
    }
}

#[test]
fn a_sensor_that_rejects_is_to_be_verified_beside_the_grade_of_the_score_and_decides_under_the_strict_rule()
 {
    for (block, name, doubt) in [
        ("vl53l8ch", "grade", Doubt::TofReject),
        ("fusion", "vl53l8ch_grade", Doubt::TofReject),
        ("as7341", "grade", Doubt::SpectralReject),
        ("fusion", "as7341_grade", Doubt::SpectralReject),
    ] {
        let frame = with(|v| v[block][name] = json!("REJET - Oxydé"));
        let (quality, strict) = (
            incoming(&frame).sample.quality,
            strictly(&frame).sample.quality,
        );
        assert_eq!(
            (quality.final_grade, &*quality.doubts),
            (Some(Grade::APlus), &[doubt][..])
        );
        assert_eq!(
            (strict.final_grade, strict.score_grade),
            (Some(Grade::Reject), Some(Grade::APlus))
        );
        assert_eq!(
            shown(&frame)["sample"]["motifs_a_verifier"],
            json!([doubt.as_str()])
        );
        assert_eq!(shown(&frame)["sample"]["a_verifier"], true);
    }
    assert_eq!(shown(&valid())["sample"]["a_verifier"], false);
}

#[test]
fn a_sample_without_the_data_of_a_sensor_is_refused_whatever_its_fusion_claims() {
    let claim =
        json!({"final_score": 0.9, "final_grade": "A+", "tof_score": 0.9, "spectral_score": 0.9});
    for (tof, spectral) in [
        (Value::Null, Value::Null),
        (json!({}), json!({})),
        (
            json!({"grade": "A", "timestamp": 1795323703.0, "distance_matrix": null}),
            json!({"channels": {}}),
        ),
        (
            json!({"volume_mm3": "nan", "quality_score": -0.01}),
            json!({"channels": {"NIR": null}, "gain": 4}),
        ),
    ] {
        let frame = with(|v| {
            v["fusion"] = claim.clone();
            v["vl53l8ch"] = tof.clone();
            v["as7341"] = spectral.clone();
        });
        assert!(
            complaint(&frame).starts_with("field `vl53l8ch` is missing or empty"),
            "{frame}"
        );
    }
    for (block, name) in [("vl53l8ch", "quality_score"), ("as7341", "channels")] {
        let other = if block == "vl53l8ch" {
            "as7341"
        } else {
            "vl53l8ch"
        };
        let frame = with(|v| {
            v[other] = Value::Null;
            v[block] = json!({name: valid()[block][name]});
        });
        assert!(message(&frame).is_ok(), "{block}");
    }
}

#[test]
fn ids_that_are_numbers_of_twenty_digits_and_more_are_told_apart() {
    for id in [
        "12345678901234567890",
        "12345678901234567891",
        "123456789012345678901234567890",
        "7",
    ] {
        let text = valid().to_string().replace("\"MG-1\"", id);
        let Ok(SensorMessage::Sample(incoming)) = parse(&text, &rules_of_tests(), now()) else {
            panic!("{text} is no sample")
        };
        assert_eq!(incoming.sample.sample_id, id);
    }
}

#[test]
fn the_text_nan_and_minus_one_hundredth_are_not_measured() {
    for value in [json!("nan"), json!(-0.01)] {
        let frame = with(|v| {
            v["vl53l8ch"]["volume_mm3"] = value.clone();
            v["as7341"]["freshness_index"] = value.clone();
        });
        let quality = incoming(&frame).sample.quality;
        assert_eq!(
            (quality.volume_mm3, quality.freshness_index),
            (None, None),
            "{value}"
        );
    }
    let shown = shown(&with(|v| v["as7341"]["freshness_index"] = json!("NaN")));
    assert_eq!(shown["as7341"]["analysis"]["freshness_index"], Value::Null);
}

#[test]
fn a_sample_of_a_clock_that_cannot_be_right_is_refused_and_an_old_one_is_marked() {
    for wrong in [
        json!("2000-01-01T00:00:10Z"),
        json!("2037-12-31T00:00:00Z"),
        json!(0),
    ] {
        let said = complaint(&with(|v| v["timestamp"] = wrong.clone()));
        assert!(said.starts_with("field `timestamp` is "), "{wrong}: {said}");
    }
    let old = incoming(&with(|v| v["timestamp"] = json!("2024-05-01T00:00:00Z"))).sample;
    assert!(old.horloge_douteuse);
    assert!(!incoming(&valid()).sample.horloge_douteuse);
}

#[test]
fn the_time_of_a_sample_is_that_which_the_database_keeps() {
    let sample = incoming(&with(|v| {
        v["timestamp"] = json!("2026-11-22T05:01:43.123456789Z")
    }))
    .sample;
    assert_eq!(sample.time.to_string(), "2026-11-22T05:01:43.123457Z");
}

#[test]
fn a_frame_to_the_screens_has_whole_matrices_and_grades_as_words() {
    let frame = shown(&valid());
    let raw = &frame["vl53l8ch"]["raw"];
    assert_eq!(raw["distance_matrix"][0][0], 94);
    assert_eq!(raw["reflectance_matrix"][7][7], 255);
    assert_eq!(raw["amplitude_matrix"][3][3], 0);
    assert_eq!(raw["ambient_matrix"], Value::Null);
    assert_eq!(frame["vl53l8ch"]["analysis"]["grade"], "A");
    assert_eq!(frame["vl53l8ch"]["analysis"]["avg_distance_mm"], 94.0);
    assert_eq!(frame["as7341"]["raw"]["NIR"], 800.0);
    assert_eq!(frame["as7341"]["raw"]["Clear"], Value::Null);
    assert_eq!(
        (
            &frame["fusion"]["final_grade"],
            &frame["fusion"]["is_compliant"]
        ),
        (&json!("A+"), &json!(true))
    );
    assert_eq!(frame["timestamp"], "2026-11-22T05:01:43.040979+00:00");
    assert_eq!(frame["sample"]["sample_id"], "MG-1");
}

#[test]
fn defects_count_in_whatever_shape_they_come() {
    let shapes = [
        json!([{"type": "hematome", "pos": [2, 4], "severity": 0.5}, {"type": "hematome", "x": 1, "y": 2}]),
        json!(["Jaunissement excessif", "Anomalie"]),
        json!({"hematome": {"severity": 0.5}, "bile": 0.2, "oxydation": false, "coupure": 0}),
    ];
    for defects in shapes {
        let frame = with(|v| v["vl53l8ch"]["defects"] = defects.clone());
        let arrived = incoming(&frame);
        assert_eq!(arrived.sample.quality.nb_defauts, 2, "{defects}");
        assert_eq!(arrived.sample.defauts.len(), 2, "{defects}");
        let list = &shown(&frame)["vl53l8ch"]["analysis"]["defects"];
        assert_eq!(list.as_array().unwrap().len(), 2, "{defects}");
    }
    let placed = incoming(&with(|v| {
        v["fusion"]["combined_defects"] = json!([{"type": "t", "pos": [2, 4]}])
    }))
    .sample;
    assert_eq!(
        (placed.defauts[0].x, placed.defauts[0].y),
        (Some(4.0), Some(2.0))
    );
}

#[test]
fn five_defects_in_all_are_to_be_verified_also_when_the_station_does_not_combine_them() {
    let frame = with(|v| {
        v["vl53l8ch"]["defects"] = json!(["a", "b", "c"]);
        v["as7341"]["defects"] = json!(["d", "e"]);
    });
    assert_eq!(incoming(&frame).sample.quality.doubts, [Doubt::ManyDefects]);
    assert_eq!(
        strictly(&frame).sample.quality.final_grade,
        Some(Grade::Reject)
    );
}

#[test]
fn what_is_missing_or_null_is_not_invented() {
    let frame = with(|v| {
        v["as7341"] = Value::Null;
        v.as_object_mut().unwrap().remove("fusion");
        v["vl53l8ch"]["distance_matrix"] = Value::Null;
        v["vl53l8ch"]["volume_mm3"] = Value::Null;
    });
    let sample = incoming(&frame).sample;
    assert_eq!(
        (sample.quality.final_score, sample.quality.final_grade),
        (None, None)
    );
    assert_eq!(
        (sample.quality.masse_foie_g, sample.station_grade),
        (None, None)
    );
    let shown = shown(&frame);
    assert_eq!(shown["as7341"], Value::Null);
    assert_eq!(
        shown["vl53l8ch"]["analysis"]["avg_distance_mm"],
        Value::Null
    );
    assert_eq!(shown["fusion"]["final_grade"], Value::Null);
    let nothing = json!({"sample_id": "x", "device_id": "d", "vl53l8ch": null});
    assert!(complaint(&nothing).starts_with("field `vl53l8ch` is missing or empty"));
}

#[test]
fn a_matrix_may_be_flat_or_hold_numbers_as_texts_and_must_be_8_by_8() {
    for good in [
        rows(json!(12), 8, 8),
        json!(vec![12; 64]),
        rows(json!("12"), 8, 8),
    ] {
        let frame = shown(&with(|v| v["vl53l8ch"]["distance_matrix"] = good.clone()));
        assert_eq!(
            frame["vl53l8ch"]["raw"]["distance_matrix"],
            rows(json!(12), 8, 8),
            "{good}"
        );
    }
    for wrong in [
        rows(json!(1), 8, 7),
        rows(json!(1), 7, 8),
        json!(vec![1; 63]),
        json!("x"),
        rows(json!(null), 8, 8),
    ] {
        let said = complaint(&with(|v| v["vl53l8ch"]["distance_matrix"] = wrong.clone()));
        assert_eq!(
            said, "field `vl53l8ch.distance_matrix` must be a matrix of 8 × 8 numbers",
            "{wrong}"
        );
    }
}

#[test]
fn the_type_may_be_absent_and_the_time_naive_a_number_or_absent() {
    let time = |value: Value| {
        incoming(&with(|v| v["timestamp"] = value))
            .sample
            .time
            .to_string()
    };
    assert_eq!(time(json!("2026-11-22T05:01:43")), "2026-11-22T05:01:43Z");
    assert_eq!(time(json!(1795323703)), "2026-11-22T05:01:43Z");
    assert_eq!(time(Value::Null), now().to_string());
    let untyped = with(|v| {
        v.as_object_mut().unwrap().remove("type");
    });
    assert!(matches!(message(&untyped), Ok(SensorMessage::Sample(_))));
}

#[test]
fn a_lot_is_a_code_or_a_number() {
    let lot = |fields: Value| {
        incoming(&with(|v| {
            v.as_object_mut()
                .unwrap()
                .extend(fields.as_object().unwrap().clone())
        }))
        .lot
    };
    assert_eq!(lot(json!({})), LotReference::Nothing);
    assert_eq!(
        lot(json!({"code_lot": "LL2611001", "lot_id": 7})),
        LotReference::Code("LL2611001".to_owned())
    );
    assert_eq!(
        lot(json!({"code_lot": null, "lot_id": "7"})),
        LotReference::Id(7)
    );
    assert_eq!(
        lot(json!({"lot_id": "LL2611001"})),
        LotReference::Code("LL2611001".to_owned())
    );
}

#[test]
fn hello_heartbeat_and_ping_are_told_apart() {
    let hello = message(
        &json!({"type": "esp32_hello", "device_id": "ESP32_MT_01", "ip_address": "10.0.0.1"}),
    )
    .unwrap();
    let SensorMessage::Hello(report) = hello else {
        panic!("{hello:?}")
    };
    assert_eq!(
        (report.site, report.ip_address.as_deref()),
        (Some(Site::Mt), Some("10.0.0.1"))
    );
    assert_eq!(
        message(&json!({"type": "heartbeat"})),
        Ok(SensorMessage::Heartbeat(None))
    );
    assert_eq!(
        message(&json!({"type": "ping", "x": 1})),
        Ok(SensorMessage::Ping)
    );
    assert!(complaint(&json!({"type": "pong"})).starts_with("field `type` must be one of"));
}

#[test]
fn every_unusable_field_is_named() {
    for (path, value, field) in [
        ("/sample_id", Value::Null, "sample_id"),
        ("/device_id", json!(" "), "device_id"),
        ("/device_id", json!("a\u{0}b"), "device_id"),
        ("/timestamp", json!("hier"), "timestamp"),
        ("/vl53l8ch", json!([1]), "vl53l8ch"),
        ("/vl53l8ch/volume_mm3", json!("gros"), "vl53l8ch.volume_mm3"),
        ("/fusion/final_score", json!({}), "fusion.final_score"),
        ("/as7341/channels/NIR", json!([]), "channels.NIR"),
    ] {
        let said = complaint(&with(|v| *v.pointer_mut(path).unwrap() = value.clone()));
        assert!(
            said.starts_with(&format!("field `{field}` ")),
            "{path}: {said}"
        );
    }
}

#[test]
fn what_no_client_could_read_is_refused_before_it_is_passed_on() {
    let text = valid().to_string();
    let nan = text.replace("0.86", "NaN");
    let said = parse(&nan, &rules_of_tests(), now())
        .unwrap_err()
        .to_string();
    assert_eq!(said, "field `final_score` must be a finite number, not NaN");
    for (part, hostile) in [
        ("\"Grade A - Bien\"", "\"\\ud800\""),
        ("700000", "1e999"),
        (
            "\"Grade A - Bien\"",
            &format!("{}1{}", "[".repeat(200), "]".repeat(200)),
        ),
    ] {
        let text = text.replace(part, hostile);
        assert!(parse(&text, &rules_of_tests(), now()).is_err(), "{hostile}");
    }
}
