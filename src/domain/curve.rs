//! Planned curves: how much maize a duck of a lot is to get at each meal.
//!
//! A curve is never changed: another one takes its place. `en_attente → validee | rejetee`, and a validated one that another takes the place of
//! is `remplacee`.

pub mod correction;
pub mod planning;

use super::{reading::MealPosition, saisie::position_of, words::words};
use std::{collections::BTreeMap, ops::RangeInclusive};

words! {
    /// How far the decision about a curve is.
    pub enum EtatCourbe {
        EnAttente = "en_attente",
        Validee = "validee",
        Rejetee = "rejetee",
        Remplacee = "remplacee",
    }
}

words! {
    /// Where a curve comes from.
    pub enum SourceCourbe {
        Mediane = "mediane",
        Copie = "copie",
        Manuelle = "manuelle",
        Recommandation = "recommandation",
    }
}

words! {
    /// What a supervisor decides about a curve.
    pub enum Decision {
        Valider = "valider",
        Rejeter = "rejeter",
    }
}

/// Median given dose of meals 1 to 22, g per duck, of 75 lots.
pub const MEDIANS: [f64; 22] = [
    225.0, 240.0, 260.0, 280.0, 300.0, 325.0, 350.0, 375.0, 400.0, 425.0, 440.0, 460.0, 470.0,
    480.0, 480.0, 490.0, 490.0, 490.0, 480.0, 465.0, 460.0, 467.0,
];

/// Meals of a curve.
const MEALS: RangeInclusive<usize> = 14..=32;
/// g per duck and meal.
const DOSE_G: RangeInclusive<f64> = 1.0..=600.0;
/// g per duck.
const TOTAL_G: RangeInclusive<f64> = 5_000.0..=10_500.0;
/// From one meal to the next, whichever is more: g, or a share.
const STEP_G: f64 = 50.0;
const STEP: f64 = 0.15;

/// The doses of consecutive meals.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// Rank of the first meal.
    pub premier_repas: i32,
    /// g per duck.
    pub points_g: Vec<f64>,
}

/// Why a curve cannot be planned; one sentence that names the field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("field `{champ}` {problem}")]
pub struct BadCurve {
    pub champ: &'static str,
    pub problem: String,
}

fn bad(champ: &'static str, problem: String) -> BadCurve {
    BadCurve { champ, problem }
}

impl Curve {
    /// In the shape of the [medians](MEDIANS), beginning with the first morning.
    ///
    /// # Errors
    /// There are no medians of so many meals, or the curve is not [likely](Self::check).
    pub fn of_medians(meals: usize, total_g: f64) -> Result<Self, BadCurve> {
        let shape = MEDIANS.get(..meals).filter(|shape| !shape.is_empty());
        let shape = shape.ok_or_else(|| {
            let (least, most) = (MEALS.start(), MEDIANS.len());
            bad("nb_repas", format!("must be between {least} and {most}"))
        })?;
        let sum: f64 = shape.iter().sum();
        let points = shape
            .iter()
            .map(|median| (median * total_g / sum * 10.0).round() / 10.0);
        let curve = Curve {
            premier_repas: 0,
            points_g: points.collect(),
        };
        curve.check()?;
        Ok(curve)
    }

    /// As it is shown with the curve.
    pub fn formula(meals: usize, total_g: f64) -> String {
        format!("dose_i = M_i × {total_g:.0} / ΣM ; M : doses médianes des repas 1 à {meals}")
    }

    /// # Errors
    /// It is not likely that ducks are to be fed so.
    pub fn check(&self) -> Result<(), BadCurve> {
        let points = &self.points_g;
        if !MEALS.contains(&points.len()) {
            let (least, most) = (MEALS.start(), MEALS.end());
            return Err(bad(
                "points_g",
                format!("must hold {least} to {most} doses"),
            ));
        }
        if let Some(at) = points.iter().position(|dose| !DOSE_G.contains(dose)) {
            let (least, most) = (DOSE_G.start(), DOSE_G.end());
            let meal = at + 1;
            return Err(bad(
                "points_g",
                format!(
                    "must be between {least} and {most} g at meal {meal}, not {}",
                    points[at]
                ),
            ));
        }
        let is_large = |pair: &[f64]| {
            let step = (pair[1] - pair[0]).abs();
            step > STEP_G && step > STEP * pair[0]
        };
        if let Some(at) = points.windows(2).position(is_large) {
            let meal = at + 2;
            return Err(bad(
                "points_g",
                format!("must not change by more than {STEP_G} g and 15 % at meal {meal}"),
            ));
        }
        let total = self.total_g();
        if !TOTAL_G.contains(&total) {
            let (least, most) = (TOTAL_G.start(), TOTAL_G.end());
            return Err(bad(
                "points_g",
                format!("must add up to {least} to {most} g, not {total:.0}"),
            ));
        }
        Ok(())
    }

    pub fn total_g(&self) -> f64 {
        self.points_g.iter().sum()
    }

    /// The jour of its last meal.
    pub fn last_day(&self) -> i32 {
        position_of(self.premier_repas + self.points_g.len() as i32 - 1).0
    }

    /// The dose of each meal.
    pub fn doses(&self) -> BTreeMap<MealPosition, f64> {
        let ranks = self.premier_repas..;
        ranks
            .map(position_of)
            .zip(self.points_g.iter().copied())
            .collect()
    }

    /// # Errors
    /// It differs from the plan in force at a meal that was given already.
    pub fn check_beyond(&self, plan: &Curve, front: MealPosition) -> Result<(), BadCurve> {
        let (before, after) = (plan.doses(), self.doses());
        let given = before.range(..=front);
        let changed = given
            .clone()
            .find(|(meal, dose)| after.get(meal) != Some(*dose));
        let extra = after
            .range(..=front)
            .find(|(meal, _)| !before.contains_key(meal));
        match changed.or(extra) {
            None => Ok(()),
            Some(((jour, moment), _)) => Err(bad(
                "points_g",
                format!("must not change the meal of day {jour} {moment}, which was given already"),
            )),
        }
    }

    /// From day totals, in the shape of the medians: how the older page states a plan. The first day is 1.
    ///
    /// # Errors
    /// A day is missing, or the curve is not [likely](Self::check).
    pub fn of_days(days: &BTreeMap<i32, f64>) -> Result<Self, BadCurve> {
        let mut points = Vec::with_capacity(2 * days.len());
        for (index, (jour, total)) in days.iter().enumerate() {
            if *jour != index as i32 + 1 {
                return Err(bad("courbe_modifiee", format!("lacks day {}", index + 1)));
            }
            let last = MEDIANS.len() - 2;
            let at = (2 * index).min(last);
            let share = MEDIANS[at] / (MEDIANS[at] + MEDIANS[at + 1]);
            let morning = (total * share * 10.0).round() / 10.0;
            points.extend([morning, total - morning]);
        }
        let curve = Curve {
            premier_repas: 0,
            points_g: points,
        };
        curve.check()?;
        Ok(curve)
    }
}

impl EtatCourbe {
    /// # Errors
    /// It was decided already; the sentence names the state.
    pub fn decide(self, decision: Decision) -> Result<Self, String> {
        match (self, decision) {
            (EtatCourbe::EnAttente, Decision::Valider) => Ok(EtatCourbe::Validee),
            (EtatCourbe::EnAttente, Decision::Rejeter) => Ok(EtatCourbe::Rejetee),
            (decided, _) => Err(format!("the curve was decided already: it is {decided}")),
        }
    }
}

#[cfg(test)]
mod tests;
