use super::*;
use crate::protocol::input::rules_of_tests;
use serde_json::{Value, json};

fn valid() -> Value {
    json!({"code_lot": "LL2611002", "gaveur_id": 4, "gaveur_nom": "Marie Petit", "site": "LL", "genetique": "Mulard",
        "jour": 0, "moment": "matin", "dose_theorique": 200.0, "dose_reelle": 205.3, "poids_moyen": 4626.7,
        "nb_canards_vivants": 55, "taux_mortalite": 0.0, "temperature_stabule": 23.0, "humidite_stabule": 66.0,
        "timestamp": "2026-11-22T05:21:25.650786"})
}

fn with(field: &str, value: Value) -> Value {
    let mut message = valid();
    message[field] = value;
    message
}

fn read(text: &str) -> Result<GavageMessage, BadMessage> {
    parse(
        text,
        &rules_of_tests(),
        "2026-11-22T06:00:00Z".parse().unwrap(),
    )
}

fn parsed(message: &Value) -> Result<Vec<Reading>, BadMessage> {
    read(&message.to_string()).map(GavageMessage::into_readings)
}

fn complaint(text: &str) -> String {
    read(text).unwrap_err().to_string()
}

#[test]
fn numeric_strings_and_whole_floats_are_numbers() {
    let mut message = valid();
    message["gaveur_id"] = json!("4");
    message["nb_canards_vivants"] = json!(48.0);
    message["dose_reelle"] = json!(205);
    message["poids_moyen"] = json!(" 4626.7 ");
    let reading = parsed(&message).unwrap().remove(0);
    assert_eq!(
        (reading.gaveur_id, reading.nb_canards_vivants),
        (4, Some(48))
    );
    assert_eq!(
        (reading.dose_reelle, reading.poids_moyen),
        (205.0, Some(4626.7))
    );
}

#[test]
fn a_null_measure_is_not_measured_and_a_null_identity_is_refused() {
    assert_eq!(
        parsed(&with("poids_moyen", Value::Null)).unwrap()[0].poids_moyen,
        None
    );
    for field in [
        "code_lot",
        "gaveur_id",
        "jour",
        "moment",
        "site",
        "dose_reelle",
        "timestamp",
    ] {
        let complaint = parsed(&with(field, Value::Null)).unwrap_err().to_string();
        assert_eq!(complaint, format!("field `{field}` must not be null"));
    }
}

#[test]
fn minus_one_hundredth_and_the_text_nan_mean_not_measured() {
    let measured = |field: &str, value: Value| {
        let reading = parsed(&with(field, value)).unwrap().remove(0);
        let frame = crate::protocol::frames::reading_data(&reading);
        serde_json::from_slice::<Value>(&frame).unwrap()[field].take()
    };
    for field in [
        "poids_moyen",
        "dose_theorique",
        "taux_mortalite",
        "temperature_stabule",
        "humidite_stabule",
        "nb_canards_vivants",
    ] {
        for value in [
            json!(-0.01),
            json!("-0.01"),
            json!(-0.009_999_999_776_482_582),
            json!("nan"),
            json!(" NaN "),
        ] {
            assert_eq!(
                measured(field, value.clone()),
                Value::Null,
                "{field} {value}"
            );
        }
    }
}

#[test]
fn a_weight_of_zero_was_not_measured_and_a_dose_or_a_mortality_of_zero_was() {
    for field in [
        "poids_moyen",
        "dose_theorique",
        "temperature_stabule",
        "humidite_stabule",
    ] {
        for zero in [json!(0), json!(0.0), json!("0"), json!(-0.0)] {
            let reading = parsed(&with(field, zero)).unwrap().remove(0);
            let measures = [
                reading.poids_moyen,
                reading.dose_theorique,
                reading.temperature_stabule,
                reading.humidite_stabule,
            ];
            assert_eq!(measures.iter().flatten().count(), 3, "{field}");
        }
    }
    let refused = parsed(&with("dose_reelle", json!(0))).unwrap().remove(0);
    assert_eq!(refused.dose_reelle, 0.0);
    let nobody = parsed(&with("taux_mortalite", json!(0))).unwrap().remove(0);
    assert_eq!(nobody.taux_mortalite, Some(0.0));
}

