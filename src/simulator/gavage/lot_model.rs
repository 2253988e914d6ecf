//! The shape of a feeding, as measured on 75 real lots of January 2024: planned curve, given doses, head count, weight, climate of the
//! stable.
//!
//! Pure: the same random generator gives the same lot.

use rand::{Rng, RngExt, seq::IndexedRandom};
use rand_distr::{Distribution, LogNormal, Normal};

/// Planned maize, median over the lots, g per duck per meal, meals 1…22.
const PLANNED_CURVE: [f64; 22] = [
    225.0, 240.0, 260.0, 280.0, 300.0, 325.0, 350.0, 375.0, 400.0, 425.0, 440.0, 460.0, 470.0,
    480.0, 480.0, 490.0, 490.0, 490.0, 480.0, 465.0, 460.0, 467.0,
];
/// Number of meals of a lot and how many of the 75 lots had it.
const MEAL_COUNTS: [(usize, u32); 5] = [(18, 10), (19, 4), (20, 32), (21, 20), (22, 9)];
/// Shares of meals whose given dose is off by 5–10 % and by 10–20 %.
const OFF_BY_FIVE: f64 = 0.019;
const OFF_BY_TEN: f64 = 0.005;
/// Share of lots whose last meal is shortened, and to which part of the curve. The plan is shortened with it: the ducks leave before they
/// could digest a whole meal, and the files plan for that.
const LAST_MEAL_CUT: f64 = 0.42;
const CUT_TO: std::ops::Range<f64> = 0.25..0.85;
/// One lot in 75 loses far more than the log-normal distribution predicts.
const HEAVY_LOSS: f64 = 1.0 / 75.0;
const HEAVY_LOSS_PARTS: std::ops::Range<f64> = 0.10..0.20;
/// Share of meals at which the stable's climate leaves its range, and for how many meals.
const EXCURSION: f64 = 0.01;
const EXCURSION_MEALS: usize = 2;

/// What is planned and measured at one meal.
#[derive(Debug, Clone, PartialEq)]
pub struct Meal {
    /// g per duck.
    pub dose_theorique: f64,
    /// g per duck.
    pub dose_reelle: f64,
    /// Mean live weight, g.
    pub poids_moyen: f64,
    pub nb_canards_vivants: i32,
    /// Cumulated, % 0–100.
    pub taux_mortalite: f64,
    /// °C.
    pub temperature_stabule: f64,
    /// % 0–100.
    pub humidite_stabule: f64,
}

/// One whole feeding, from the first meal to the last.
pub fn feeding(rng: &mut impl Rng) -> Vec<Meal> {
    let planned = planned_doses(rng);
    let alive = head_counts(planned.len(), rng);
    let weights = weights(planned.len(), rng);
    let climate = climate(planned.len(), rng);
    let meal = |index: usize| Meal {
        dose_theorique: rounded(planned[index], 10.0),
        dose_reelle: 0.0,
        poids_moyen: rounded(weights[index], 10.0),
        nb_canards_vivants: alive[index],
        taux_mortalite: mortality(alive[0], alive[index]),
        temperature_stabule: rounded(climate[index].0, 10.0),
        humidite_stabule: rounded(climate[index].1, 10.0),
    };
    let mut meals: Vec<_> = (0..planned.len()).map(meal).collect();
    for meal in &mut meals {
        meal.dose_reelle = rounded(meal.dose_theorique * (1.0 + ecart(rng)), 10.0);
    }
    meals
}

/// The curve times N(1, 0.05), the last meal often cut short.
fn planned_doses(rng: &mut impl Rng) -> Vec<f64> {
    let meals = weighted(&MEAL_COUNTS, rng);
    let lot_factor = normal(1.0, 0.05, rng);
    let mut doses: Vec<_> = PLANNED_CURVE[..meals]
        .iter()
        .map(|dose| dose * lot_factor)
        .collect();
    if rng.random_bool(LAST_MEAL_CUT) {
        let cut = rng.random_range(CUT_TO);
        doses.last_mut().into_iter().for_each(|dose| *dose *= cut);
    }
    doses
}

fn weighted(choices: &[(usize, u32)], rng: &mut impl Rng) -> usize {
    choices
        .choose_weighted(rng, |(_, weight)| *weight)
        .expect("the table is a constant with positive weights")
        .0
}

/// (given − planned) / planned: N(0, 0.015), plus a few meals far off in either direction.
fn ecart(rng: &mut impl Rng) -> f64 {
    let sign = if rng.random_bool(0.5) { 1.0 } else { -1.0 };
    let dice: f64 = rng.random();
    if dice < OFF_BY_TEN {
        sign * rng.random_range(0.10..0.20)
    } else if dice < OFF_BY_TEN + OFF_BY_FIVE {
        sign * rng.random_range(0.05..0.10)
    } else {
        normal(0.0, 0.015, rng).clamp(-0.05, 0.05)
    }
}

