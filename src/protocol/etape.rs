//! Steps of a lot that a person asks for: the bodies of requests.

use super::{
    lenient::{self, BadField, BadMessage, Object},
    lot::DUCKS,
};
use crate::domain::{
    life_cycle::{Asked, Slaughter},
    lot::Statut,
};
use jiff::civil::Date;

/// States that somebody can ask for.
const STEPS: [Statut; 4] = [
    Statut::EnPreparation,
    Statut::PretAbattage,
    Statut::EnGavage,
    Statut::Annule,
];

/// A step to another state. Whoever asks, and what he may do, is not in the body.
///
/// # Errors
/// What of the body cannot be used.
pub fn step(text: &str) -> Result<Asked, BadMessage> {
    lenient::check(text)?;
    let fields = Object::read(text).ok_or_else(|| lenient::not_an_object(text))?;
    let vers: Statut = fields.word("vers")?;
    if !STEPS.contains(&vers) {
        let steps = STEPS.map(Statut::as_str).join(", ");
        let problem = format!("must be one of {steps}");
        return Err(fields.bad("vers", problem).into());
    }
    let mut asked = asked(&fields, vers, None)?;
    if vers == Statut::EnPreparation {
        asked.ducks = Some(fields.integer("nombre_canards", DUCKS)?);
    }
    Ok(asked)
}

/// The report of the slaughterhouse.
///
/// # Errors
/// What of the body cannot be used.
pub fn slaughter(text: &str) -> Result<Asked, BadMessage> {
    lenient::check(text)?;
    let fields = Object::read(text).ok_or_else(|| lenient::not_an_object(text))?;
    let date: Date = fields.word("date")?;
    let grams = |name: &'static str, most: f64| {
        let is_there = fields.raw(name).is_some();
        is_there
            .then(|| fields.number(name, 0.0..=most))
            .transpose()
    };
    let slaughter = Slaughter {
        date,
        accroches: fields.integer("accroches", 0..=10_000_000)?,
        poids_foie_moyen_g: grams("poids_foie_moyen_g", 2_000.0)?,
        ecart_type_foie_g: grams("ecart_type_foie_g", 1_000.0)?,
    };
    Ok(asked(&fields, Statut::Abattu, Some(slaughter))?)
}

fn asked(
    fields: &Object<'_>,
    vers: Statut,
    slaughter: Option<Slaughter>,
) -> Result<Asked, BadField> {
    Ok(Asked {
        vers,
        par: fields.optional_free_text("par", 100)?.unwrap_or_default(),
        is_supervisor: false,
        motif: fields.optional_free_text("motif", 500)?,
        slaughter,
        ducks: None,
    })
}
