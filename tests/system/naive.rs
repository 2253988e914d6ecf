//! Alerts, history and weekly report of a feed, computed in the slow and obvious way from the messages and the contract alone.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// One episode as stored.
#[derive(Debug, Clone, PartialEq, PartialOrd)]
pub struct Alert {
    pub code_lot: String,
    pub kind: String,
    pub levee_le: Timestamp,
    pub severite: String,
    pub mesure: f64,
    pub fermee_le: Option<Timestamp>,
    pub gaveur_id: i64,
}

/// Kinds of alerts that meals raise.
const KINDS: [&str; 6] = [
    "ecart_dose",
    "mortalite",
    "temperature",
    "humidite",
    "poids_repas",
    "gain_moyen",
];

/// Rank of the severity by the domain's table: 0 none, 1 info, 2 warning, 3 critical; `None` if not measured.
fn rank(kind: &str, message: &Value, weights: &Weights) -> (Option<f64>, i32) {
    let number = |field: &str| message[field].as_f64();
    let measured = match kind {
        "ecart_dose" => number("dose_theorique")
            .map(|planned| (number("dose_reelle").unwrap() - planned) * 100.0 / planned),
        "mortalite" => number("taux_mortalite"),
        "temperature" => number("temperature_stabule"),
        "humidite" => number("humidite_stabule"),
        "poids_repas" => loss(message, weights),
        _ => gain(message, weights),
    };
    let Some(value) = measured else {
        return (None, 0);
    };
    let (given, planned) = (
        number("dose_reelle").unwrap(),
        number("dose_theorique").unwrap_or(1.0),
    );
    // Compares doses instead of quotients, which are inexact: 420 g of 400 g is 5 %.
    let off = |percent: f64| (given - planned).abs() * 100.0 >= percent * planned;
    let conditions = match kind {
        "ecart_dose" => [
            off(5.0),
            off(10.0),
            off(25.0) || given * 10.0 <= planned * 7.0,
        ],
        "mortalite" => [false, value >= 3.0, value >= 5.0],
        "temperature" => [
            false,
            value <= 18.0 || value >= 25.0,
            value <= 15.0 || value >= 28.0,
        ],
        "humidite" => [false, value <= 50.0 || value >= 75.0, false],
        "poids_repas" => [false, value <= -79.999, value <= -149.999],
        _ => [false, value <= 50.001, value <= 30.001],
    };
    let rank = (0..3)
        .rev()
        .find(|at| conditions[*at])
        .map_or(0, |at| at as i32 + 1);
    (Some(value), rank)
}

/// The latest weight of each meal of a lot.
type Weights = BTreeMap<(i64, bool), Option<f64>>;

/// Change since the last weighed meal within three days.
fn loss(message: &Value, weights: &Weights) -> Option<f64> {
    let now = message["poids_moyen"].as_f64()?;
    let (jour, soir) = position(message);
    let before = weights.range((jour - 3, soir)..(jour, soir)).rev();
    Some(now - before.into_iter().find_map(|(_, weight)| *weight)?)
}

/// Gain since the same meal three days before.
fn gain(message: &Value, weights: &Weights) -> Option<f64> {
    let now = message["poids_moyen"].as_f64()?;
    let (jour, soir) = position(message);
    Some((now - (*weights.get(&(jour - 3, soir))?)?) / 3.0)
}

fn position(message: &Value) -> (i64, bool) {
    (
        message["jour"].as_i64().unwrap(),
        message["moment"] == "soir",
    )
}

fn time(message: &Value) -> Timestamp {
    message["timestamp"].as_str().unwrap().parse().unwrap()
}

fn lot_of(message: &Value) -> &str {
    message["code_lot"].as_str().unwrap()
}

