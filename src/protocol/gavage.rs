//! `/ws/gavage`: what a simulator sends.

use super::{
    input::InputRules,
    lenient::{self, BadField, BadMessage, Message, Object},
};
use crate::domain::{lives::LAST_JOUR, reading::Reading};
use jiff::Timestamp;
use serde_json::value::RawValue;

/// What one text frame asks to have stored.
#[derive(Debug, Clone, PartialEq)]
pub enum GavageMessage {
    One(Box<Reading>),
    /// An array of messages, acked once with its count.
    Batch(Vec<Reading>),
}

impl GavageMessage {
    pub fn readings(&self) -> &[Reading] {
        match self {
            GavageMessage::One(reading) => std::slice::from_ref(&**reading),
            GavageMessage::Batch(readings) => readings,
        }
    }

    pub fn into_readings(self) -> Vec<Reading> {
        match self {
            GavageMessage::One(reading) => vec![*reading],
            GavageMessage::Batch(readings) => readings,
        }
    }
}

/// Reads a text frame that arrived at `now`.
///
/// # Errors
/// What of the frame cannot be used; then nothing of it is.
pub fn parse(text: &str, rules: &InputRules, now: Timestamp) -> Result<GavageMessage, BadMessage> {
    lenient::check(text)?;
    match Message::read(text)? {
        Message::Object(object) => {
            let reading = reading(&object, rules, now)?;
            Ok(GavageMessage::One(Box::new(reading)))
        }
        Message::Array(elements) => batch(&elements, rules, now).map(GavageMessage::Batch),
    }
}

fn batch(
    elements: &[&RawValue],
    rules: &InputRules,
    now: Timestamp,
) -> Result<Vec<Reading>, BadMessage> {
    if elements.is_empty() {
        return Err(BadMessage::EmptyBatch);
    }
    let element = |(index, element): (usize, &&RawValue)| {
        let object = Object::read(element.get()).ok_or(BadMessage::ElementNotAnObject(index))?;
        reading(&object, rules, now)
            .map_err(|fault| BadMessage::Field(fault.within(&format!("[{index}]"))))
    };
    elements.iter().enumerate().map(element).collect()
}

/// Upper bounds are far above anything a duck eats or weighs: they keep sums finite, they do not judge.
///
/// A given dose of 0 is a meal that the ducks refused, a mortality of 0 and a count of 0 are what they say; a weight, a planned
/// dose, a temperature or a humidity of 0 was not measured (decision 0054).
fn reading(fields: &Object<'_>, rules: &InputRules, now: Timestamp) -> Result<Reading, BadField> {
    const GRAMS: std::ops::RangeInclusive<f64> = 0.0..=100_000.0;
    Ok(Reading {
        code_lot: fields.key("code_lot", 64)?,
        gaveur_id: fields.integer("gaveur_id", 0..=i32::MAX)?,
        gaveur_nom: fields.free_text("gaveur_nom", 200)?,
        site: fields.word("site")?,
        genetique: fields.free_text("genetique", 100)?,
        jour: fields.integer("jour", -1..=LAST_JOUR)?,
        moment: fields.word("moment")?,
        dose_theorique: fields.nonzero_measure("dose_theorique", GRAMS)?,
        dose_reelle: fields.number("dose_reelle", GRAMS)?,
        poids_moyen: fields.nonzero_measure("poids_moyen", GRAMS)?,
        nb_canards_vivants: fields.count("nb_canards_vivants", 0..=10_000_000)?,
        taux_mortalite: fields.measure("taux_mortalite", 0.0..=100.0)?,
        temperature_stabule: fields.nonzero_measure("temperature_stabule", -60.0..=100.0)?,
        humidite_stabule: fields.nonzero_measure("humidite_stabule", 0.0..=100.0)?,
        horodatage: rules.horodatage(&fields.text("timestamp", 64)?, now)?,
        pret_abattage: fields.flag("pret_abattage")?.unwrap_or(false),
        simule: fields.flag("simule")?.unwrap_or(false),
        correction: fields.flag("correction")?.unwrap_or(false),
        take_over: Default::default(),
    })
}

#[cfg(test)]
mod tests;
