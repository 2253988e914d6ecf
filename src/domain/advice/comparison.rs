//! The lots that a lot is compared with, and how sure a difference between two groups of them is.

use super::{
    ComparedLot,
    evidence::{Contrast, Group, MOST_NAMED, Measure, Period},
};
use crate::domain::{intervals::weighted_mean, quantiles::quantile};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use std::collections::{BTreeMap, BTreeSet};

/// Below these a comparison is not made.
pub const FEWEST_LOTS: usize = 20;
pub const FEWEST_GAVEURS: usize = 5;
/// How far back it looks.
pub const LOOKS_BACK: SignedDuration = SignedDuration::from_hours(180 * 24);

/// A group with fewer has no interval.
const FEWEST_OF_GROUP: usize = 5;
const FEWEST_GAVEURS_OF_GROUP: usize = 3;
const DRAWS: usize = 600;
/// Draws that must hold both groups.
const FEWEST_DRAWS: usize = 540;

/// Closed lots of the same genetics and site, simulated or not as the lot is, without the lot itself.
#[derive(Debug, Clone)]
pub struct ComparisonSet<'a> {
    /// The latest first.
    pub lots: Vec<&'a ComparedLot>,
    seed: u64,
}

impl<'a> ComparisonSet<'a> {
    /// `None` if there are not enough.
    pub fn of(lot: &ComparedLot, closed: &'a [ComparedLot], now: Timestamp) -> Option<Self> {
        let is_like_it = |other: &&ComparedLot| {
            let age = now.duration_since(other.dernier_releve);
            other.id != lot.id
                && (other.site, other.simule) == (lot.site, lot.simule)
                && other.genetique == lot.genetique
                && age >= SignedDuration::ZERO
                && age <= LOOKS_BACK
        };
        let mut lots: Vec<_> = closed.iter().filter(is_like_it).collect();
        lots.sort_by_key(|lot| (std::cmp::Reverse(lot.dernier_releve), lot.id));
        let seed = seed_of(&lot.code_lot);
        ComparisonSet { lots, seed }.if_enough()
    }

    /// Those of the lots that have what a rule looks at. `None` if they are not enough.
    pub fn with(&self, has: impl Fn(&ComparedLot) -> bool) -> Option<Self> {
        let lots = self.lots.iter().copied().filter(|lot| has(lot)).collect();
        let seed = self.seed;
        ComparisonSet { lots, seed }.if_enough()
    }

    fn if_enough(self) -> Option<Self> {
        let is_enough = self.lots.len() >= FEWEST_LOTS && self.gaveurs() >= FEWEST_GAVEURS;
        is_enough.then_some(self)
    }

    pub fn gaveurs(&self) -> usize {
        let distinct: BTreeSet<_> = self.lots.iter().map(|lot| lot.gaveur_id).collect();
        distinct.len()
    }

    pub fn quantile(
        &self,
        measure: impl Fn(&ComparedLot) -> Option<f64>,
        share: f64,
    ) -> Option<f64> {
        let values: Vec<_> = self.lots.iter().filter_map(|lot| measure(lot)).collect();
        quantile(&values, share)
    }

    /// Share of the lots that are better, %.
    pub fn rank(&self, lot: &ComparedLot, measure: Measure) -> Option<f64> {
        let own = measure.of(lot)?;
        let values: Vec<_> = self.lots.iter().filter_map(|lot| measure.of(lot)).collect();
        let better = values
            .iter()
            .filter(|value| measure.is_better(**value, own));
        (!values.is_empty()).then(|| 100.0 * better.count() as f64 / values.len() as f64)
    }

    /// Compares the lots of a first group with those of a second by a measure; lots of neither group, or without the measure, do not count.
    /// `None` if a group is empty.
    pub fn contrast(
        &self,
        mesure: Measure,
        first: (&str, &dyn Fn(&ComparedLot) -> bool),
        second: (&str, &dyn Fn(&ComparedLot) -> bool),
    ) -> Option<Contrast> {
        let members = self.lots.iter().filter_map(|lot| {
            let value = mesure.of(lot)?;
            let is_first = (first.1)(lot);
            (is_first || (second.1)(lot)).then_some(Member {
                gaveur_id: lot.gaveur_id,
                is_first,
                value,
            })
        });
        let members: Vec<_> = members.collect();
        compare(mesure, &members, (first.0, second.0), self.seed)
    }

