//! How sure a figure is: intervals that hold the true value 19 times of 20.

use super::quantiles::quantile;

/// Standard normal: two-sided 95 %.
pub(super) const Z_95: f64 = 1.959_963_984_540_054;

/// A mean with weights, and what it is of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WeightedMean {
    pub n: usize,
    pub mean: f64,
    /// 95 %; `None` below [`FEWEST`] values.
    pub ic95: Option<(f64, f64)>,
}

/// Values below which a mean has no interval.
pub const FEWEST: usize = 5;

/// Of pairs of weight and value; values without a positive weight are left out. `None` if none is left.
///
/// The interval is t(n−1)·√(n/(n−1)·Σw²(x−m)²)/Σw: the linearised variance of a ratio of two sums.
pub fn weighted_mean(values: impl IntoIterator<Item = (f64, f64)>) -> Option<WeightedMean> {
    let values: Vec<_> = values
        .into_iter()
        .filter(|(weight, _)| *weight > 0.0)
        .collect();
    let n = values.len();
    let weights: f64 = values.iter().map(|(weight, _)| weight).sum();
    if n == 0 {
        return None;
    }
    let mean = values
        .iter()
        .map(|(weight, value)| weight * value)
        .sum::<f64>()
        / weights;
    let ic95 = (n >= FEWEST).then(|| {
        let squares: f64 = values
            .iter()
            .map(|(weight, value)| (weight * (value - mean)).powi(2))
            .sum();
        let freedom = (n - 1) as f64;
        let half = student_975(freedom) * (n as f64 / freedom * squares).sqrt() / weights;
        (mean - half, mean + half)
    });
    Some(WeightedMean { n, mean, ic95 })
}

/// The quantile of Student's distribution that leaves 2.5 % above it, by the expansion of Cornish and Fisher around the normal one; for four
/// degrees of freedom or more the error is below 0.001.
pub(in crate::domain) fn student_975(freedom: f64) -> f64 {
    let z = Z_95;
    let powers = |coefficients: &[f64]| {
        // Of z, z³, z⁵ …
        let terms = coefficients.iter().enumerate();
        terms
            .map(|(place, factor)| factor * z.powi(2 * place as i32 + 1))
            .sum::<f64>()
    };
    z + powers(&[1.0, 1.0]) / (4.0 * freedom)
        + powers(&[3.0, 16.0, 5.0]) / (96.0 * freedom.powi(2))
        + powers(&[-15.0, 17.0, 19.0, 3.0]) / (384.0 * freedom.powi(3))
        + powers(&[-945.0, -1920.0, 1482.0, 776.0, 79.0]) / (92_160.0 * freedom.powi(4))
}

/// Wilson's interval of a share, 0–1: it stays within 0–1 and has a width also where nobody or everybody counts. `None` of nothing.
pub fn share_95(counted: i64, of: i64) -> Option<(f64, f64)> {
    if of <= 0 {
        return None;
    }
    let (n, share) = (of as f64, counted as f64 / of as f64);
    let squared = Z_95 * Z_95;
    let middle = share + squared / (2.0 * n);
    let half = Z_95 * (share * (1.0 - share) / n + squared / (4.0 * n * n)).sqrt();
    let scale = 1.0 + squared / n;
    Some((
        ((middle - half) / scale).max(0.0),
        ((middle + half) / scale).min(1.0),
    ))
}

/// The spread of some values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    pub least: f64,
    pub q1: f64,
    pub median: f64,
    pub q3: f64,
    pub most: f64,
}

/// `None` below [`FEWEST`] values.
pub fn spread(values: &[f64]) -> Option<Spread> {
    if values.len() < FEWEST {
        return None;
    }
    let at = |share| quantile(values, share);
    Some(Spread {
        least: at(0.0)?,
        q1: at(0.25)?,
        median: at(0.5)?,
        q3: at(0.75)?,
        most: at(1.0)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The share of Student's distribution above a value, added up in small steps.
    fn above(value: f64, freedom: f64) -> f64 {
        let density = |x: f64| (1.0 + x * x / freedom).powf(-(freedom + 1.0) / 2.0);
        let sum = |from: f64, to: f64| {
            let steps = 200_000;
            let width = (to - from) / f64::from(steps);
            (0..steps)
                .map(|step| density(from + (f64::from(step) + 0.5) * width) * width)
                .sum::<f64>()
        };
        // The tail beyond 2,000 is less than a millionth of the whole for four degrees of freedom.
        sum(value, 2_000.0) / (2.0 * sum(0.0, 2_000.0))
    }

    #[test]
    fn two_and_a_half_percent_of_students_distribution_lie_above_its_quantile() {
        for freedom in [4.0, 5.0, 9.0, 30.0, 200.0] {
            let share = above(student_975(freedom), freedom);
            assert!((share - 0.025).abs() < 5e-5, "{freedom}: {share}");
        }
    }

    #[test]
    fn with_equal_weights_the_interval_is_the_usual_one_of_a_mean() {
        let values = [14.0, 15.0, 13.5, 16.0, 14.5, 15.5];
        let found = weighted_mean(values.map(|value| (700.0, value))).unwrap();
        let mean = values.iter().sum::<f64>() / 6.0;
        let variance = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / 5.0;
        // The quantile for five degrees of freedom, from a printed table.
        let half = 2.570_58 * (variance / 6.0).sqrt();
        let (low, high) = found.ic95.unwrap();
        assert!((found.mean - mean).abs() < 1e-12 && found.n == 6);
        assert!((low - (mean - half)).abs() < 1e-3 && (high - (mean + half)).abs() < 1e-3);
    }

    #[test]
    fn the_weights_of_livers_make_the_mean_of_itms_the_ratio_of_the_sums() {
        let lots = [(900.0, 8000.0, 500.0), (400.0, 7600.0, 610.0)];
        let weighted = lots.map(|(ducks, maize, liver)| (ducks * liver, maize / liver));
        let ratio = (900.0 * 8000.0 + 400.0 * 7600.0) / (900.0 * 500.0 + 400.0 * 610.0);
        let found = weighted_mean(weighted).unwrap();
        assert!((found.mean - ratio).abs() < 1e-12);
        assert_eq!(found.ic95, None);
        assert_eq!(weighted_mean([(0.0, 1.0)]), None);
    }

    #[test]
    fn the_bounds_of_a_share_are_the_shares_that_would_just_explain_it() {
        for (counted, of) in [(0, 10), (3, 12), (59, 100), (10, 10)] {
            let (low, high) = share_95(counted, of).unwrap();
            let seen = counted as f64 / of as f64;
            // At each bound the distance of what was seen is 1.96 of the standard deviations that the bound implies.
            for bound in [low, high]
                .into_iter()
                .filter(|b| *b > 1e-9 && *b < 1.0 - 1e-9)
            {
                let deviation = (bound * (1.0 - bound) / of as f64).sqrt();
                assert!(((seen - bound).abs() / deviation - 1.96).abs() < 1e-4);
            }
            assert!(low <= seen + 1e-12 && seen <= high + 1e-12);
            assert!(low >= 0.0 && high <= 1.0);
        }
        assert_eq!(share_95(0, 0), None);
    }

    #[test]
    fn fewer_than_five_values_have_no_spread() {
        assert_eq!(spread(&[1.0, 2.0, 3.0, 4.0]), None);
        let found = spread(&[5.0, 1.0, 4.0, 2.0, 3.0]).unwrap();
        let expected = Spread {
            least: 1.0,
            q1: 2.0,
            median: 3.0,
            q3: 4.0,
            most: 5.0,
        };
        assert_eq!(found, expected);
    }
}
