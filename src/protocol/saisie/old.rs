//! A day of a lot as the older page of the farmers sends it: both meals in one body.

use super::{Arrival, key, written};
use crate::{
    domain::{
        lives::LAST_JOUR,
        moment::Moment,
        saisie::{Deaths, Remarks, Saisie, Written, WrittenMeal, limits},
    },
    protocol::lenient::{self, BadField, BadMessage, Object, Scalar},
};
use jiff::{
    SignedDuration, Timestamp, Unit,
    civil::{Date, Time},
    tz::TimeZone,
};
use serde_json::Value;

/// The names of the fields of a meal.
const MEALS: [(Moment, &str, &str); 2] = [
    (Moment::Matin, "dose_matin", "heure_gavage_matin"),
    (Moment::Soir, "dose_soir", "heure_gavage_soir"),
];

/// What a body says; which day of the lot it is about depends on the lot.
#[derive(Debug, Clone, PartialEq)]
pub struct Day {
    /// Id or code.
    pub lot: String,
    date: Date,
    /// Dose, g, and local time of each meal that was given or skipped.
    meals: Vec<(Moment, f64, Time)>,
    /// With mean, number and spread of the weights, if they were measured.
    weighing: Option<(f64, i32, Option<f64>)>,
    temperature: Written<f64>,
    humidity: Written<f64>,
    deaths: i32,
    remarks: Remarks,
    /// `None` of the page that has no keys.
    cle: Option<String>,
    corps: String,
    par: Option<String>,
    motif: Option<String>,
    confirmer: bool,
}

/// # Errors
/// What of the body cannot be used; then nothing of it is.
pub fn day(text: &str, in_head: Option<&str>) -> Result<Day, BadMessage> {
    lenient::check(text)?;
    let fields = Object::read(text).ok_or_else(|| lenient::not_an_object(text))?;
    let lot = fields.optional_key("lot_id", 64)?;
    let has_key = in_head.is_some() || fields.raw("cle").is_some();
    Ok(Day {
        lot: lot.ok_or_else(|| fields.bad("lot_id", "is missing"))?,
        date: date(&fields)?,
        meals: meals(&fields)?,
        weighing: weighing(&fields)?,
        temperature: measure(&fields, "temperature_stabule", limits::TEMPERATURE_C)?,
        humidity: measure(&fields, "humidite_stabule", limits::HUMIDITE_PCT)?,
        deaths: fields
            .optional_integer("mortalite_jour", 0..=10_000_000)?
            .unwrap_or(0),
        remarks: Remarks {
            cause_mortalite: fields.optional_free_text("cause_mortalite", 500)?,
            raison_ecart: fields.optional_free_text("raison_ecart", 500)?,
            remarques: fields.optional_free_text("remarques", 2_000)?,
            problemes_sante: fields.optional_free_text("problemes_sante", 2_000)?,
        },
        cle: has_key.then(|| key(&fields, in_head)).transpose()?,
        corps: written(text),
        par: fields.optional_free_text("par", 100)?,
        motif: fields.optional_free_text("motif", 500)?,
        confirmer: fields.flag("confirmer")?.unwrap_or(false),
    })
}

/// A meal as `POST /api/courbes/reelle` takes it. Its page sends the total of a day, of which half would be stored as a meal: so it must say
/// which meal it is, and when it was.
///
/// # Errors
/// What of the body cannot be used; then nothing of it is.
pub fn meal_of_curve(text: &str, in_head: Option<&str>) -> Result<Day, BadMessage> {
    lenient::check(text)?;
    let fields = Object::read(text).ok_or_else(|| lenient::not_an_object(text))?;
    let moment: Moment = fields.word("moment")?;
    let dose = fields.number("dose_reelle_g", 0.0..=10_000.0)?;
    let lot = fields.optional_key("lot_id", 64)?;
    let has_key = in_head.is_some() || fields.raw("cle").is_some();
    Ok(Day {
        lot: lot.ok_or_else(|| fields.bad("lot_id", "is missing"))?,
        date: date(&fields)?,
        meals: vec![(moment, dose, hour(&fields, "heure")?)],
        weighing: None,
        temperature: Written::Nothing,
        humidity: Written::Nothing,
        deaths: 0,
        remarks: Remarks {
            remarques: fields.optional_free_text("commentaire_gaveur", 2_000)?,
            ..Remarks::default()
        },
        cle: has_key.then(|| key(&fields, in_head)).transpose()?,
        corps: written(text),
        par: fields.optional_free_text("par", 100)?,
        motif: fields.optional_free_text("motif", 500)?,
        confirmer: fields.flag("confirmer")?.unwrap_or(false),
    })
}

