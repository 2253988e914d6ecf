//! What is measured, claimed and judged.

use super::*;

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