/// Processes the feed message by message: a message behind the front of its lot is a late correction and raises nothing.
pub fn alerts(feed: &[Value]) -> Vec<Alert> {
    let mut front = BTreeMap::new();
    let mut weighed: BTreeMap<&str, Weights> = BTreeMap::new();
    let mut ended: BTreeMap<(&str, &str), (i64, bool)> = BTreeMap::new();
    let mut open: BTreeMap<(&str, &str), Alert> = BTreeMap::new();
    let mut closed = Vec::new();
    for message in feed {
        let lot = lot_of(message);
        let weights = weighed.entry(lot).or_default();
        weights.insert(position(message), message["poids_moyen"].as_f64());
        let reached = front.entry(lot).or_insert(position(message));
        if position(message) < *reached {
            continue;
        }
        *reached = position(message);
        for kind in KINDS {
            let ranked = rank(kind, message, weights);
            // Another message about the meal that ended an alert, or that raised and ended it, reopens it.
            if ranked.1 > 0 && ended.get(&(lot, kind)) == Some(&position(message)) {
                let last = closed
                    .iter()
                    .rposition(|alert: &Alert| alert.code_lot == lot && alert.kind == kind);
                let mut again = closed.remove(last.unwrap());
                again.fermee_le = None;
                ended.remove(&(lot, kind));
                open.insert((lot, kind), again);
            }
            match (ranked, open.get_mut(&(lot, kind))) {
                ((None, _), _) | ((_, 0), None) => {}
                ((Some(_), 0), Some(alert)) => {
                    alert.fermee_le = Some(time(message).max(alert.levee_le));
                    ended.insert((lot, kind), position(message));
                    closed.extend(open.remove(&(lot, kind)));
                }
                ((Some(mesure), rank), Some(alert)) => {
                    let word = ["", "info", "warning", "critical"][rank as usize];
                    let worse = ["info", "warning", "critical"]
                        .iter()
                        .skip_while(|known| **known != alert.severite)
                        .skip(1);
                    if worse.into_iter().any(|worse| *worse == word) {
                        (alert.severite, alert.mesure) = (word.to_owned(), mesure);
                    }
                }
                ((Some(mesure), rank), None) => {
                    let severite = ["", "info", "warning", "critical"][rank as usize].to_owned();
                    let gaveur_id = message["gaveur_id"].as_i64().unwrap();
                    let (code_lot, kind_) = (lot.to_owned(), kind.to_owned());
                    let alert = Alert {
                        code_lot,
                        kind: kind_,
                        levee_le: time(message),
                        severite,
                        mesure,
                        fermee_le: None,
                        gaveur_id,
                    };
                    open.insert((lot, kind), alert);
                }
            }
        }
    }
    closed.extend(open.into_values());
    closed.sort_by(|a, b| a.partial_cmp(b).unwrap());
    closed
}

/// The latest version of each meal, with the time of the first.
pub fn meals(feed: &[Value]) -> Vec<Value> {
    let mut meals: BTreeMap<_, Value> = BTreeMap::new();
    for message in feed {
        let key = (lot_of(message), position(message));
        let filed = meals
            .get(&key)
            .map_or(message["timestamp"].clone(), |known| {
                known["timestamp"].clone()
            });
        let mut meal = message.clone();
        meal["timestamp"] = filed;
        meals.insert(key, meal);
    }
    meals.into_values().collect()
}

fn one_decimal(value: f64) -> Value {
    json!((value * 10.0).round() / 10.0 + 0.0)
}

