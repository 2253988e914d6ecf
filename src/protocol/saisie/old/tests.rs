use super::*;
use crate::protocol::input::rules_of_tests;
use serde_json::json;

/// What the page sends in the evening: it makes weights up, and has 0 for what is not filled in.
fn body() -> Value {
    json!({
        "lot_id": 7, "date_gavage": "2026-11-22", "dose_matin": 0, "dose_soir": 410, "heure_gavage_matin": "08:00",
        "heure_gavage_soir": "18:30", "nb_canards_peses": 10, "poids_echantillon": [4900, 5100], "temperature_stabule": 21,
        "humidite_stabule": 0, "suit_courbe_theorique": true, "mortalite_jour": 2, "remarques": "",
    })
}

fn with(fields: Value) -> Value {
    let mut body = body();
    for (name, value) in fields.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

fn read(body: &Value) -> Result<Saisie, String> {
    let rules = rules_of_tests();
    let arrival = Arrival {
        cle: None,
        rules: &rules,
        now: "2026-11-22T19:00:00Z".parse().unwrap(),
    };
    let day = day(&body.to_string(), None).map_err(|fault| fault.to_string())?;
    let begun = jiff::civil::date(2026, 11, 20);
    day.of_lot(begun, "otherwise".to_owned(), arrival)
        .map_err(|fault| fault.to_string())
}

#[test]
fn an_evening_is_one_meal_and_the_morning_that_is_zero_none() {
    let saisie = read(&body()).unwrap();
    assert_eq!((saisie.repas.len(), saisie.cle.as_str()), (1, "otherwise"));
    let meal = &saisie.repas[0];
    assert_eq!(meal.position(), (2, Moment::Soir));
    assert_eq!(meal.heure, "2026-11-22T18:30:00Z".parse().unwrap());
    assert_eq!(meal.deaths, Deaths::OfDay(2));
    assert_eq!(meal.temperature_c, Written::Value(Some(21.0)));
    assert_eq!(meal.humidite_pct, Written::Nothing);
    assert_eq!(
        meal.poids_g,
        Written::Nothing,
        "weights that nobody measured"
    );
}

#[test]
fn of_both_meals_the_last_one_has_what_was_measured() {
    let measured =
        json!({"dose_matin": 400, "pesee": true, "raison_ecart": "chaleur", "cle": "0123456789"});
    let saisie = read(&with(measured)).unwrap();
    let [morning, evening] = &saisie.repas[..] else {
        panic!("{saisie:?}")
    };
    assert_eq!(morning.deaths, Deaths::AsBefore);
    assert_eq!(morning.temperature_c, Written::Nothing);
    assert_eq!(morning.remarks.raison_ecart.as_deref(), Some("chaleur"));
    assert_eq!(evening.poids_g, Written::Value(Some(5_000.0)));
    assert_eq!(evening.nb_peses, Some(10));
    assert_eq!(evening.poids_ecart_type_g.map(f64::round), Some(141.0));
    assert_eq!(saisie.cle, "0123456789");
}

#[test]
fn a_skipped_meal_is_one_of_zero_grams() {
    let skipped = json!({"dose_soir": 0, "repas_saute": ["soir"], "raison_ecart": "malades"});
    let saisie = read(&with(skipped)).unwrap();
    assert_eq!(saisie.repas[0].dose_g, 0.0);
}

#[test]
fn what_cannot_be_used_is_named() {
    for (fields, field) in [
        (json!({"lot_id": null}), "lot_id"),
        (json!({"date_gavage": "hier"}), "date_gavage"),
        (json!({"date_gavage": "2026-11-18"}), "date_gavage"),
        (json!({"date_gavage": "2027-11-18"}), "date_gavage"),
        (json!({"dose_soir": 0}), "dose_matin"),
        (json!({"dose_soir": "beaucoup"}), "dose_soir"),
        (json!({"heure_gavage_soir": null}), "heure_gavage_soir"),
        (json!({"heure_gavage_soir": "le soir"}), "heure_gavage_soir"),
        (
            json!({"pesee": true, "poids_echantillon": [100]}),
            "poids_echantillon",
        ),
        (
            json!({"pesee": true, "poids_echantillon": "5000"}),
            "poids_echantillon",
        ),
        (json!({"mortalite_jour": -1}), "mortalite_jour"),
        (json!({"temperature_stabule": 99}), "temperature_stabule"),
        (json!({"repas_saute": ["midi"]}), "repas_saute"),
        (json!({"repas_saute": ["soir"]}), "repas_saute"),
    ] {
        let complaint = read(&with(fields.clone())).unwrap_err();
        let named = complaint.starts_with(&format!("field `{field}`"));
        assert!(named, "{fields}: {complaint}");
    }
}
