//! From what was written to the meals that are stored.

use super::{
    Deaths, Effet, EnteredMeal, LotRecord, MissingMeal, Noted, Origine, Refus, Remarks, Saisie,
    WrittenMeal,
    heads::{Counted, TooManyDead, mortality, recount},
    limits,
    missing::missing_of,
    warnings::{self, Warning},
};
use crate::domain::{
    horodatage::Horodatage,
    lot::{LotState, Statut},
    moment::Moment,
    reading::{MealPosition, Meals, Reading, TakeOver},
};
use jiff::SignedDuration;
use std::collections::BTreeMap;

/// A meal of an entry as it is to be stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    pub reading: Reading,
    pub effet: Effet,
    pub version: i32,
    /// Whoever told the same before stays its author.
    pub origine: Origine,
    pub auteur: Option<String>,
    /// `None` where only a stream has counted the ducks.
    pub morts: Option<i32>,
    pub nb_peses: Option<i32>,
    pub poids_ecart_type_g: Option<f64>,
    pub remarks: Remarks,
}

impl Told {
    pub fn shown(&self) -> EnteredMeal {
        let noted = Noted {
            origine: self.origine,
            auteur: self.auteur.clone(),
            gaveur_nom: String::new(),
            version: self.version,
            morts: self.morts,
            remarks: Remarks::default(),
        };
        EnteredMeal {
            effet: self.effet,
            ..EnteredMeal::stored(&self.reading, &noted)
        }
    }
}

/// What an entry stores.
#[derive(Debug, Clone, PartialEq)]
pub struct Entered {
    /// Its meals, oldest first.
    pub told: Vec<Told>,
    /// Other entered meals, whose head counts follow from it.
    pub recounted: Vec<Reading>,
    pub warnings: Vec<Warning>,
    pub missing: Vec<MissingMeal>,
    /// What was added to the clock of whoever writes.
    pub clock_error: SignedDuration,
}

impl Entered {
    /// Everything that is to be stored.
    pub fn readings(&self) -> Vec<&Reading> {
        let told = self.told.iter().map(|told| &told.reading);
        told.chain(&self.recounted).collect()
    }
}

/// # Errors
/// Nothing of the entry may be stored.
pub fn enter(saisie: &Saisie, record: LotRecord<'_>) -> Result<Entered, Refus> {
    admit(saisie, record.lot)?;
    let mut written: Vec<&WrittenMeal> = saisie.repas.iter().collect();
    written.sort_by_key(|meal| meal.position());
    let mut meals = record.meals.clone();
    let mut counted = counts(record);
    for meal in &written {
        check(meal, saisie, record)?;
        let position = meal.position();
        counted.insert(position, count(meal, &counted)?);
        meals.insert(position, reading(meal, saisie, record));
    }
    let initial = record.lot.nb_canards_initial;
    let mut recounted = recounted(initial, &counted, &mut meals).map_err(|too_many| {
        let (jour, moment) = too_many.at;
        let alive = too_many.alive;
        Refus::champ(
            "morts",
            format!("must be at most {alive}, the ducks alive before day {jour} {moment}"),
        )
    })?;
    let is_written = |reading: &Reading| {
        let position = reading.position();
        written.iter().any(|meal| meal.position() == position)
    };
    recounted.retain(|reading| !is_written(reading));
    let told: Vec<Told> = written
        .iter()
        .map(|meal| told(meal, &meals[&meal.position()], &counted, saisie, record))
        .collect();
    Ok(Entered {
        warnings: warnings::of(saisie, &told, &meals, initial),
        missing: missing_of(&meals),
        clock_error: saisie.ecart_horloge,
        told,
        recounted,
    })
}

/// Counts the ducks again after each entered meal; returns those of the meals whose count has changed.
pub(super) fn recounted(
    initial: Option<i32>,
    counted: &BTreeMap<MealPosition, Counted>,
    meals: &mut Meals,
) -> Result<Vec<Reading>, TooManyDead> {
    let mut changed = Vec::new();
    for (position, alive) in recount(initial, counted)? {
        let Some(reading) = meals.get_mut(&position) else {
            continue;
        };
        let count = (alive, mortality(initial, alive));
        let before = (reading.nb_canards_vivants, reading.taux_mortalite);
        (reading.nb_canards_vivants, reading.taux_mortalite) = count;
        if before != count {
            changed.push(reading.clone());
        }
    }
    Ok(changed)
}