    /// How far the lot's rating is from those of the lots. Its own half interval comes from its ratings, theirs from the means of the gaveurs, and
    /// that of the difference is the root of the sum of their squares.
    pub fn rating_of(&self, lot: &ComparedLot) -> Option<Contrast> {
        let own = lot.avis.mean()?;
        let members = self.lots.iter().filter_map(|lot| {
            Some(Member {
                gaveur_id: lot.gaveur_id,
                is_first: false,
                value: lot.note()?,
            })
        });
        let members: Vec<_> = members.collect();
        let of_gaveurs = sums(&members).into_values().map(|sums| {
            let (n, sum) = sums.second;
            (n, sum / n)
        });
        let others = weighted_mean(of_gaveurs)?;
        let difference = own.mean - others.mean;
        let ic95 = others.ic95.map(|theirs| {
            let half = |(low, high): (f64, f64)| (high - low) / 2.0;
            let half = half(own.ic95).hypot(half(theirs));
            (difference - half, difference + half)
        });
        let ratings = Group {
            nom: "ce_lot".to_owned(),
            n: usize::try_from(lot.avis.n()).ok()?,
            moyenne: own.mean,
            sd: Some(own.sd),
        };
        Some(Contrast {
            mesure: Measure::Note,
            groupes: vec![ratings, group("autres", &members, false)?],
            difference,
            ic95,
        })
    }

    pub fn codes(&self) -> Vec<String> {
        let codes = self.lots.iter().map(|lot| lot.code_lot.clone());
        codes.take(MOST_NAMED).collect()
    }

    pub fn period(&self) -> Period {
        let day = |lot: Option<&&ComparedLot>| {
            lot.map_or_else(String::new, |lot| {
                lot.dernier_releve
                    .to_zoned(TimeZone::UTC)
                    .date()
                    .to_string()
            })
        };
        Period {
            depuis: day(self.lots.last()),
            jusqua: day(self.lots.first()),
        }
    }
}

/// A lot in one of two groups.
#[derive(Debug, Clone, Copy)]
pub struct Member {
    pub gaveur_id: i32,
    pub is_first: bool,
    pub value: f64,
}

/// Compares two groups, which have these names. `None` if one is empty.
pub fn compare(
    mesure: Measure,
    members: &[Member],
    names: (&str, &str),
    seed: u64,
) -> Option<Contrast> {
    let (one, other) = (
        group(names.0, members, true)?,
        group(names.1, members, false)?,
    );
    Some(Contrast {
        mesure,
        difference: one.moyenne - other.moyenne,
        groupes: vec![one, other],
        ic95: interval(members, seed),
    })
}

fn group(nom: &str, members: &[Member], is_first: bool) -> Option<Group> {
    let values = members.iter().filter(|one| one.is_first == is_first);
    let values: Vec<_> = values.map(|one| one.value).collect();
    let n = values.len();
    if n == 0 {
        return None;
    }
    let moyenne = values.iter().sum::<f64>() / n as f64;
    let squares: f64 = values.iter().map(|value| (value - moyenne).powi(2)).sum();
    Some(Group {
        nom: nom.to_owned(),
        n,
        moyenne,
        sd: (n > 1).then(|| (squares / (n - 1) as f64).sqrt()),
    })
}

/// Count and sum of the values of one gaveur in each group.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    first: (f64, f64),
    second: (f64, f64),
}

fn sums(members: &[Member]) -> BTreeMap<i32, Sums> {
    let mut by_gaveur: BTreeMap<i32, Sums> = BTreeMap::new();
    for one in members {
        let sums = by_gaveur.entry(one.gaveur_id).or_default();
        let (n, sum) = if one.is_first {
            &mut sums.first
        } else {
            &mut sums.second
        };
        *n += 1.0;
        *sum += one.value;
    }
    by_gaveur
}

/// 95 % of the difference of the means of the groups, by drawing gaveurs with all their lots: lots of one farmer are alike, so that drawing
/// lots would feign more knowledge than there is. The same seed gives the same interval.
fn interval(members: &[Member], seed: u64) -> Option<(f64, f64)> {
    let is_enough = |is_first: bool| {
        let of_group = || members.iter().filter(|one| one.is_first == is_first);
        let gaveurs: BTreeSet<_> = of_group().map(|one| one.gaveur_id).collect();
        of_group().count() >= FEWEST_OF_GROUP && gaveurs.len() >= FEWEST_GAVEURS_OF_GROUP
    };
    if !is_enough(true) || !is_enough(false) {
        return None;
    }
    let gaveurs: Vec<_> = sums(members).into_values().collect();
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut differences = Vec::with_capacity(DRAWS);
    for _ in 0..DRAWS {
        let (mut first, mut second) = ((0.0, 0.0), (0.0, 0.0));
        for _ in 0..gaveurs.len() {
            let drawn = gaveurs[rng.random_range(0..gaveurs.len())];
            first = (first.0 + drawn.first.0, first.1 + drawn.first.1);
            second = (second.0 + drawn.second.0, second.1 + drawn.second.1);
        }
        if first.0 > 0.0 && second.0 > 0.0 {
            differences.push(first.1 / first.0 - second.1 / second.0);
        }
    }
    if differences.len() < FEWEST_DRAWS {
        return None;
    }
    Some((
        quantile(&differences, 0.025)?,
        quantile(&differences, 0.975)?,
    ))
}

/// FNV-1a of the code: the same lot is judged alike each time.
fn seed_of(code_lot: &str) -> u64 {
    code_lot.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests;
