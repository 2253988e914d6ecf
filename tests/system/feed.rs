//! Random feeds, eventful but reproducible.

use jiff::{SignedDuration, Timestamp};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

pub const LOTS: [(&str, i32); 5] = [
    ("LL2611001", 1),
    ("LL2611002", 1),
    ("LS2611001", 2),
    ("MT2611001", 3),
    ("MT2611002", 1),
];

/// Messages of five lots over nine days that end an hour ago, in the order of sending. Some meals and measures are missing, some values
/// equal a threshold, some meals are repeated and some corrected later.
pub fn feed(seed: u64) -> Vec<Value> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let now = Timestamp::from_second(Timestamp::now().as_second()).unwrap();
    let begun = now - SignedDuration::from_hours(9 * 24 + 1);
    let mut feed: Vec<Value> = Vec::new();
    for number in 0..18 {
        for (lot, gaveur) in LOTS {
            if rng.random_bool(0.1) {
                continue;
            }
            let minutes = i64::from(number) * 720 + rng.random_range(0..60);
            let time = begun + SignedDuration::from_mins(minutes);
            feed.push(message(&mut rng, lot, gaveur, number, time));
            if rng.random_bool(0.1) {
                feed.push(feed[rng.random_range(0..feed.len())].clone());
            }
            if rng.random_bool(0.1) {
                let mut corrected = feed[rng.random_range(0..feed.len())].clone();
                corrected["dose_reelle"] = json!(one_of(&mut rng, &[400.0, 450.0, 250.0]));
                feed.push(corrected);
            }
        }
    }
    feed
}

fn message(rng: &mut ChaCha8Rng, lot: &str, gaveur: i32, number: i32, time: Timestamp) -> Value {
    let measured = |rng: &mut ChaCha8Rng, values: &[f64]| {
        if rng.random_bool(0.1) {
            Value::Null
        } else {
            json!(one_of(rng, values))
        }
    };
    json!({
        "code_lot": lot, "gaveur_id": gaveur, "gaveur_nom": format!("Gaveur {gaveur}"), "site": &lot[..2], "genetique": "Mulard",
        "jour": number / 2, "moment": if number % 2 == 0 { "matin" } else { "soir" },
        "dose_theorique": measured(rng, &[400.0]),
        "dose_reelle": one_of(rng, &[400.0, 402.5, 381.0, 380.0, 420.0, 440.0, 359.0, 500.0, 300.0, 280.0, 281.0, 100.0]),
        "poids_moyen": measured(rng, &[4000.5 + f64::from(number) * 61.3, 4100.0]),
        "nb_canards_vivants": rng.random_range(500..1000),
        "taux_mortalite": measured(rng, &[0.0, 2.9, 3.0, 4.99, 5.0, 8.0]),
        "temperature_stabule": measured(rng, &[21.0, 18.0, 18.1, 24.9, 25.0, 15.0, 28.0, 30.0]),
        "humidite_stabule": measured(rng, &[60.0, 50.0, 50.1, 75.0, 74.9, 90.0]),
        "timestamp": time.to_string(),
    })
}

fn one_of(rng: &mut ChaCha8Rng, values: &[f64]) -> f64 {
    values[rng.random_range(0..values.len())]
}