/// The meals of a slaughtered or cancelled lot change only for a reason.
fn admit(saisie: &Saisie, lot: &LotState) -> Result<(), Refus> {
    if !lot.statut.is_settled() || (saisie.may_change_settled && saisie.motif.is_some()) {
        return Ok(());
    }
    let after = match lot.statut {
        Statut::Annule => "was cancelled",
        _ => "has been slaughtered",
    };
    Err(Refus::Etat(format!(
        "the lot {} {after} ({}): only a supervisor can change its meals, with a `motif`",
        lot.code_lot, lot.statut
    )))
}

/// What the stored meals tell of the ducks.
pub(super) fn counts(record: LotRecord<'_>) -> BTreeMap<MealPosition, Counted> {
    let counted = |(position, reading): (&MealPosition, &Reading)| {
        let noted = record.noted.get(position);
        let is_entered = |noted: &&Noted| noted.origine == Origine::Saisie;
        let dead = noted.filter(is_entered).and_then(|noted| noted.morts);
        let counted = dead.map_or(Counted::Alive(reading.nb_canards_vivants), Counted::Dead);
        (*position, counted)
    };
    record.meals.iter().map(counted).collect()
}

/// What the meal tells of the ducks, beside what the other meals of its day tell.
fn count(meal: &WrittenMeal, counted: &BTreeMap<MealPosition, Counted>) -> Result<Counted, Refus> {
    let position = meal.position();
    let stored = counted.get(&position).copied();
    Ok(match (meal.deaths, stored) {
        (Deaths::OfMeal(dead), _) => Counted::Dead(dead),
        (Deaths::Unsaid, None) => return Err(Refus::champ("morts", "is missing")),
        (Deaths::AsBefore, None) => Counted::Dead(0),
        (Deaths::Unsaid | Deaths::AsBefore, Some(stored)) => stored,
        // Without any dead ducks the count of a stream stays.
        (Deaths::OfDay(0), Some(stored @ Counted::Alive(_))) => stored,
        (Deaths::OfDay(dead), _) => {
            let day = (meal.jour, Moment::Matin)..=(meal.jour, Moment::Soir);
            let others = counted.range(day).filter(|(other, _)| **other != position);
            let told = others.map(|(_, counted)| match counted {
                Counted::Dead(dead) => *dead,
                Counted::Alive(_) => 0,
            });
            Counted::Dead((dead - told.sum::<i32>()).max(0))
        }
    })
}

fn check(meal: &WrittenMeal, saisie: &Saisie, record: LotRecord<'_>) -> Result<(), Refus> {
    let position = meal.position();
    let stored = record.noted.get(&position).zip(record.meals.get(&position));
    let version = stored.map_or(0, |(noted, _)| noted.version);
    if let (Some(base), Some((noted, reading))) = (meal.base, stored)
        && base < version
    {
        let current = EnteredMeal::stored(reading, noted);
        return Err(Refus::Depasse(Box::new(current)));
    }
    let last = record.lot.position().map(|(jour, _)| jour);
    let farthest = last.unwrap_or(0) + limits::FARTHEST;
    if meal.jour > farthest {
        let so_far = last.map_or_else(
            || "the lot has no meal yet".to_owned(),
            |last| format!("the last meal of the lot is of day {last}"),
        );
        let problem = format!("must be at most {farthest}: {so_far}");
        return Err(Refus::champ("jour", problem));
    }
    check_dose(meal, saisie.confirmer)?;
    let ahead = meal.heure.duration_since(saisie.recu_le);
    if ahead > limits::MOST_AHEAD {
        return Err(Refus::champ(
            "heure",
            format!(
                "must not be more than 15 minutes ahead of the server's clock ({:.0})",
                saisie.recu_le
            ),
        ));
    }
    Ok(())
}

fn check_dose(meal: &WrittenMeal, is_confirmed: bool) -> Result<(), Refus> {
    let (least, most) = (limits::DOSE_G.start(), limits::DOSE_G.end());
    if meal.dose_g == 0.0 {
        return match meal.remarks.raison_ecart {
            Some(_) => Ok(()),
            None => Err(Refus::champ(
                "raison_ecart",
                "is missing: a meal of 0 g was skipped for a reason",
            )),
        };
    }
    if limits::DOSE_G.contains(&meal.dose_g) {
        return Ok(());
    }
    if meal.dose_g > *most && meal.dose_g <= limits::CONFIRMED_DOSE_G {
        if is_confirmed {
            return Ok(());
        }
        return Err(Refus::champ(
            "dose_g",
            format!("is over {most} g: send it with \"confirmer\": true if it is right"),
        ));
    }
    Err(Refus::champ(
        "dose_g",
        format!("must be between {least} and {most} g, not {}", meal.dose_g),
    ))
}

