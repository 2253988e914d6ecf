//! The rules: what is said of a closed lot, from its figures, those of the lots like it, and the time.

use super::{
    ComparedLot, CurveAction, Proposal, Rule,
    comparison::ComparisonSet,
    evidence::{Contrast, Evidence, Measure, NamedMeal},
};
use crate::domain::{curve::Curve, reading::Reading, weighings::meal_rank};
use jiff::Timestamp;

/// % off the plan from which a meal counts as off it.
pub const OFF_PLAN_PCT: f64 = 5.0;
/// Shares of the meals of a lot that is off its plan, and of one that follows it.
const OFF_PLAN: f64 = 0.15;
const ON_PLAN: f64 = 0.02;
/// The climate that a stable should have.
pub const TEMPERATURE_C: std::ops::RangeInclusive<f64> = 18.0..=25.0;
pub const HUMIDITE_PCT: std::ops::RangeInclusive<f64> = 50.0..=75.0;
/// Share of readings out of it that is too much.
const OUT_OF_RANGE: f64 = 0.10;
/// The maize that a lot with too much of it is led to: a quantile of the compared lots, and how much less at most.
const MAIZE_TARGET: f64 = 0.55;
const LEAST_FACTOR: f64 = 0.95;
/// Quantile of ITM of the best lots.
const BEST: f64 = 0.10;
/// Ratings from which a lot may be called worse than others, and the share of the lots that it is among the worst of.
pub const FEWEST_RATINGS: i64 = 20;
const WORST: f64 = 0.25;
/// Meals that are named.
const MOST_MEALS: usize = 40;

/// What a rule has found, before the meals of the lot are looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    pub rule: Rule,
    evidence: Evidence,
}

/// What the rules say of a lot. Silence where the lots like it are too few.
pub fn findings(lot: &ComparedLot, closed: &[ComparedLot], now: Timestamp) -> Vec<Finding> {
    let Some(set) = ComparisonSet::of(lot, closed, now) else {
        return Vec::new();
    };
    let of_feeding = [
        (Rule::SuiviDuPlan, off_plan(lot, &set)),
        (Rule::MaisSansFoie, maize_without_liver(lot, &set)),
        (Rule::Ambiance, climate(lot, &set)),
    ];
    let found = |(rule, evidence): (Rule, Option<Evidence>)| {
        evidence.map(|evidence| Finding { rule, evidence })
    };
    let mut all: Vec<_> = of_feeding.into_iter().filter_map(found).collect();
    let rated = all.first().and_then(|why| rated_low(lot, &set, why));
    let rest = [
        (Rule::Avis, rated),
        (Rule::AReprendre, worth_repeating(lot, &set)),
    ];
    all.extend(rest.into_iter().filter_map(found));
    all
}

/// Many meals off the plan, and lots like that do worse than those that follow theirs.
fn off_plan(lot: &ComparedLot, set: &ComparisonSet<'_>) -> Option<Evidence> {
    let strays = |lot: &ComparedLot| lot.off_plan().is_some_and(|share| share >= OFF_PLAN);
    let follows = |lot: &ComparedLot| lot.off_plan().is_some_and(|share| share <= ON_PLAN);
    if !strays(lot) {
        return None;
    }
    let set = set.with(|lot| lot.off_plan().is_some())?;
    adverse(lot, &set, ("hors_plan", &strays), ("suivi", &follows))
}

/// A stable too warm, cold, damp or dry too often, and lots like that do worse.
fn climate(lot: &ComparedLot, set: &ComparisonSet<'_>) -> Option<Evidence> {
    let is_out = |lot: &ComparedLot| lot.out_of_range().is_some_and(|share| share > OUT_OF_RANGE);
    let is_in = |lot: &ComparedLot| {
        lot.out_of_range()
            .is_some_and(|share| share <= OUT_OF_RANGE)
    };
    if !is_out(lot) {
        return None;
    }
    let set = set.with(|lot| lot.out_of_range().is_some())?;
    adverse(
        lot,
        &set,
        ("hors_plage", &is_out),
        ("dans_la_plage", &is_in),
    )
}