/// Elements of the history of a gaveur, newest first, by the fields that depend on the feed.
pub fn history(feed: &[Value], gaveur_id: i32) -> Vec<Value> {
    let meals = meals(feed);
    let of_day = |lot: &str, jour: i64| -> Vec<&Value> {
        meals
            .iter()
            .filter(|meal| lot_of(meal) == lot && meal["jour"] == jour)
            .collect()
    };
    let weight = |day: &[&Value]| {
        day.iter()
            .rev()
            .find_map(|meal| meal["poids_moyen"].as_f64())
    };
    let days: BTreeSet<_> = meals
        .iter()
        .filter(|meal| meal["gaveur_id"] == gaveur_id)
        .map(|meal| (lot_of(meal), position(meal).0))
        .collect();
    let mut elements: Vec<_> = days.iter().map(|&(lot, jour)| {
        let day = of_day(lot, jour);
        let before = days.iter().filter(|(other, earlier)| *other == lot && *earlier < jour).map(|(_, jour)| *jour).max();
        let gain = weight(&day).zip(before.and_then(|before| weight(&of_day(lot, before)))).map(|(now, then)| one_decimal(now - then));
        let at = |moment: &str| day.iter().find(|meal| meal["moment"] == moment);
        let field = |moment: &str, name: &str| at(moment).map_or(Value::Null, |meal| meal[name].clone());
        let ecart = |moment: &str| {
            let planned = at(moment)?["dose_theorique"].as_f64()?;
            Some(one_decimal((at(moment)?["dose_reelle"].as_f64()? - planned) / planned * 100.0))
        };
        let latest = day.iter().max_by_key(|meal| time(meal)).unwrap();
        let element = json!({"code_lot": lot, "jour": jour, "dose_matin": field("matin", "dose_reelle"), "dose_soir": field("soir", "dose_reelle"),
            "dose_theorique_matin": field("matin", "dose_theorique"), "dose_theorique_soir": field("soir", "dose_theorique"),
            "poids_matin": field("matin", "poids_moyen"), "poids_soir": field("soir", "poids_moyen"),
            "temperature_stabule": latest["temperature_stabule"], "humidite_stabule": latest["humidite_stabule"], "gain_poids": gain,
            "ecart_dose_matin": ecart("matin"), "ecart_dose_soir": ecart("soir")});
        (std::cmp::Reverse(time(latest)), lot, element)
    }).collect();
    elements.sort_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)));
    elements
        .into_iter()
        .map(|(_, _, element)| element)
        .collect()
}

/// `statistiques` and `top_performers` of the week that ends at `now`.
pub fn weekly(feed: &[Value], gaveur_id: i32, now: Timestamp) -> Value {
    let begin = now - SignedDuration::from_hours(7 * 24);
    let meals = meals(feed);
    let own = || meals.iter().filter(|meal| meal["gaveur_id"] == gaveur_id);
    let week: Vec<_> = own()
        .filter(|meal| (begin..=now).contains(&time(meal)))
        .collect();
    let lots: BTreeSet<_> = own().map(lot_of).collect();
    let heads = |lot: &&str| {
        own().rfind(|meal| lot_of(meal) == *lot).unwrap()["nb_canards_vivants"]
            .as_i64()
            .unwrap()
    };
    let gain = |lot: &&'_ str| {
        let weighed: Vec<_> = week
            .iter()
            .filter(|meal| lot_of(meal) == *lot && !meal["poids_moyen"].is_null())
            .collect();
        let (first, last) = (weighed.first()?, weighed.last()?);
        let days = last["jour"].as_f64()? - first["jour"].as_f64()?;
        (days > 0.0).then(|| {
            (
                lot.to_string(),
                (last["poids_moyen"].as_f64().unwrap() - first["poids_moyen"].as_f64().unwrap())
                    / days,
            )
        })
    };
    let mut gains: Vec<_> = lots.iter().filter_map(gain).collect();
    gains.sort_by(|a, b| b.1.total_cmp(&a.1));
    let days: BTreeSet<_> = week
        .iter()
        .map(|meal| (lot_of(meal), position(meal).0))
        .collect();
    let given: f64 = week
        .iter()
        .map(|meal| meal["dose_reelle"].as_f64().unwrap())
        .sum();
    let raised = |severity: &str| {
        alerts(feed)
            .iter()
            .filter(|alert| {
                alert.gaveur_id == i64::from(gaveur_id)
                    && alert.severite == severity
                    && (begin..=now).contains(&alert.levee_le)
            })
            .count()
    };
    json!({
        "statistiques": {"canards_actifs": lots.iter().map(heads).sum::<i64>(),
            "canards_gaves": lots.iter().filter(|lot| week.iter().any(|meal| lot_of(meal) == **lot)).map(heads).sum::<i64>(),
            "gavages_total": week.len(),
            "gain_moyen_g": one_decimal(gains.iter().map(|gain| gain.1).sum::<f64>() / gains.len().max(1) as f64),
            "dose_moyenne_g": one_decimal(given / days.len().max(1) as f64),
            "alertes_critiques": raised("critical"), "alertes_importantes": raised("warning")},
        "top_performers": gains.iter().take(3).map(|(lot, gain)| json!({"numero": lot, "gain_moyen": one_decimal(*gain)})).collect::<Vec<_>>(),
    })
}
