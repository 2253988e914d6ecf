//! In which shapes a message is read, and what is said of one that cannot be.

use super::*;

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
