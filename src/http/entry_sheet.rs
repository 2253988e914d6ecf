//! `/api/gaveurs/{gaveur_id}/saisie`: all that a farmer needs to write his meals down, also while he is out of reach.

use super::{
    courbes::{CurveVersion, in_force},
    error::{ApiError, ReadFailure},
    lot_sheet::{SheetMeal, Version},
    lots::Lot,
    params,
};
use crate::{
    domain::{
        access::Policy,
        lot::Statut,
        moment::Moment,
        reading::MealPosition,
        rounding::one_decimal,
        saisie::{
            MissingMeal, Origine, Remarks, after,
            limits::{LIMITS, Limits},
            missing,
        },
    },
    store::{
        curves::{self, LotCurve},
        entries::{self, LotEntries, WrittenLast},
        lot_sheet::{MealVersion, SignedMeal},
        lots::{self, LotFilter, StoredLot},
        view::View,
    },
};
use actix_web::web;
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A farmer feeds one or two lots at a time.
const MOST_LOTS: i64 = 20;
/// Lots that can still be fed.
const FED: [Statut; 4] = [
    Statut::Planifie,
    Statut::EnPreparation,
    Statut::EnGavage,
    Statut::PretAbattage,
];

/// Of a lot that has not been fed.
const FIRST_MEAL: MealPosition = (0, Moment::Matin);

pub fn configure(cfg: &mut web::ServiceConfig) {
    let path = "/api/gaveurs/{gaveur_id}/saisie";
    super::get(cfg, path, Policy::Gaveur, of_gaveur);
}

/// The lots of a farmer that can still be fed.
#[derive(Debug, Serialize, ToSchema)]
struct EntrySheet {
    gaveur_id: i32,
    /// The server's clock.
    horloge: Timestamp,
    limites: Limits,
    /// The newest lot first.
    lots: Vec<EntryLot>,
}

#[derive(Debug, Serialize, ToSchema)]
struct EntryLot {
    lot: Lot,
    /// `null` for a lot whose feeding has ended.
    prochain: Option<NextMeal>,
    /// The validated plan; `null` without one.
    plan: Option<CurveVersion>,
    /// All of them, oldest first: one of the first days can be corrected as well, also out of reach.
    repas: Vec<EntryMeal>,
    /// Meals between the first and the last that nobody has told of, oldest first.
    manquants: Vec<MissingMeal>,
}

/// The meal behind the last one.
#[derive(Debug, Serialize, ToSchema)]
struct NextMeal {
    jour: i32,
    moment: &'static str,
    /// Planned, g per duck; `null` without a plan.
    dose_g: Option<f64>,
    /// For all ducks that are alive, kg, one decimal.
    total_kg: Option<f64>,
}

/// A meal with everything that was said of it.
#[derive(Debug, Serialize, ToSchema)]
struct EntryMeal {
    #[serde(flatten)]
    meal: SheetMeal,
    /// Counts the versions of the meal, from 1: what a correction sends as `base`.
    version: usize,
    /// Ducks that died since the meal before; `null` where only a stream has counted them.
    morts: Option<i32>,
    cause_mortalite: Option<String>,
    raison_ecart: Option<String>,
    remarques: Option<String>,
    problemes_sante: Option<String>,
    /// What was said before, the oldest first.
    versions: Vec<Version>,
}

impl EntryMeal {
    fn new(meal: SignedMeal, versions: Vec<MealVersion>, written: Option<&WrittenLast>) -> Self {
        let is_entered = meal.meal.origine == Origine::Saisie;
        let remarks = written.map_or_else(Remarks::default, |written| written.remarks.clone());
        EntryMeal {
            meal: meal.into(),
            version: versions.len() + 1,
            morts: written
                .filter(|_| is_entered)
                .and_then(|written| written.morts),
            cause_mortalite: remarks.cause_mortalite,
            raison_ecart: remarks.raison_ecart,
            remarques: remarks.remarques,
            problemes_sante: remarks.problemes_sante,
            versions: versions.into_iter().map(Version::from).collect(),
        }
    }
}

impl EntryLot {
    fn new(lot: StoredLot, entries: LotEntries, curves: &[LotCurve]) -> Self {
        let plan = in_force(curves);
        let positions: Vec<MealPosition> = entries.meals.iter().map(position).collect();
        let mut versions: BTreeMap<MealPosition, Vec<MealVersion>> = BTreeMap::new();
        for version in entries.versions {
            let of_meal = versions.entry((version.jour, version.moment)).or_default();
            of_meal.push(version);
        }
        let written: BTreeMap<MealPosition, WrittenLast> = entries
            .written
            .into_iter()
            .map(|written| ((written.jour, written.moment), written))
            .collect();
        let meals = entries.meals.into_iter().map(|meal| {
            let position = position(&meal);
            let versions = versions.remove(&position).unwrap_or_default();
            EntryMeal::new(meal, versions, written.get(&position))
        });
        EntryLot {
            repas: meals.collect(),
            manquants: missing(&positions),
            prochain: (!lot.statut.has_ended()).then(|| next(&lot, plan)),
            plan: plan.map(CurveVersion::from),
            lot: lot.into(),
        }
    }
}

fn position(signed: &SignedMeal) -> MealPosition {
    signed.meal.reading.position()
}

fn next(lot: &StoredLot, plan: Option<&LotCurve>) -> NextMeal {
    let last = lot.jour_actuel.zip(lot.moment_actuel);
    let (jour, moment) = last.map_or(FIRST_MEAL, after);
    let dose_g = plan.and_then(|plan| plan.curve.doses().get(&(jour, moment)).copied());
    let total = dose_g.zip(lot.nb_canards_actuel);
    NextMeal {
        jour,
        moment: moment.as_str(),
        dose_g,
        total_kg: total.map(|(dose, ducks)| one_decimal(dose * f64::from(ducks) / 1_000.0)),
    }
}

/// Lots of a gaveur, to write their meals down
///
/// Each with its next meal, its last meals with all that was said of them, and the meals that nobody has told of.
#[utoipa::path(
    get,
    path = "/api/gaveurs/{gaveur_id}/saisie",
    tag = "lots",
    params(("gaveur_id" = i32, Path, minimum = 0)),
    responses((status = 200, description = "The newest lot first; none for an unknown gaveur", body = EntrySheet), ReadFailure)
)]
async fn of_gaveur(view: View, path: web::Path<String>) -> Result<web::Json<EntrySheet>, ApiError> {
    let gaveur_id = params::gaveur_id(&path)?;
    let filter = LotFilter {
        statuts: Some(FED.to_vec()),
        gaveur_id: Some(gaveur_id),
        ..LotFilter::default()
    };
    let mut sheet = EntrySheet {
        gaveur_id,
        horloge: Timestamp::now(),
        limites: LIMITS,
        lots: Vec::new(),
    };
    for lot in lots::list(&view, filter, MOST_LOTS).await? {
        let entries = entries::of_lot(&view, lot.id).await?;
        let curves = curves::list(&view, lot.id).await?;
        sheet.lots.push(EntryLot::new(lot, entries, &curves));
    }
    Ok(web::Json(sheet))
}
