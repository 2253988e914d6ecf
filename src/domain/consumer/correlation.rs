//! How a measure of the feeding and one of the product go together over lots. Ranks, so that a single lot cannot make a relation; centred within site
//! and genetics, so that a difference between sites is not taken for one.

use crate::domain::{intervals::Z_95, site::Site};
use std::collections::BTreeMap;

/// Lots from which a correlation says something.
pub const FEWEST_LOTS: usize = 20;
/// Lots of a site whose sign counts.
const FEWEST_OF_A_SITE: usize = 10;
/// Of the relations that are called a hint, at most this share is chance.
const FALSE_DISCOVERIES: f64 = 0.10;

/// One lot.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    pub site: Site,
    pub genetique: String,
    pub input: f64,
    pub output: f64,
}

/// How two measures go together.
#[derive(Debug, Clone, PartialEq)]
pub struct Correlation {
    pub n: usize,
    /// Of the ranks as they are.
    pub raw: f64,
    /// Of the ranks less their mean in the lot's site and genetics: the one to read.
    pub rho: f64,
    pub ic95: (f64, f64),
    /// How likely so much is by chance.
    p: f64,
    /// Two sites of ten lots or more, and no other such site, have its sign.
    is_of_sites: bool,
}

/// `None` below twenty lots, or if one of the measures is the same for all.
pub fn correlate(points: &[Point]) -> Option<Correlation> {
    let n = points.len();
    if n < FEWEST_LOTS {
        return None;
    }
    let inputs = ranks(points.iter().map(|point| point.input));
    let outputs = ranks(points.iter().map(|point| point.output));
    let groups: Vec<_> = points
        .iter()
        .map(|point| (point.site, point.genetique.as_str()))
        .collect();
    let (x, y) = (centred(&inputs, &groups), centred(&outputs, &groups));
    let rho = pearson(&x, &y)?;
    // At exactly ±1 the interval would be of no width.
    let bounded = rho.clamp(-0.999_999, 0.999_999);
    let error = ((1.0 + bounded * bounded / 2.0) / (n as f64 - 3.0)).sqrt();
    let z = bounded.atanh();
    Some(Correlation {
        n,
        raw: pearson(&inputs, &outputs)?,
        rho,
        ic95: ((z - Z_95 * error).tanh(), (z + Z_95 * error).tanh()),
        p: 2.0 * normal_above((z / error).abs()),
        is_of_sites: has_sign_in_sites(points, rho),
    })
}

/// The place of each value, that of equal ones their mean.
fn ranks(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let values: Vec<f64> = values.collect();
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut ranks = vec![0.0; values.len()];
    let mut place = 0;
    for same in order.chunk_by(|a, b| values[*a] == values[*b]) {
        let mean = place as f64 + (same.len() + 1) as f64 / 2.0;
        for index in same {
            ranks[*index] = mean;
        }
        place += same.len();
    }
    ranks
}

fn centred<G: Ord + Copy>(ranks: &[f64], groups: &[G]) -> Vec<f64> {
    let mut sums: BTreeMap<G, (f64, f64)> = BTreeMap::new();
    for (rank, group) in ranks.iter().zip(groups) {
        let (sum, count) = sums.entry(*group).or_default();
        *sum += rank;
        *count += 1.0;
    }
    let of_each = ranks.iter().zip(groups);
    of_each
        .map(|(rank, group)| rank - sums[group].0 / sums[group].1)
        .collect()
}

fn pearson(x: &[f64], y: &[f64]) -> Option<f64> {
    let n = x.len() as f64;
    let (mean_x, mean_y) = (x.iter().sum::<f64>() / n, y.iter().sum::<f64>() / n);
    let (mut xy, mut xx, mut yy) = (0.0, 0.0, 0.0);
    for (x, y) in x.iter().zip(y) {
        let (dx, dy) = (x - mean_x, y - mean_y);
        xy += dx * dy;
        xx += dx * dx;
        yy += dy * dy;
    }
    (xx > 1e-9 && yy > 1e-9).then(|| xy / (xx * yy).sqrt())
}

fn has_sign_in_sites(points: &[Point], rho: f64) -> bool {
    let of_site = |site: Site| {
        let own: Vec<_> = points.iter().filter(|point| point.site == site).collect();
        let of_own = |value: fn(&Point) -> f64| ranks(own.iter().map(|point| value(point)));
        (own.len() >= FEWEST_OF_A_SITE)
            .then(|| pearson(&of_own(|point| point.input), &of_own(|point| point.output)))
            .flatten()
    };
    let signs: Vec<bool> = Site::ALL
        .into_iter()
        .filter_map(of_site)
        .map(|own| own * rho > 0.0)
        .collect();
    signs.len() >= 2 && signs.iter().all(|same| *same)
}

/// The share of a normal distribution above a value of 0 or more (Abramowitz and Stegun 26.2.17).
fn normal_above(z: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.231_641_9 * z);
    let factors = [
        0.319_381_530,
        -0.356_563_782,
        1.781_477_937,
        -1.821_255_978,
        1.330_274_429,
    ];
    let sum = factors
        .iter()
        .rev()
        .fold(0.0, |sum, factor| (sum + factor) * t);
    (-z * z / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt() * sum
}

/// What may be said of a correlation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reading {
    /// The least share of chance among the hints at which this is one.
    pub q: f64,
    pub is_hint: bool,
}

