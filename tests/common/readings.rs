//! Messages of a producer.

use serde_json::{Value, json};

/// A valid message of `/ws/gavage`.
pub fn reading(code_lot: &str, gaveur_id: i32, jour: i32, moment: &str) -> Value {
    json!({
        "code_lot": code_lot, "gaveur_id": gaveur_id, "gaveur_nom": "Jean Martin", "site": &code_lot[..2], "genetique": "Mulard",
        "jour": jour, "moment": moment, "dose_theorique": 400.0, "dose_reelle": 402.5, "poids_moyen": 5000.5,
        "nb_canards_vivants": 1000, "taux_mortalite": 0.5, "temperature_stabule": 21.5, "humidite_stabule": 60.0,
        "timestamp": "2026-11-22T05:21:25.588990",
    })
}

/// A valid message with these fields replaced or added.
pub fn with(mut message: Value, fields: Value) -> Value {
    for (field, value) in fields.as_object().unwrap() {
        message[field] = value.clone();
    }
    message
}

/// Number of meals that a lot can have: its days are −1 to 30.
const MEALS: i32 = 60;

/// The `number`-th meal of a lot. Numbers beyond a lot's meals give those of further lots whose codes have the same beginning.
pub fn meal(code_lot: &str, gaveur_id: i32, number: i32) -> Value {
    if number >= MEALS {
        let code = format!("{code_lot}-{}", number / MEALS);
        return meal(&code, gaveur_id, number % MEALS);
    }
    let moment = if number % 2 == 0 { "matin" } else { "soir" };
    // A weight that does not grow would raise alerts.
    let poids_moyen = 5000.5 + 30.0 * f64::from(number);
    let meal = reading(code_lot, gaveur_id, number / 2, moment);
    with(meal, json!({"poids_moyen": poids_moyen}))
}

/// Readings in the shape of the recorded frames of a real simulator: two lots, 15 days, two meals a day.
pub fn two_lots() -> Vec<Value> {
    let meals =
        (0..30).flat_map(|number| [meal("LS2611001", 2, number), meal("LL2611002", 4, number)]);
    meals.collect()
}
