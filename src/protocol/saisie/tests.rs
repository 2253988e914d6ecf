use super::*;
use crate::{
    domain::saisie::{Deaths, Saisie},
    protocol::input::rules_of_tests,
};
use serde_json::json;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn body() -> Value {
    json!({
        "cle": "0123456789abcdef", "jour": 3, "moment": "soir", "dose_g": 402.5, "heure": "2026-11-22T18:30:00Z",
        "poids": {"moyenne_g": 5012.5, "nb": 20, "ecart_type_g": 120}, "temperature_c": 21.5, "humidite_pct": null,
        "morts": 1, "cause": "chaleur", "raison_ecart": "", "remarque": "calme\nce soir", "base": 2,
        "saisi_le": "2026-11-22T18:40:00Z", "horloge": "2026-11-22T18:50:00.400Z",
    })
}

fn read_at(body: &Value, now: &str, in_head: Option<&str>) -> Result<Saisie, BadMessage> {
    let arrival = Arrival {
        cle: in_head,
        rules: &rules_of_tests(),
        now: at(now),
    };
    meal(&body.to_string(), arrival)
}

fn read(body: &Value) -> Result<Saisie, BadMessage> {
    read_at(body, "2026-11-22T18:50:00Z", None)
}

fn with(name: &str, value: Value) -> Value {
    let mut body = body();
    body[name] = value;
    body
}

#[test]
fn every_field_of_a_meal_is_read() {
    let saisie = read(&body()).unwrap();
    let meal = &saisie.repas[0];
    assert_eq!(meal.poids_g, Written::Value(Some(5012.5)));
    assert_eq!(
        (meal.nb_peses, meal.poids_ecart_type_g),
        (Some(20), Some(120.0))
    );
    assert_eq!(meal.temperature_c, Written::Value(Some(21.5)));
    assert_eq!(meal.humidite_pct, Written::Value(None));
    assert_eq!((meal.deaths, meal.base), (Deaths::OfMeal(1), Some(2)));
    assert_eq!(meal.remarks.cause_mortalite.as_deref(), Some("chaleur"));
    assert_eq!(meal.remarks.remarques.as_deref(), Some("calme ce soir"));
    assert_eq!(meal.remarks.raison_ecart, None);
    // Parts of a second are lost on the way.
    assert_eq!(saisie.ecart_horloge, SignedDuration::ZERO);
    assert_eq!(meal.heure, at("2026-11-22T18:30:00Z"));
}

#[test]
fn the_error_of_the_clock_is_taken_out_of_the_times() {
    let saisie = read_at(&body(), "2026-11-22T17:50:01Z", None).unwrap();
    assert_eq!(saisie.ecart_horloge, -SignedDuration::from_secs(3_599));
    assert_eq!(saisie.repas[0].heure, at("2026-11-22T17:30:01Z"));
    assert_eq!(saisie.saisi_le, at("2026-11-22T17:40:01Z"));
}

#[test]
fn two_attempts_to_send_an_entry_are_the_same_whatever_the_clock_says() {
    let first = read(&body()).unwrap();
    let later = with("horloge", json!("2026-11-22T20:00:00Z"));
    let again = read_at(&later, "2026-11-22T20:00:00Z", None).unwrap();
    assert_eq!(first.corps, again.corps);
    assert_ne!(
        read(&with("dose_g", json!(402))).unwrap().corps,
        first.corps
    );
}

#[test]
fn the_key_stands_in_the_body_or_in_the_head_and_not_two_of_them() {
    let keyless = with("cle", Value::Null);
    let now = "2026-11-22T18:50:00Z";
    let of_head = read_at(&keyless, now, Some("\"fedcba9876543210\"")).unwrap();
    assert_eq!(of_head.cle, "fedcba9876543210");
    for (body, head) in [
        (keyless, None),
        (body(), Some("fedcba9876543210")),
        (with("cle", json!("short")), None),
        (with("cle", json!("with a blank in it")), None),
    ] {
        let fault = read_at(&body, now, head).unwrap_err();
        assert_eq!(fault.field(), Some("cle"), "{fault}");
    }
}

#[test]
fn what_cannot_be_used_is_named() {
    for (name, value, field) in [
        ("jour", json!(-2), "jour"),
        ("jour", json!(1.5), "jour"),
        ("moment", json!("midi"), "moment"),
        ("dose_g", Value::Null, "dose_g"),
        ("dose_g", json!("beaucoup"), "dose_g"),
        ("heure", json!("18:30"), "heure"),
        ("heure", json!("2019-11-22T18:30:00Z"), "heure"),
        ("poids", json!({"moyenne_g": 2999}), "poids.moyenne_g"),
        ("poids", json!({"nb": 3}), "poids.moyenne_g"),
        ("poids", json!([5000]), "poids"),
        ("temperature_c", json!(46), "temperature_c"),
        ("humidite_pct", json!(101), "humidite_pct"),
        ("morts", json!(-1), "morts"),
        ("morts", json!(0.5), "morts"),
        ("base", json!("deux"), "base"),
        ("horloge", Value::Null, "horloge"),
        ("saisi_le", json!(12), "saisi_le"),
        ("confirmer", json!("oui"), "confirmer"),
        ("remarque", json!("x".repeat(2_001)), "remarque"),
    ] {
        let fault = read(&with(name, value.clone())).unwrap_err();
        assert_eq!(fault.field(), Some(field), "{name} {value}: {fault}");
        assert!(fault.to_string().contains(field), "{fault}");
    }
}