/// Reads all correlations that were looked at together (Benjamini and Hochberg): of many, some seem to be there by chance.
pub fn read(found: &[Correlation]) -> Vec<Reading> {
    let mut order: Vec<usize> = (0..found.len()).collect();
    order.sort_by(|a, b| found[*a].p.total_cmp(&found[*b].p));
    let mut q = vec![1.0_f64; found.len()];
    let mut least = 1.0_f64;
    for (place, index) in order.iter().enumerate().rev() {
        least = least.min(found[*index].p * found.len() as f64 / (place + 1) as f64);
        q[*index] = least;
    }
    let readings = found.iter().zip(q).map(|(one, q)| Reading {
        q,
        is_hint: q < FALSE_DISCOVERIES && (one.ic95.0 > 0.0 || one.ic95.1 < 0.0) && one.is_of_sites,
    });
    readings.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{SeedableRng as _, rngs::StdRng};
    use rand_distr::{Distribution as _, StandardNormal};

    /// Lots of three sites whose measures go together by `strength` within a site; each site has a level of its own.
    fn lots(random: &mut StdRng, n: usize, strength: f64) -> Vec<Point> {
        let mut draw = || -> f64 { StandardNormal.sample(random) };
        let lot = |number: usize| {
            let site = Site::ALL[number % 3];
            let level = 4.0 * (number % 3) as f64;
            let input = draw();
            let output = strength * input + (1.0 - strength * strength).sqrt() * draw();
            Point {
                site,
                genetique: "Mulard".to_owned(),
                input: level + input,
                output: level + output,
            }
        };
        (0..n).map(lot).collect()
    }

    #[test]
    fn equal_values_share_their_mean_rank() {
        assert_eq!(
            ranks([3.0, 1.0, 3.0, 2.0].into_iter()),
            [3.5, 1.0, 3.5, 2.0]
        );
    }

    #[test]
    fn the_correlation_of_ranks_is_the_one_of_the_differences_of_ranks() {
        let mut random = StdRng::seed_from_u64(5);
        let points: Vec<_> = lots(&mut random, 40, 0.5)
            .into_iter()
            .map(|point| Point {
                site: Site::Ll,
                ..point
            })
            .collect();
        // Without equal values: 1 − 6Σd²/(n(n²−1)).
        let (x, y) = (
            ranks(points.iter().map(|point| point.input)),
            ranks(points.iter().map(|point| point.output)),
        );
        let squares: f64 = x.iter().zip(&y).map(|(x, y)| (x - y).powi(2)).sum();
        let expected = 1.0 - 6.0 * squares / (40.0 * (1600.0 - 1.0));
        let found = correlate(&points).unwrap();
        assert!((found.raw - expected).abs() < 1e-12 && (found.rho - expected).abs() < 1e-12);
        assert_eq!(correlate(&points[..19]), None);
    }

    #[test]
    fn levels_of_sites_are_no_relation_and_the_interval_holds_the_truth() {
        let mut random = StdRng::seed_from_u64(6);
        let found: Vec<_> = (0..600)
            .map(|_| correlate(&lots(&mut random, 45, 0.0)).unwrap())
            .collect();
        // The raw one is fooled by the levels.
        assert!(found.iter().all(|one| one.raw > 0.5));
        let covered = found
            .iter()
            .filter(|one| one.ic95.0 <= 0.0 && one.ic95.1 >= 0.0)
            .count();
        let share = covered as f64 / found.len() as f64;
        assert!((0.92..=0.98).contains(&share), "{share}");
    }

    #[test]
    fn of_many_relations_by_chance_few_are_called_a_hint_and_a_real_one_is() {
        let mut random = StdRng::seed_from_u64(7);
        let (mut by_chance, mut rightly) = (0, 0);
        for _ in 0..40 {
            let mut all: Vec<_> = (0..30)
                .map(|_| correlate(&lots(&mut random, 60, 0.0)).unwrap())
                .collect();
            all.push(correlate(&lots(&mut random, 60, 0.8)).unwrap());
            let read = read(&all);
            by_chance += read[..30].iter().filter(|one| one.is_hint).count();
            rightly += usize::from(read[30].is_hint);
        }
        assert!(by_chance <= 12, "{by_chance} of 1,200");
        assert!(rightly >= 38, "{rightly} of 40");
    }

    #[test]
    fn the_tail_of_the_normal_distribution_is_that_of_printed_tables() {
        for (z, above) in [
            (0.0, 0.5),
            (1.0, 0.158_655),
            (1.96, 0.024_998),
            (3.0, 0.001_350),
        ] {
            assert!((normal_above(z) - above).abs() < 1e-6, "{z}");
        }
    }

    #[test]
    fn shares_of_chance_follow_the_order_of_the_probabilities() {
        let one = |p| Correlation {
            n: 20,
            raw: 0.5,
            rho: 0.5,
            ic95: (0.1, 0.8),
            p,
            is_of_sites: true,
        };
        // By hand: 4 × .04 / 3 for the third, .03 × 4 / 2 = .06 > .0533 for the second.
        let q: Vec<_> = read(&[one(0.03), one(0.9), one(0.001), one(0.04)])
            .iter()
            .map(|it| it.q)
            .collect();
        let expected = [0.16 / 3.0, 0.9, 0.004, 0.16 / 3.0];
        assert!(
            q.iter().zip(expected).all(|(q, e)| (q - e).abs() < 1e-12),
            "{q:?}"
        );
        let alone = Correlation {
            is_of_sites: false,
            ..one(0.001)
        };
        assert!(!read(&[alone])[0].is_hint);
    }
}