/// Live ducks at each meal: none die before the first meal, and losses grow towards the end.
fn head_counts(meals: usize, rng: &mut impl Rng) -> Vec<i32> {
    let initial = initial_head_count(rng);
    let losses = (f64::from(initial) * loss(rng)).round() as i32;
    let mut died_before = vec![0; meals];
    let places: Vec<_> = (1..meals).map(|index| (index, index as u32)).collect();
    for _ in 0..losses {
        died_before[weighted(&places, rng)] += 1;
    }
    let survivors = died_before.iter().scan(initial, |alive, died| {
        *alive -= died;
        Some(*alive)
    });
    survivors.collect()
}

/// Log-normal with median 1,024 and 576–1,792 for 5–95 %, clamped to the cooperative's range (250–2,304).
fn initial_head_count(rng: &mut impl Rng) -> i32 {
    log_normal(1_024.0, 0.345, rng)
        .clamp(250.0, 2_304.0)
        .round() as i32
}

/// Share of the ducks lost over the feeding: log-normal, median 1.5 %, 95 % of the lots up to 4 %, rarely much more.
fn loss(rng: &mut impl Rng) -> f64 {
    if rng.random_bool(HEAVY_LOSS) {
        rng.random_range(HEAVY_LOSS_PARTS)
    } else {
        log_normal(0.015, 0.596, rng).min(0.25)
    }
}

fn mortality(initial: i32, alive: i32) -> f64 {
    rounded(
        f64::from(initial - alive) / f64::from(initial) * 100.0,
        100.0,
    )
}

/// From about 4.6 to about 7.2 kg; the gain slows a little towards the end.
fn weights(meals: usize, rng: &mut impl Rng) -> Vec<f64> {
    let start = normal(4_600.0, 80.0, rng);
    let gain = normal(2_600.0, 120.0, rng);
    let weight = |index: usize| {
        let progress = index as f64 / (meals - 1) as f64;
        start + gain * progress * (1.15 - 0.15 * progress) + normal(0.0, 6.0, rng)
    };
    (0..meals).map(weight).collect()
}

/// Temperature (°C) and relative humidity (%) at each meal: steady, warmer in the evening, with a rare excursion of a day.
fn climate(meals: usize, rng: &mut impl Rng) -> Vec<(f64, f64)> {
    let usual = (normal(21.2, 0.5, rng), normal(64.0, 2.0, rng));
    let mut excursion = (0, (0.0, 0.0));
    let at_meal = |index: usize| {
        if excursion.0 == 0 && rng.random_bool(EXCURSION) {
            let cold = rng.random_bool(0.3);
            let warmth = rng.random_range(4.0..8.0) * if cold { -1.0 } else { 1.0 };
            excursion = (EXCURSION_MEALS, (warmth, rng.random_range(8.0..16.0)));
        }
        let extra = if excursion.0 > 0 {
            excursion.1
        } else {
            (0.0, 0.0)
        };
        excursion.0 = excursion.0.saturating_sub(1);
        let daily = if index.is_multiple_of(2) { -0.4 } else { 0.4 };
        let noise = (normal(0.0, 0.6, rng), normal(0.0, 3.0, rng));
        let temperature = usual.0 + daily + noise.0.clamp(-1.5, 1.5) + extra.0;
        let humidity = usual.1 + noise.1.clamp(-6.0, 6.0) + extra.1;
        (temperature, humidity.clamp(30.0, 95.0))
    };
    (0..meals).map(at_meal).collect()
}

fn normal(mean: f64, deviation: f64, rng: &mut impl Rng) -> f64 {
    Normal::new(mean, deviation)
        .expect("the deviations are positive constants")
        .sample(rng)
}

fn log_normal(median: f64, sigma: f64, rng: &mut impl Rng) -> f64 {
    LogNormal::new(median.ln(), sigma)
        .expect("the sigmas are positive constants")
        .sample(rng)
}

