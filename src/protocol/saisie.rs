//! Meals that a person writes down: the bodies of requests.

pub mod old;

use super::{
    input::InputRules,
    lenient::{self, BadField, BadMessage, Object},
};
use crate::domain::{
    horodatage::Horodatage,
    lives::LAST_JOUR,
    saisie::{Deaths, Remarks, Saisie, Written, WrittenMeal, limits},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

/// What differs between two attempts to send the same entry.
const OF_AN_ATTEMPT: [&str; 2] = ["horloge", "confirmer"];

/// What surrounds a body.
#[derive(Debug, Clone, Copy)]
pub struct Arrival<'a> {
    /// The key of the entry in the head of the request.
    pub cle: Option<&'a str>,
    pub rules: &'a InputRules,
    pub now: Timestamp,
}

/// Reads one meal of one lot. Whoever writes, and what he may change, is not in the body.
///
/// # Errors
/// What of the body cannot be used; then nothing of it is.
pub fn meal(text: &str, arrival: Arrival<'_>) -> Result<Saisie, BadMessage> {
    lenient::check(text)?;
    let fields = Object::read(text).ok_or_else(|| lenient::not_an_object(text))?;
    let clock_error = clock_error(&fields, arrival)?;
    let time = |name| time(&fields, name, clock_error, arrival);
    let heure = time("heure")?;
    let (poids_g, nb_peses, poids_ecart_type_g) = weighing(&fields)?;
    let meal = WrittenMeal {
        jour: fields.integer("jour", -1..=LAST_JOUR)?,
        moment: fields.word("moment")?,
        // The domain knows what is likely.
        dose_g: fields.number("dose_g", 0.0..=100_000.0)?,
        heure: heure.instant,
        is_doubtful: heure.douteux,
        poids_g,
        nb_peses,
        poids_ecart_type_g,
        temperature_c: fields.written("temperature_c", limits::TEMPERATURE_C)?,
        humidite_pct: fields.written("humidite_pct", limits::HUMIDITE_PCT)?,
        deaths: fields
            .optional_integer("morts", 0..=10_000_000)?
            .map_or(Deaths::Unsaid, Deaths::OfMeal),
        remarks: Remarks {
            cause_mortalite: fields.optional_free_text("cause", 500)?,
            raison_ecart: fields.optional_free_text("raison_ecart", 500)?,
            remarques: fields.optional_free_text("remarque", 2_000)?,
            problemes_sante: fields.optional_free_text("problemes_sante", 2_000)?,
        },
        base: fields.optional_integer("base", 0..=i32::MAX)?,
    };
    Ok(Saisie {
        cle: key(&fields, arrival.cle)?,
        corps: written(text),
        repas: vec![meal],
        auteur: fields.optional_free_text("par", 100)?.unwrap_or_default(),
        appareil: fields.optional_free_text("appareil", 200)?,
        saisi_le: time("saisi_le")?.instant,
        ecart_horloge: clock_error,
        recu_le: arrival.now,
        confirmer: fields.flag("confirmer")?.unwrap_or(false),
        motif: fields.optional_free_text("motif", 500)?,
        may_change_settled: false,
    })
}

/// From the body or from the head of the request.
fn key(fields: &Object<'_>, in_head: Option<&str>) -> Result<String, BadField> {
    let in_head = in_head.map(|key| key.trim().trim_matches('"'));
    let in_body = fields.optional_key("cle", 64)?;
    let key = match (in_body, in_head) {
        (Some(body), Some(head)) if body != head => {
            return Err(fields.bad("cle", "differs from the header Idempotency-Key"));
        }
        (Some(key), _) => key,
        (None, Some(head)) => head.to_owned(),
        (None, None) => return Err(fields.bad("cle", "is missing")),
    };
    let is_usable = (8..=64).contains(&key.len()) && key.chars().all(|c| c.is_ascii_graphic());
    if !is_usable {
        return Err(fields.bad("cle", "must have 8 to 64 letters and digits, at random"));
    }
    Ok(key)
}

/// What must be added to the clock of the sender, in whole seconds: on its way a request loses parts of one.
fn clock_error(fields: &Object<'_>, arrival: Arrival<'_>) -> Result<SignedDuration, BadField> {
    let texte = fields.text("horloge", 64)?;
    let clock = Horodatage::parse(&texte, &arrival.rules.zone);
    let clock = clock.map_err(|problem| fields.bad("horloge", problem.to_string()))?;
    let error = arrival.now.duration_since(clock.instant).as_secs_f64();
    Ok(SignedDuration::from_secs(error.round() as i64))
}

fn time(
    fields: &Object<'_>,
    name: &str,
    clock_error: SignedDuration,
    arrival: Arrival<'_>,
) -> Result<Horodatage, BadField> {
    let texte = fields.text(name, 64)?;
    arrival
        .rules
        .corrected(name, &texte, clock_error, arrival.now)
}

/// Mean weight, how many were weighed, and how much they differ.
type Weighing = (Written<f64>, Option<i32>, Option<f64>);

fn weighing(fields: &Object<'_>) -> Result<Weighing, BadField> {
    let Some(poids) = fields.within("poids")? else {
        let written = fields.written("poids", limits::POIDS_G)?;
        return Ok((written, None, None));
    };
    let mean = poids.number("moyenne_g", limits::POIDS_G)?;
    let spread = poids.optional_number("ecart_type_g")?;
    let count = poids.optional_integer("nb", 1..=100_000)?;
    Ok((Written::Value(Some(mean)), count, spread))
}

/// The same text for every attempt to send an entry.
fn written(text: &str) -> String {
    let mut fields: Map<String, Value> = serde_json::from_str(text).unwrap_or_default();
    for name in OF_AN_ATTEMPT {
        fields.remove(name);
    }
    Value::Object(fields).to_string()
}

#[cfg(test)]
mod tests;
