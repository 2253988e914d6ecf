//! History and weekly report of random feeds, computed in memory in the slow and obvious way.

use crate::{
    feed::{Fed, ago, fed},
    support::paris,
};
use jiff::{SignedDuration, Timestamp};
use rand::{Rng, RngExt, SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// A few lots of three gaveurs over some 20 days around the edge of the report's window, in the order of arrival; some meals and measures
/// are missing.
pub fn random_feed(seed: u64) -> Vec<Fed> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut meals = Vec::new();
    for number in 0..rng.random_range(3..9) {
        let site = ["LL", "LS", "MT"][rng.random_range(0..3)];
        let code_lot = format!("{site}2601{number:03}");
        meals.extend(random_lot(&mut rng, &code_lot));
    }
    meals.shuffle(&mut rng);
    meals
}

fn random_lot(rng: &mut impl Rng, code_lot: &str) -> Vec<Fed> {
    let gaveur_id = rng.random_range(1..4);
    // Real and simulated meals never share a lot.
    let simule = rng.random_bool(0.02);
    let begun = ago(SignedDuration::from_mins(
        rng.random_range(15 * 1440..18 * 1440),
    ));
    let mut meals = Vec::new();
    let missed = [0.0, 0.1][rng.random_range(0..2)];
    for jour in -1..rng.random_range(0..14) {
        for (moment, hour) in [("matin", 7), ("soir", 18)] {
            if rng.random_bool(missed) {
                continue;
            }
            let minutes = i64::from(jour) * 1440 + hour * 60 + rng.random_range(0..40);
            let mut meal = fed(
                code_lot,
                jour,
                moment,
                begun + SignedDuration::from_mins(minutes),
            );
            meal.gaveur_id = gaveur_id;
            meal.simule = simule;
            randomise(rng, &mut meal);
            meals.push(meal);
        }
    }
    meals
}

/// Measures are multiples of a quarter, whose sums are exact in any order.
fn randomise(rng: &mut impl Rng, meal: &mut Fed) {
    let dose = f64::from(rng.random_range(400..1000)) / 2.0;
    meal.dose_reelle = dose;
    meal.dose_theorique = rng.random_bool(0.9).then_some((dose * 1.03).round());
    meal.poids_moyen = rng
        .random_bool(0.8)
        .then(|| f64::from(rng.random_range(16_000..24_000)) / 4.0);
    meal.nb_canards_vivants = rng.random_bool(0.9).then(|| rng.random_range(200..2000));
    meal.taux_mortalite = rng
        .random_bool(0.8)
        .then(|| f64::from(rng.random_range(0..20)) / 4.0);
    meal.temperature_stabule = rng
        .random_bool(0.8)
        .then(|| f64::from(rng.random_range(60..120)) / 4.0);
    meal.humidite_stabule = rng
        .random_bool(0.8)
        .then(|| f64::from(rng.random_range(160..360)) / 4.0);
}

fn rounded(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

type Days<'a> = BTreeMap<(&'a str, i32), BTreeMap<&'static str, (&'a Fed, i64)>>;

/// `meals` with their stored ids, by (lot, jour) and moment.
fn days_of<'a>(meals: &'a [Fed], ids: &[i64]) -> Days<'a> {
    let mut days = Days::new();
    for (meal, id) in meals.iter().zip(ids) {
        let day = days.entry((meal.code_lot.as_str(), meal.jour));
        day.or_default().insert(meal.moment, (meal, *id));
    }
    days
}

/// The expected history of `gaveur_id`, without its lot ids.
pub fn history(meals: &[Fed], ids: &[i64], gaveur_id: i32, limit: usize) -> Vec<Value> {
    let days = days_of(meals, ids);
    let mut elements: Vec<_> = days
        .iter()
        .filter(|(_, day)| day.values().any(|(meal, _)| meal.gaveur_id == gaveur_id))
        .map(|((code_lot, jour), day)| {
            let latest = day.values().map(|(meal, _)| *meal).max_by_key(|meal| (meal.time, meal.moment)).unwrap();
            let previous = days.range((*code_lot, i32::MIN)..(*code_lot, *jour)).next_back().map(|(_, day)| day);
            let of = |moment: &str| day.get(moment).map(|(meal, _)| *meal);
            let gain = weight(day).zip(previous.and_then(weight)).map(|(now, before)| rounded(now - before));
            let element = json!({
                "id": day.values().map(|(_, id)| *id).min(), "time": latest.time.to_string(), "code_lot": code_lot, "jour": jour,
                "dose_matin": of("matin").map(|m| m.dose_reelle), "dose_soir": of("soir").map(|m| m.dose_reelle),
                "dose_theorique_matin": of("matin").and_then(|m| m.dose_theorique),
                "dose_theorique_soir": of("soir").and_then(|m| m.dose_theorique),
                "heure_gavage_matin": of("matin").map(clock), "heure_gavage_soir": of("soir").map(clock),
                "poids_matin": of("matin").and_then(|m| m.poids_moyen), "poids_soir": of("soir").and_then(|m| m.poids_moyen),
                "temperature_stabule": latest.temperature_stabule, "humidite_stabule": latest.humidite_stabule,
                "gain_poids": gain,
                "ecart_dose_matin": of("matin").and_then(ecart), "ecart_dose_soir": of("soir").and_then(ecart),
                "lot_mais_id": 0, "remarques": null,
            });
            ((std::cmp::Reverse(latest.time), code_lot.to_owned(), -jour), element)
        })
        .collect();
    elements.sort_by(|a, b| a.0.cmp(&b.0));
    elements
        .into_iter()
        .map(|(_, element)| element)
        .take(limit)
        .collect()
}