impl Day {
    /// The weights were measured.
    pub fn is_weighed(&self) -> bool {
        self.weighing.is_some()
    }

    /// The entry, for a lot whose first day of feeding this is. `otherwise` is its key where the page has none.
    ///
    /// # Errors
    /// The date is on no day of the lot, or a time cannot be right.
    pub fn of_lot(
        self,
        debut_lot: Date,
        otherwise: String,
        arrival: Arrival<'_>,
    ) -> Result<Saisie, BadField> {
        let days = debut_lot
            .until((Unit::Day, self.date))
            .map_or(i32::MAX, |span| span.get_days());
        if !(-1..=LAST_JOUR).contains(&days) {
            return Err(BadField::new(
                "date_gavage",
                format!("must be on one of the days of the lot, which began on {debut_lot}"),
            ));
        }
        let (now, zone) = (arrival.now, &arrival.rules.zone);
        let last = self.meals.last().map(|(moment, ..)| *moment);
        let mut repas = Vec::with_capacity(self.meals.len());
        for (moment, dose_g, time) in &self.meals {
            let is_last = Some(*moment) == last;
            let heure = instant(self.date, *time, zone);
            let douteux = arrival.rules.clock.is_doubtful(heure, now);
            let name = MEALS[*moment as usize].2;
            let is_doubtful =
                douteux.map_err(|problem| BadField::new(name, problem.to_string()))?;
            let mut meal = WrittenMeal {
                jour: days,
                moment: *moment,
                dose_g: *dose_g,
                heure,
                is_doubtful,
                poids_g: Written::Nothing,
                nb_peses: None,
                poids_ecart_type_g: None,
                temperature_c: Written::Nothing,
                humidite_pct: Written::Nothing,
                deaths: Deaths::AsBefore,
                // The reason belongs to a dose, so to both.
                remarks: Remarks {
                    raison_ecart: self.remarks.raison_ecart.clone(),
                    ..Remarks::default()
                },
                base: None,
            };
            if is_last {
                if let Some((mean, count, spread)) = self.weighing {
                    meal.poids_g = Written::Value(Some(mean));
                    (meal.nb_peses, meal.poids_ecart_type_g) = (Some(count), spread);
                }
                (meal.temperature_c, meal.humidite_pct) = (self.temperature, self.humidity);
                meal.deaths = Deaths::OfDay(self.deaths);
                meal.remarks = self.remarks.clone();
            }
            repas.push(meal);
        }
        Ok(Saisie {
            cle: self.cle.unwrap_or(otherwise),
            corps: self.corps,
            repas,
            auteur: self.par.unwrap_or_default(),
            appareil: None,
            saisi_le: now,
            // The page does not say what its clock says.
            ecart_horloge: SignedDuration::ZERO,
            recu_le: now,
            confirmer: self.confirmer,
            motif: self.motif,
            may_change_settled: false,
        })
    }
}

fn instant(date: Date, time: Time, zone: &TimeZone) -> Timestamp {
    let local = date.to_datetime(time);
    let zoned = zone.to_ambiguous_zoned(local).compatible();
    zoned.map_or(Timestamp::MAX, |zoned| zoned.timestamp())
}

/// A date, or a date and a time of which the date counts.
fn date(fields: &Object<'_>) -> Result<Date, BadField> {
    let text = fields.text("date_gavage", 64)?;
    let date = text.trim().get(..10).and_then(|date| date.parse().ok());
    date.ok_or_else(|| fields.bad("date_gavage", "must be a date such as 2026-01-31"))
}