/// Of the four figures of a lot, all contrasts, if the first group is worse by one of them.
fn adverse(
    lot: &ComparedLot,
    set: &ComparisonSet<'_>,
    first: (&str, &dyn Fn(&ComparedLot) -> bool),
    second: (&str, &dyn Fn(&ComparedLot) -> bool),
) -> Option<Evidence> {
    let contrasts = Measure::OUTPUTS
        .iter()
        .filter_map(|measure| set.contrast(*measure, first, second));
    let contrasts: Vec<Contrast> = contrasts.collect();
    let is_worse = |one: &&Contrast| one.ic95.is_some_and(|ic95| one.mesure.is_adverse(ic95));
    let worse = contrasts.iter().find(is_worse)?.mesure;
    Some(Evidence::new(lot, set, worse, contrasts))
}

/// Much maize and a high ITM, but no large livers.
fn maize_without_liver(lot: &ComparedLot, set: &ComparisonSet<'_>) -> Option<Evidence> {
    let set = set.with(|lot| lot.itm().is_some())?;
    let (mais, itm, foie) = (lot.mais_g?, lot.itm()?, lot.foie_g?);
    let quartile = set.quantile(|lot| lot.mais_g, 0.75)?;
    let is_so = mais > quartile
        && itm > set.quantile(ComparedLot::itm, 0.75)?
        && foie <= set.quantile(|lot| lot.foie_g, 0.5)?;
    if !is_so {
        return None;
    }
    let most_fed = |lot: &ComparedLot| lot.mais_g.is_some_and(|mais| mais > quartile);
    let others = |lot: &ComparedLot| lot.mais_g.is_some_and(|mais| mais <= quartile);
    let contrasts = [Measure::Itm, Measure::Foie].iter().filter_map(|measure| {
        set.contrast(*measure, ("plus_nourris", &most_fed), ("autres", &others))
    });
    let contrasts = contrasts.collect();
    Some(Evidence {
        mais_cible_g: set.quantile(|lot| lot.mais_g, MAIZE_TARGET),
        ..Evidence::new(lot, &set, Measure::Itm, contrasts)
    })
}

/// Consumers like the lot less than those like it, and its feeding was unlike theirs: `why` is what was found of it.
fn rated_low(lot: &ComparedLot, set: &ComparisonSet<'_>, why: &Finding) -> Option<Evidence> {
    if lot.avis.n() < FEWEST_RATINGS {
        return None;
    }
    let set = set.with(|lot| lot.note().is_some())?;
    let rating = set.rating_of(lot)?;
    let is_among_worst = lot.note()? <= set.quantile(ComparedLot::note, WORST)?;
    if !is_among_worst || !Measure::Note.is_adverse(rating.ic95?) {
        return None;
    }
    let mut contrasts = vec![rating];
    contrasts.extend(why.evidence.mesures.iter().cloned());
    Some(Evidence {
        avec: Some(why.rule),
        ..Evidence::new(lot, &set, Measure::Note, contrasts)
    })
}

/// Among the best by ITM, and the livers are not small.
fn worth_repeating(lot: &ComparedLot, set: &ComparisonSet<'_>) -> Option<Evidence> {
    let set = set.with(|lot| lot.itm().is_some())?;
    let best = set.quantile(ComparedLot::itm, BEST)?;
    let is_so = lot.itm()? <= best && lot.foie_g? >= set.quantile(|lot| lot.foie_g, 0.5)?;
    if !is_so {
        return None;
    }
    let is_best = |lot: &ComparedLot| lot.itm().is_some_and(|itm| itm <= best);
    let others = |lot: &ComparedLot| lot.itm().is_some_and(|itm| itm > best);
    let contrasts = [Measure::Itm, Measure::Foie]
        .iter()
        .filter_map(|measure| set.contrast(*measure, ("reprises", &is_best), ("autres", &others)));
    let contrasts = contrasts.collect();
    Some(Evidence::new(lot, &set, Measure::Itm, contrasts))
}