fn weight(day: &BTreeMap<&'static str, (&Fed, i64)>) -> Option<f64> {
    let of = |moment: &str| day.get(moment)?.0.poids_moyen;
    of("soir").or(of("matin"))
}

fn ecart(meal: &Fed) -> Option<f64> {
    let planned = meal.dose_theorique?;
    Some(rounded((meal.dose_reelle - planned) / planned * 100.0))
}

fn clock(meal: &Fed) -> String {
    let local = meal.time.to_zoned(paris());
    format!(
        "{:02}:{:02}:{:02}",
        local.hour(),
        local.minute(),
        local.second()
    )
}

/// The expected `statistiques` and `top_performers` for the week that ends at `now`, without the alerts.
pub fn weekly(meals: &[Fed], gaveur_id: i32, now: Timestamp) -> (Value, Value) {
    let week = now - SignedDuration::from_hours(168);
    let own: Vec<_> = meals.iter().filter(|m| m.gaveur_id == gaveur_id).collect();
    let recent: Vec<_> = own
        .iter()
        .copied()
        .filter(|m| m.time >= week && m.time <= now)
        .collect();
    let mut gains = gains(&recent);
    gains.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(b.0)));
    let days: BTreeSet<_> = recent.iter().map(|m| (&m.code_lot, m.jour)).collect();
    let given: f64 = recent.iter().map(|m| m.dose_reelle).sum();
    let statistiques = json!({
        "canards_actifs": heads(&own, |_| true),
        "canards_gaves": heads(&own, |lot| recent.iter().any(|m| m.code_lot == lot)),
        "gavages_total": recent.len(),
        "gain_moyen_g": rounded(gains.iter().map(|g| g.1).sum::<f64>() / gains.len().max(1) as f64),
        "dose_moyenne_g": rounded(given / days.len().max(1) as f64),
    });
    let top: Vec<_> = gains
        .iter()
        .take(3)
        .map(|(lot, gain)| json!({"numero": lot, "gain_moyen": rounded(*gain)}))
        .collect();
    (statistiques, json!(top))
}

fn gains<'a>(recent: &[&'a Fed]) -> Vec<(&'a str, f64)> {
    let lots: BTreeSet<_> = recent.iter().map(|m| m.code_lot.as_str()).collect();
    let gain = |lot: &'a str| {
        let weighed = || {
            recent
                .iter()
                .filter(|m| m.code_lot == lot && m.poids_moyen.is_some())
        };
        let first = weighed().min_by_key(|m| m.position())?;
        let last = weighed().max_by_key(|m| m.position())?;
        let gained = last.poids_moyen? - first.poids_moyen?;
        (last.jour > first.jour).then(|| (lot, gained / f64::from(last.jour - first.jour)))
    };
    lots.into_iter().filter_map(gain).collect()
}

/// The lot after its most advanced meal; a value that this meal did not measure keeps the last one.
#[derive(Debug, Clone)]
pub struct State {
    pub front: Fed,
    pub canards: Option<i32>,
    pub poids: Option<f64>,
    pub taux_mortalite: Option<f64>,
}

/// By code, from meals in their order of arrival. No lot of a random feed is finished.
pub fn states<'a>(meals: impl IntoIterator<Item = &'a Fed>) -> BTreeMap<&'a str, State> {
    let mut states: BTreeMap<&str, State> = BTreeMap::new();
    for meal in meals {
        let known = states.get(meal.code_lot.as_str());
        if known.is_some_and(|known| known.front.position() > meal.position()) {
            continue;
        }
        let state = State {
            canards: meal.nb_canards_vivants.or(known.and_then(|k| k.canards)),
            poids: meal.poids_moyen.or(known.and_then(|k| k.poids)),
            taux_mortalite: meal.taux_mortalite.or(known.and_then(|k| k.taux_mortalite)),
            front: meal.clone(),
        };
        states.insert(&meal.code_lot, state);
    }
    states
}

/// Sum of the latest head counts of the selected lots.
fn heads(own: &[&Fed], chosen: impl Fn(&str) -> bool) -> i64 {
    let states = states(own.iter().copied());
    let counts = states
        .iter()
        .filter(|(lot, _)| chosen(lot))
        .filter_map(|(_, state)| state.canards);
    counts.map(i64::from).sum()
}