fn rounded(value: f64, per_unit: f64) -> f64 {
    (value * per_unit).round() / per_unit
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    const LOTS: usize = 4_000;

    fn lots() -> Vec<Vec<Meal>> {
        let mut rng = ChaCha8Rng::seed_from_u64(2024);
        (0..LOTS).map(|_| feeding(&mut rng)).collect()
    }

    fn quantile(values: impl IntoIterator<Item = f64>, part: f64) -> f64 {
        let mut values: Vec<_> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        values[((values.len() - 1) as f64 * part) as usize]
    }

    #[track_caller]
    fn assert_within(value: f64, band: std::ops::RangeInclusive<f64>) {
        assert!(band.contains(&value), "{value} is not in {band:?}");
    }

    fn first(lot: &[Meal]) -> &Meal {
        &lot[0]
    }

    fn last(lot: &[Meal]) -> &Meal {
        &lot[lot.len() - 1]
    }

    #[test]
    fn the_same_seed_gives_the_same_lot_and_another_seed_another() {
        let lot = |seed| feeding(&mut ChaCha8Rng::seed_from_u64(seed));
        assert_eq!(lot(7), lot(7));
        assert_ne!(lot(7), lot(8));
    }

    #[test]
    fn a_lot_has_18_to_22_meals_20_being_the_median() {
        let lots = lots();
        assert!(lots.iter().all(|lot| (18..=22).contains(&lot.len())));
        assert_eq!(quantile(lots.iter().map(|lot| lot.len() as f64), 0.5), 20.0);
    }

    #[test]
    fn the_median_plan_is_the_measured_curve_and_lots_differ_by_five_percent() {
        let lots = lots();
        for (index, dose) in PLANNED_CURVE[..17].iter().enumerate() {
            let planned: Vec<_> = lots.iter().map(|lot| lot[index].dose_theorique).collect();
            assert_within(quantile(planned.clone(), 0.5) / dose, 0.99..=1.01);
            assert_within(quantile(planned, 0.8413) / dose, 1.04..=1.06);
        }
    }

    #[test]
    fn the_given_dose_follows_the_plan_with_the_measured_outliers() {
        let lots = lots();
        let off: Vec<_> = lots
            .iter()
            .flatten()
            .map(|meal| (meal.dose_reelle / meal.dose_theorique - 1.0).abs())
            .collect();
        let beyond =
            |limit| off.iter().filter(|ecart| **ecart > limit).count() as f64 / off.len() as f64;
        assert_within(beyond(0.0502), 0.020..=0.028);
        assert_within(beyond(0.1002), 0.004..=0.006);
        // The median of |N(0, s)| is 0.6745 s.
        assert_within(quantile(off, 0.5) / 0.6745, 0.014..=0.016);
    }

    #[test]
    fn the_last_meal_is_often_cut_short() {
        let lots = lots();
        let last: Vec<_> = lots.iter().map(|lot| last(lot).dose_reelle).collect();
        assert_within(quantile(last.clone(), 0.5), 430.0..=470.0);
        assert_within(quantile(last, 0.25), 255.0..=310.0);
    }

    #[test]
    fn a_duck_eats_about_7_8_kg() {
        let maize = lots()
            .into_iter()
            .map(|lot| lot.iter().map(|meal| meal.dose_reelle).sum());
        assert_within(quantile(maize, 0.5), 7_400.0..=8_400.0);
    }

    #[test]
    fn lot_sizes_are_those_of_the_cooperative() {
        let lots = lots();
        let sizes: Vec<_> = lots
            .iter()
            .map(|lot| f64::from(first(lot).nb_canards_vivants))
            .collect();
        assert_within(quantile(sizes.clone(), 0.5), 995.0..=1_055.0);
        assert_within(quantile(sizes.clone(), 0.05), 545.0..=610.0);
        assert_within(quantile(sizes, 0.95), 1_690.0..=1_900.0);
    }

    #[test]
    fn losses_are_small_and_rarely_large() {
        let lots = lots();
        let losses: Vec<_> = lots.iter().map(|lot| last(lot).taux_mortalite).collect();
        assert_within(quantile(losses.clone(), 0.5), 1.35..=1.65);
        assert_within(quantile(losses.clone(), 0.94), 3.2..=4.6);
        let heavy = losses.iter().filter(|loss| **loss > 9.0).count() as f64 / LOTS as f64;
        assert_within(heavy, 0.008..=0.020);
    }

    #[test]
    fn the_dead_stay_dead_and_the_mortality_agrees_with_the_head_count() {
        for lot in lots() {
            let initial = first(&lot).nb_canards_vivants;
            assert_eq!(first(&lot).taux_mortalite, 0.0);
            assert!(lot.is_sorted_by(|a, b| a.nb_canards_vivants >= b.nb_canards_vivants));
            for meal in &lot {
                let dead = f64::from(initial - meal.nb_canards_vivants);
                assert!((dead / f64::from(initial) * 100.0 - meal.taux_mortalite).abs() < 0.006);
            }
        }
    }

    #[test]
    fn ducks_grow_from_about_4_6_to_7_2_kg_and_never_lose_80_g_between_meals() {
        let lots = lots();
        let weigh = |pick: fn(&[Meal]) -> &Meal| {
            quantile(lots.iter().map(|lot| pick(lot).poids_moyen), 0.5)
        };
        assert_within(weigh(first), 4_580.0..=4_620.0);
        assert_within(weigh(last), 7_150.0..=7_250.0);
        for lot in &lots {
            assert!(
                lot.windows(2)
                    .all(|pair| pair[1].poids_moyen - pair[0].poids_moyen > 0.0)
            );
        }
    }

    #[test]
    fn the_stable_is_usually_within_its_limits_and_rarely_outside() {
        let lots = lots();
        let meals = lots.iter().flatten().count() as f64;
        let share = |beyond: fn(&Meal) -> bool| {
            lots.iter().flatten().filter(|meal| beyond(meal)).count() as f64 / meals
        };
        assert_within(
            share(|meal| meal.temperature_stabule <= 18.0 || meal.temperature_stabule >= 25.0),
            0.005..=0.03,
        );
        assert_within(
            share(|meal| meal.humidite_stabule <= 50.0 || meal.humidite_stabule >= 75.0),
            0.003..=0.03,
        );
    }
}
