//! The figures that steer the cooperative: of the lots of a period, real or simulated ones, never both together.

pub mod ends;
pub mod gaveurs;
pub mod heat;
pub mod mortality;
pub mod weeks;

use super::{
    intervals::{Spread, WeightedMean, share_95, spread, weighted_mean},
    quality::ByGrade,
    yields::{EndedLot, Yields},
};

/// A lot whose feeding has ended, with its names and the grades of its livers.
#[derive(Debug, Clone, PartialEq)]
pub struct PeriodLot {
    pub code_lot: String,
    pub gaveur_nom: String,
    pub grades: ByGrade,
    pub ended: EndedLot,
}

/// The real ones, or the simulated ones if there is no other; and whether they are simulated.
pub fn unmixed<T>(mut items: Vec<T>, is_simulated: impl Fn(&T) -> bool) -> (Vec<T>, bool) {
    let simulated = items.iter().all(&is_simulated);
    if !simulated {
        items.retain(|item| !is_simulated(item));
    }
    let is_of_anything = !items.is_empty();
    (items, simulated && is_of_anything)
}

/// Livers of a period, estimated for all ducks, and measured by quality control: two figures that cannot be added up.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Production {
    pub lots: i64,
    /// Lots that the estimate is of.
    pub lots_estimes: i64,
    /// Ducks × mean liver of the lots with at least ten weighed livers.
    pub foie_estime_kg: Option<f64>,
    pub foies_mesures: i64,
    pub foie_mesure_kg: Option<f64>,
}

impl Production {
    pub fn of<'a>(lots: impl IntoIterator<Item = &'a PeriodLot>) -> Self {
        let lots: Vec<&EndedLot> = lots.into_iter().map(|lot| &lot.ended).collect();
        let yields = Yields::of(lots.iter().copied());
        let foies_mesures: i64 = lots.iter().map(|lot| lot.masses).sum();
        let grams = lots
            .iter()
            .filter_map(|lot| Some(lot.masses as f64 * lot.masse_moyenne_g?));
        Production {
            lots: yields.lots,
            lots_estimes: yields.lots_estimes,
            foie_estime_kg: yields.foie_estime_kg,
            foies_mesures,
            foie_mesure_kg: (foies_mesures > 0).then(|| grams.sum::<f64>() / 1000.0),
        }
    }
}

/// ITM of some lots: Σ ducks × maize / Σ ducks × liver, g/g.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GroupItm {
    pub mean: WeightedMean,
    /// Of the single lots.
    pub spread: Option<Spread>,
}

/// `None` if no lot has maize, livers and a head count.
pub fn group_itm<'a>(lots: impl IntoIterator<Item = &'a PeriodLot>) -> Option<GroupItm> {
    let known = lots.into_iter().filter_map(|lot| {
        let lot = &lot.ended;
        let weight = f64::from(lot.nb_canards?) * lot.masse_moyenne_g?;
        Some((weight, lot.itm()?)).filter(|(weight, _)| *weight > 0.0)
    });
    let known: Vec<_> = known.collect();
    let itms: Vec<f64> = known.iter().map(|(_, itm)| *itm).collect();
    Some(GroupItm {
        mean: weighted_mean(known)?,
        spread: spread(&itms),
    })
}

/// Cumulated mortality of some lots, weighted by their ducks, %; and the lots that it is of.
pub fn mortality<'a>(lots: impl IntoIterator<Item = &'a PeriodLot>) -> Option<WeightedMean> {
    weighted_mean(
        lots.into_iter()
            .filter_map(|lot| Some((f64::from(lot.ended.nb_canards?), lot.ended.taux_mortalite?))),
    )
}

/// Graded livers below which shares are not told.
pub const FEWEST_GRADED: i64 = 10;

/// Grades of livers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Graded {
    /// By grade, the best first.
    pub counts: [i64; 5],
    pub n: i64,
    /// Share of A+ and A, 0–1, and its bounds; `None` below [`FEWEST_GRADED`].
    pub best: Option<(f64, (f64, f64))>,
}

pub fn graded<'a>(lots: impl IntoIterator<Item = &'a PeriodLot>) -> Graded {
    let counts = lots.into_iter().fold([0; 5], |mut sums, lot| {
        for (sum, count) in sums.iter_mut().zip(lot.grades.best_first()) {
            *sum += count;
        }
        sums
    });
    let n: i64 = counts.iter().sum();
    let best = counts[0] + counts[1];
    let share = share_95(best, n).filter(|_| n >= FEWEST_GRADED);
    Graded {
        counts,
        n,
        best: share.map(|bounds| (best as f64 / n as f64, bounds)),
    }
}