#[test]
fn every_missing_field_is_named() {
    for field in valid().as_object().unwrap().keys() {
        let mut message = valid();
        message.as_object_mut().unwrap().remove(field);
        assert_eq!(
            parsed(&message).unwrap_err().to_string(),
            format!("field `{field}` is missing")
        );
    }
}

#[test]
fn every_value_out_of_its_range_is_named() {
    let wrong = [
        ("code_lot", json!("")),
        ("code_lot", json!("A\u{0}B")),
        ("code_lot", json!(12)),
        ("code_lot", json!("L".repeat(65))),
        ("gaveur_id", json!("trois")),
        ("gaveur_id", json!(1.5)),
        ("gaveur_id", json!(3e9)),
        ("gaveur_id", json!(true)),
        ("site", json!("XX")),
        ("site", json!(["LL"])),
        ("jour", json!(-2)),
        ("jour", json!(31)),
        ("jour", json!(3650)),
        ("correction", json!("peut-être")),
        ("jour", json!(0.5)),
        ("moment", json!("midi")),
        ("dose_theorique", json!(-1)),
        ("dose_reelle", json!(-0.01)),
        ("dose_reelle", json!("NaN")),
        ("dose_reelle", json!({})),
        ("poids_moyen", json!(-4000)),
        ("nb_canards_vivants", json!(-1)),
        ("nb_canards_vivants", json!(12.5)),
        ("taux_mortalite", json!(100.1)),
        ("taux_mortalite", json!(-1)),
        ("humidite_stabule", json!(101)),
        ("temperature_stabule", json!("chaud")),
        ("timestamp", json!("hier")),
        ("timestamp", json!("2000-01-01T00:00:12")),
        ("timestamp", json!("2037-12-31T00:00:00Z")),
        ("timestamp", json!("2026-11-22T05:21:25[Mars/Olympus]")),
        ("timestamp", json!(1764000000)),
        ("pret_abattage", json!("peut-être")),
    ];
    for (field, value) in wrong {
        let complaint = parsed(&with(field, value.clone())).unwrap_err().to_string();
        assert!(
            complaint.starts_with(&format!("field `{field}` ")),
            "{field}={value}: {complaint}"
        );
    }
}

#[test]
fn a_bare_nan_or_infinity_is_refused_and_its_field_named() {
    let text = valid().to_string();
    let nan = text.replace("4626.7", "NaN");
    assert_eq!(
        complaint(&nan),
        "field `poids_moyen` must be a finite number, not NaN"
    );
    let infinite = text.replace("205.3", "-Infinity");
    assert_eq!(
        complaint(&infinite),
        "field `dose_reelle` must be a finite number, not -Infinity"
    );
}

#[test]
fn what_is_not_an_object_is_refused() {
    for text in [
        "",
        "{",
        "null",
        "12",
        "\"x\"",
        "true",
        "[]",
        "[1]",
        "[[]]",
        "{\"a\":1e999}",
        "\u{feff}{}",
    ] {
        assert!(read(text).is_err(), "{text}");
    }
    let nested = "[".repeat(10_000);
    assert!(read(&nested).is_err());
}

#[test]
fn a_fault_in_a_batch_names_the_element_and_the_field() {
    let batch = json!([valid(), with("jour", json!("demain"))]);
    assert!(complaint(&batch.to_string()).starts_with("field `[1].jour` "));
}

#[test]
fn an_old_reading_is_taken_and_marked_and_a_recent_one_is_not() {
    let marked = |text: &str| {
        let reading = parsed(&with("timestamp", json!(text))).unwrap().remove(0);
        reading.horodatage.douteux
    };
    assert!(marked("2024-01-05T07:00:00+01:00"));
    assert!(!marked("2026-11-22T05:21:25"));
}

#[test]
fn unknown_keys_are_ignored() {
    assert!(parsed(&with("couleur", json!({"jaune": [1, 2]}))).is_ok());
}