impl Finding {
    /// The advice, with the meals that it is about. `None` if it is to plan a curve and the meals give none.
    pub fn propose(self, lot: &ComparedLot, meals: &[Reading], now: Timestamp) -> Option<Proposal> {
        let Finding { rule, mut evidence } = self;
        evidence.repas = match evidence.avec.unwrap_or(rule) {
            Rule::SuiviDuPlan => named(meals, is_off_plan),
            Rule::Ambiance => named(meals, is_out_of_range),
            Rule::MaisSansFoie | Rule::Avis | Rule::AReprendre => Vec::new(),
        };
        let action = match rule {
            Rule::MaisSansFoie => {
                let factor = evidence.mais_cible_g? / lot.mais_g?;
                Some(curve(lot, meals, factor.clamp(LEAST_FACTOR, 1.0))?)
            }
            Rule::AReprendre => Some(curve(lot, meals, 1.0)?),
            // The rule that was found as well proposes its own curve.
            Rule::Avis | Rule::SuiviDuPlan | Rule::Ambiance => None,
        };
        Some(Proposal {
            rule,
            lot_id: lot.id,
            code_lot: lot.code_lot.clone(),
            gaveur_id: lot.gaveur_id,
            site: lot.site,
            simule: lot.simule,
            evidence,
            action,
            cree_le: now,
        })
    }
}

fn is_off_plan(meal: &Reading) -> bool {
    meal.ecart_dose()
        .is_some_and(|ecart| ecart.abs() > OFF_PLAN_PCT)
}

fn is_out_of_range(meal: &Reading) -> bool {
    let is_out = |value: Option<f64>, range: std::ops::RangeInclusive<f64>| {
        value.is_some_and(|value| !range.contains(&value))
    };
    is_out(meal.temperature_stabule, TEMPERATURE_C) || is_out(meal.humidite_stabule, HUMIDITE_PCT)
}

fn named(meals: &[Reading], is_meant: impl Fn(&Reading) -> bool) -> Vec<NamedMeal> {
    let mut meant: Vec<_> = meals.iter().filter(|meal| is_meant(meal)).collect();
    meant.sort_by_key(|meal| meal_rank(meal.position()));
    let meals = meant.into_iter().take(MOST_MEALS).map(|meal| NamedMeal {
        jour: meal.jour,
        moment: meal.moment,
        ecart_pct: meal.ecart_dose(),
        temperature_c: meal.temperature_stabule,
        humidite_pct: meal.humidite_stabule,
    });
    meals.collect()
}

/// The given doses times a factor, if they make a curve that can be planned. A last meal that was cut short before the ducks left is left out.
fn curve(lot: &ComparedLot, meals: &[Reading], factor: f64) -> Option<CurveAction> {
    let mut meals: Vec<_> = meals.iter().collect();
    meals.sort_by_key(|meal| meal_rank(meal.position()));
    let premier_repas = meal_rank(meals.first()?.position());
    let ranks = premier_repas..;
    let is_whole = meals
        .iter()
        .zip(ranks)
        .all(|(meal, rank)| meal_rank(meal.position()) == rank);
    if !is_whole {
        return None;
    }
    let dose = |meal: &&Reading| (meal.dose_reelle * factor * 10.0).round() / 10.0;
    let mut curve = Curve {
        premier_repas,
        points_g: meals.iter().map(dose).collect(),
    };
    if curve.check().is_err() {
        curve.points_g.pop();
    }
    curve.check().ok()?;
    Some(CurveAction {
        r#type: "courbe".to_owned(),
        lot: lot.code_lot.clone(),
        facteur: factor,
        total_g: curve.total_g(),
        premier_repas,
        points_g: curve.points_g,
    })
}

#[cfg(test)]
mod tests;