/// How closely the plan was followed: counts of meals.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Conformity {
    pub repas: i64,
    /// Of them those with a planned dose, which the other counts are of.
    pub avec_plan: i64,
    /// Within ±5 % and ±10 % of the plan.
    pub dans_5: i64,
    pub dans_10: i64,
    /// More than 5 % below and above the plan.
    pub dessous: i64,
    pub dessus: i64,
}

impl Conformity {
    pub fn plus(self, other: Self) -> Self {
        Conformity {
            repas: self.repas + other.repas,
            avec_plan: self.avec_plan + other.avec_plan,
            dans_5: self.dans_5 + other.dans_5,
            dans_10: self.dans_10 + other.dans_10,
            dessous: self.dessous + other.dessous,
            dessus: self.dessus + other.dessus,
        }
    }

    /// A share of the meals with a plan, %.
    pub fn share(&self, count: i64) -> Option<f64> {
        (self.avec_plan > 0).then(|| count as f64 / self.avec_plan as f64 * 100.0)
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::domain::site::Site;
    use jiff::Timestamp;

    /// A lot of 1,000 ducks with 24 livers.
    pub fn lot(gaveur_id: i32, maize: f64, liver: f64) -> PeriodLot {
        PeriodLot {
            code_lot: "LL2611001".to_owned(),
            gaveur_nom: format!("Gaveur {gaveur_id}"),
            grades: ByGrade::default(),
            ended: EndedLot {
                site: Site::Ll,
                gaveur_id,
                dernier_releve: Timestamp::UNIX_EPOCH,
                nb_canards: Some(1000),
                jour: 9,
                taux_mortalite: Some(2.0),
                masses: 24,
                masse_moyenne_g: Some(liver),
                sigma: None,
                mais_g_par_canard: Some(maize),
                simule: false,
            },
        }
    }

    #[test]
    fn simulated_lots_count_only_where_there_is_no_real_one() {
        let is_simulated = |lot: &(i32, bool)| lot.1;
        let mixed = vec![(1, true), (2, false), (3, true)];
        assert_eq!(unmixed(mixed, is_simulated), (vec![(2, false)], false));
        let simulated = vec![(1, true), (3, true)];
        assert_eq!(unmixed(simulated.clone(), is_simulated), (simulated, true));
        assert_eq!(unmixed(Vec::new(), is_simulated), (Vec::new(), false));
    }

    #[test]
    fn estimated_and_measured_livers_are_two_figures() {
        let mut few = lot(1, 8000.0, 400.0);
        few.ended.masses = 4;
        let production = Production::of(&[lot(1, 8000.0, 500.0), few]);
        assert_eq!((production.lots, production.lots_estimes), (2, 1));
        assert_eq!(production.foie_estime_kg, Some(500.0));
        assert_eq!(production.foies_mesures, 28);
        assert_eq!(production.foie_mesure_kg, Some(12.0 + 1.6));
        let nothing = Production::of(&[]);
        assert_eq!(
            (nothing.foie_estime_kg, nothing.foie_mesure_kg),
            (None, None)
        );
    }

    #[test]
    fn the_itm_of_a_group_is_all_its_maize_over_all_its_livers() {
        let mut large = lot(1, 7000.0, 560.0);
        large.ended.nb_canards = Some(3000);
        let mut uncounted = lot(1, 9000.0, 300.0);
        uncounted.ended.nb_canards = None;
        let found = group_itm(&[lot(1, 8000.0, 400.0), large, uncounted]).unwrap();
        let ratio = (8000.0 + 3.0 * 7000.0) / (400.0 + 3.0 * 560.0);
        assert!((found.mean.mean - ratio).abs() < 1e-12);
        assert_eq!((found.mean.n, found.spread), (2, None));
    }

    #[test]
    fn shares_of_fewer_than_ten_livers_are_not_told() {
        let with = |a_plus| PeriodLot {
            grades: ByGrade {
                a_plus,
                b: 4,
                ..ByGrade::default()
            },
            ..lot(1, 8000.0, 500.0)
        };
        assert_eq!(graded(&[with(5)]).best, None);
        let found = graded(&[with(5), with(3)]);
        assert_eq!((found.n, found.counts), (16, [8, 0, 8, 0, 0]));
        assert_eq!(found.best.unwrap().0, 0.5);
    }

    #[test]
    fn a_share_of_no_meal_with_a_plan_is_unknown() {
        let unplanned = Conformity {
            repas: 4,
            ..Conformity::default()
        };
        assert_eq!(unplanned.share(0), None);
        let planned = Conformity {
            repas: 5,
            avec_plan: 4,
            dans_5: 3,
            ..Conformity::default()
        };
        assert_eq!(planned.plus(unplanned).share(3), Some(75.0));
    }
}