fn meals(fields: &Object<'_>) -> Result<Vec<(Moment, f64, Time)>, BadField> {
    let skipped = skipped(fields)?;
    let mut meals = Vec::new();
    for (moment, dose, time) in MEALS {
        // 0 stands for a meal that was not entered.
        let given = fields.optional_number(dose)?.filter(|dose| *dose != 0.0);
        let is_skipped = skipped.contains(&moment);
        if is_skipped && given.is_some() {
            return Err(fields.bad("repas_saute", format!("names {moment}, which has a {dose}")));
        }
        if given.is_some() || is_skipped {
            meals.push((moment, given.unwrap_or(0.0), hour(fields, time)?));
        }
    }
    if meals.is_empty() {
        let problem = "and `dose_soir` are both 0 or missing: there is no meal to store";
        return Err(fields.bad("dose_matin", problem));
    }
    Ok(meals)
}

/// Meals of 0 g.
fn skipped(fields: &Object<'_>) -> Result<Vec<Moment>, BadField> {
    let Some(value) = fields.raw("repas_saute") else {
        return Ok(Vec::new());
    };
    let named: Option<Vec<String>> = serde_json::from_str(value.get()).ok();
    let meals: Option<Vec<Moment>> =
        named.and_then(|named| named.iter().map(|name| name.parse().ok()).collect());
    meals.ok_or_else(|| fields.bad("repas_saute", "must be a list of `matin` and `soir`"))
}

fn hour(fields: &Object<'_>, name: &str) -> Result<Time, BadField> {
    let text = fields.text(name, 20)?;
    text.trim()
        .parse()
        .map_err(|_| fields.bad(name, "must be a time such as 08:15"))
}

/// The page has no field for weights and makes ten of them up, so they count only with `pesee`.
fn weighing(fields: &Object<'_>) -> Result<Option<(f64, i32, Option<f64>)>, BadField> {
    const NAME: &str = "poids_echantillon";
    if !fields.flag("pesee")?.unwrap_or(false) {
        return Ok(None);
    }
    let values: Option<Vec<Value>> = fields
        .raw(NAME)
        .and_then(|list| serde_json::from_str(list.get()).ok());
    let values = values.ok_or_else(|| fields.bad(NAME, "must be a list of weights, g"))?;
    let weights: Option<Vec<f64>> = values
        .iter()
        .map(|value| Scalar::from(value).number())
        .collect();
    let weights = weights.ok_or_else(|| fields.bad(NAME, "must be a list of weights, g"))?;
    let is_likely = |grams: &f64| limits::POIDS_G.contains(grams);
    if weights.is_empty() || !weights.iter().all(is_likely) {
        let (least, most) = (limits::POIDS_G.start(), limits::POIDS_G.end());
        let problem = format!("must hold weights between {least} and {most} g");
        return Err(fields.bad(NAME, problem));
    }
    let count = weights.len() as f64;
    let mean = weights.iter().sum::<f64>() / count;
    let squares: f64 = weights.iter().map(|grams| (grams - mean).powi(2)).sum();
    let spread = (weights.len() > 1).then(|| (squares / (count - 1.0)).sqrt());
    let weighed = fields.optional_integer("nb_canards_peses", 1..=100_000)?;
    Ok(Some((
        mean,
        weighed.unwrap_or(weights.len() as i32),
        spread,
    )))
}

/// An empty field of the page, or 0, says nothing.
fn measure(
    fields: &Object<'_>,
    name: &str,
    range: std::ops::RangeInclusive<f64>,
) -> Result<Written<f64>, BadField> {
    if fields.raw(name).is_none() {
        return Ok(Written::Nothing);
    }
    let measured = fields.nonzero_measure(name, range)?;
    Ok(measured.map_or(Written::Nothing, |value| Written::Value(Some(value))))
}

#[cfg(test)]
mod tests;
