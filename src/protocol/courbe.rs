//! Curves that are planned: the bodies of requests.

use super::lenient::{self, BadField, BadMessage, Object, Scalar};
use crate::domain::curve::{
    Curve, Decision, SourceCourbe,
    planning::{Planned, Planning},
};
use serde_json::Value;
use std::collections::BTreeMap;

/// A curve in the shape of the medians (`total_g`, `nb_repas`), or meal by meal (`points_g`).
///
/// # Errors
/// What of the body cannot be used.
pub fn proposal(text: &str) -> Result<Planning, BadMessage> {
    lenient::check(text)?;
    let fields = Object::read(text).ok_or_else(|| lenient::not_an_object(text))?;
    let bad = |fault: crate::domain::curve::BadCurve| fields.bad(fault.champ, fault.problem);
    let what = if fields.raw("points_g").is_some() {
        let source = fields.optional_key("source", 20)?;
        let source = source.map_or(Ok(SourceCourbe::Manuelle), |_| fields.word("source"))?;
        Planned::Propose {
            curve: Curve {
                premier_repas: fields
                    .optional_integer("premier_repas", -2..=60)?
                    .unwrap_or(0),
                points_g: numbers(&fields, "points_g")?,
            },
            source,
            formule: None,
        }
    } else {
        let total = fields.number("total_g", 1.0..=100_000.0)?;
        let meals = fields.integer("nb_repas", 1..=100)? as usize;
        Planned::Propose {
            curve: Curve::of_medians(meals, total).map_err(bad)?,
            source: SourceCourbe::Mediane,
            formule: Some(Curve::formula(meals, total)),
        }
    };
    Ok(Planning {
        par: fields.optional_free_text("par", 100)?.unwrap_or_default(),
        commentaire: fields.optional_free_text("commentaire", 1_000)?,
        what,
    })
}

/// A decision about this version. A rejection says why.
///
/// # Errors
/// What of the body cannot be used.
pub fn decision(text: &str, version: i32, decision: Decision) -> Result<Planning, BadMessage> {
    let text = if text.trim().is_empty() { "{}" } else { text };
    lenient::check(text)?;
    let fields = Object::read(text).ok_or_else(|| lenient::not_an_object(text))?;
    let commentaire = fields.optional_free_text("commentaire", 1_000)?;
    if decision == Decision::Rejeter && commentaire.is_none() {
        return Err(fields
            .bad("commentaire", "is missing: a rejection says why")
            .into());
    }
    Ok(Planning {
        par: fields.optional_free_text("par", 100)?.unwrap_or_default(),
        commentaire,
        what: Planned::Decide { version, decision },
    })
}

/// What the older page of a supervisor decides: about the curve itself, or another one by days in its place.
#[derive(Debug, Clone, PartialEq)]
pub struct OldDecision {
    pub decision: Decision,
    /// Another curve takes its place.
    pub modified: Option<Curve>,
    pub par: String,
    pub commentaire: Option<String>,
}

/// # Errors
/// What of the body cannot be used.
pub fn old_decision(text: &str) -> Result<OldDecision, BadMessage> {
    lenient::check(text)?;
    let fields = Object::read(text).ok_or_else(|| lenient::not_an_object(text))?;
    let statut = fields.text("statut", 20)?;
    let (decision, is_modified) = match statut.trim().to_ascii_uppercase().as_str() {
        "VALIDEE" => (Decision::Valider, false),
        "MODIFIEE" => (Decision::Valider, true),
        "REJETEE" => (Decision::Rejeter, false),
        _ => {
            return Err(fields
                .bad("statut", "must be one of VALIDEE, MODIFIEE, REJETEE")
                .into());
        }
    };
    Ok(OldDecision {
        decision,
        modified: is_modified.then(|| by_days(&fields)).transpose()?,
        par: fields
            .optional_free_text("superviseur_nom", 100)?
            .unwrap_or_default(),
        commentaire: fields.optional_free_text("commentaire", 1_000)?,
    })
}

/// `[{"jour": 1, "dose_g": 465}, …]`: the totals of days.
fn by_days(fields: &Object<'_>) -> Result<Curve, BadField> {
    const NAME: &str = "courbe_modifiee";
    let days: Option<Vec<Value>> = fields
        .raw(NAME)
        .and_then(|list| serde_json::from_str(list.get()).ok());
    let problem = "must be a list of {\"jour\", \"dose_g\"}, one for each day";
    let days = days.ok_or_else(|| fields.bad(NAME, problem))?;
    let day = |day: &Value| {
        let jour = Scalar::from(day.get("jour")?).number()?;
        let dose = Scalar::from(day.get("dose_g")?).number()?;
        (jour.fract() == 0.0).then_some((jour as i32, dose))
    };
    let days: Option<BTreeMap<i32, f64>> = days.iter().map(day).collect();
    let days = days.ok_or_else(|| fields.bad(NAME, problem))?;
    Curve::of_days(&days).map_err(|fault| fields.bad(NAME, fault.problem))
}

fn numbers(fields: &Object<'_>, name: &str) -> Result<Vec<f64>, BadField> {
    let values: Option<Vec<Value>> = fields
        .raw(name)
        .and_then(|list| serde_json::from_str(list.get()).ok());
    let numbers: Option<Vec<f64>> = values.and_then(|values| {
        values
            .iter()
            .map(|value| Scalar::from(value).number())
            .collect()
    });
    numbers.ok_or_else(|| fields.bad(name, "must be a list of doses, g per duck"))
}