/// The meal with its measures; its head count is still that of the stored one.
fn reading(meal: &WrittenMeal, saisie: &Saisie, record: LotRecord<'_>) -> Reading {
    let LotRecord { lot, plan, .. } = record;
    let position = meal.position();
    let stored = record.meals.get(&position);
    let noted = record.noted.get(&position);
    let mut horodatage = Horodatage::at(meal.heure);
    horodatage.douteux = meal.is_doubtful;
    let planned = plan.get(&position).copied();
    Reading {
        code_lot: lot.code_lot.clone(),
        gaveur_id: stored.map_or(lot.gaveur_id, |stored| stored.gaveur_id),
        gaveur_nom: noted
            .map_or(record.gaveur_nom, |noted| &noted.gaveur_nom)
            .to_owned(),
        site: stored.map_or(lot.site, |stored| stored.site),
        genetique: lot.genetique.clone(),
        jour: meal.jour,
        moment: meal.moment,
        dose_theorique: planned.or(stored.and_then(|stored| stored.dose_theorique)),
        dose_reelle: meal.dose_g,
        poids_moyen: meal
            .poids_g
            .over(stored.and_then(|stored| stored.poids_moyen)),
        nb_canards_vivants: stored.and_then(|stored| stored.nb_canards_vivants),
        taux_mortalite: stored.and_then(|stored| stored.taux_mortalite),
        temperature_stabule: meal
            .temperature_c
            .over(stored.and_then(|stored| stored.temperature_stabule)),
        humidite_stabule: meal
            .humidite_pct
            .over(stored.and_then(|stored| stored.humidite_stabule)),
        horodatage,
        pret_abattage: stored.is_some_and(|stored| stored.pret_abattage),
        simule: lot.simule,
        correction: saisie.motif.is_some(),
        take_over: TakeOver::default(),
    }
}

fn told(
    meal: &WrittenMeal,
    reading: &Reading,
    counted: &BTreeMap<MealPosition, Counted>,
    saisie: &Saisie,
    record: LotRecord<'_>,
) -> Told {
    let position = meal.position();
    let stored = record.meals.get(&position);
    let noted = record.noted.get(&position);
    let morts = match counted.get(&position) {
        Some(Counted::Dead(dead)) => Some(*dead),
        _ => None,
    };
    let remarks = remarks(meal, noted);
    let past = record.past_versions.get(&position).copied().unwrap_or(0);
    let is_rewritten = stored.is_none_or(|stored| reading.corrects(stored));
    let is_same = |noted: &Noted| noted.morts == morts && remarks == noted.remarks;
    let (effet, version) = match noted {
        None => (Effet::Nouveau, past + 1),
        Some(noted) if is_rewritten => (Effet::Corrige, noted.version + 1),
        Some(noted) if is_same(noted) => (Effet::Inchange, noted.version),
        Some(noted) => (Effet::Corrige, noted.version),
    };
    let kept = noted.filter(|_| !is_rewritten);
    Told {
        reading: reading.clone(),
        effet,
        version,
        origine: kept.map_or(Origine::Saisie, |noted| noted.origine),
        auteur: kept.map_or(Some(saisie.auteur.clone()), |noted| noted.auteur.clone()),
        morts,
        nb_peses: meal.nb_peses,
        poids_ecart_type_g: meal.poids_ecart_type_g,
        remarks,
    }
}

/// What is not said again stays.
fn remarks(meal: &WrittenMeal, noted: Option<&Noted>) -> Remarks {
    let said = meal.remarks.clone();
    let Some(noted) = noted else {
        return said;
    };
    let before = noted.remarks.clone();
    Remarks {
        cause_mortalite: said.cause_mortalite.or(before.cause_mortalite),
        raison_ecart: said.raison_ecart.or(before.raison_ecart),
        remarques: said.remarques.or(before.remarques),
        problemes_sante: said.problemes_sante.or(before.problemes_sante),
    }
}
