//! Whether what a station measures drifts: its trend from hour to hour, and how its scatter compares with the limits.
//!
//! The scatter is that within the hours, so that a drift between them does not hide itself; decision 0076.

use super::super::words::words;

/// With fewer samples, an index of capability says more about chance than about the station.
pub const CAPABLE_FROM: i64 = 30;
/// With fewer hours, any two of them make a trend.
const LEAST_HOURS: usize = 3;

words! {
    /// What is measured of a foie.
    pub enum Measure {
        /// Final score, 0–1.
        Score = "score",
        /// Liver mass, g.
        Mass = "masse",
        /// Freshness index, 0–1.
        Freshness = "fraicheur",
        /// Oxidation index, 0–1.
        Oxidation = "oxydation",
    }
}

/// The limits of a measure; a measure may have one on one side only.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    pub lower: Option<f64>,
    pub upper: Option<f64>,
}

impl Measure {
    /// A foie beyond these is rejected, raises an alert, or is no plausible foie.
    pub fn limits(self) -> Limits {
        let (lower, upper) = match self {
            Measure::Score => (Some(0.45), None),
            Measure::Mass => (Some(300.0), Some(800.0)),
            Measure::Freshness => (Some(0.50), None),
            Measure::Oxidation => (None, Some(0.70)),
        };
        Limits { lower, upper }
    }
}

/// One measure of the samples of one hour; there is at least one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Subgroup {
    /// Number of the hour, from any origin.
    pub hour: i64,
    pub count: i64,
    pub mean: f64,
    /// Of a sample: divided by count − 1. 0 if there is one.
    pub variance: f64,
}

words! {
    pub enum Direction {
        Rising = "hausse",
        Falling = "baisse",
        Stable = "stable",
    }
}

/// The line through the means of the hours.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trend {
    pub per_hour: f64,
    /// Stable if the line moves by less than half a standard deviation from the first hour to the last.
    pub direction: Direction,
}

/// How a measure behaves over some hours.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Drift {
    pub count: i64,
    pub mean: f64,
    /// Standard deviation within the hours.
    pub deviation: Option<f64>,
    pub trend: Option<Trend>,
    /// Width between two limits, in six standard deviations.
    pub cp: Option<f64>,
    /// Distance from the mean to the nearer limit, in three standard deviations.
    pub cpk: Option<f64>,
}

/// `None` without samples. Each hour occurs once.
pub fn drift(hours: &[Subgroup], limits: Limits) -> Option<Drift> {
    let count = hours.iter().map(|hour| hour.count).sum();
    let mean = weighted_mean(hours, |hour| hour.mean)?;
    let deviation = deviation_within(hours);
    // Equal values have no capability: it would be infinite.
    let scatter = deviation.filter(|deviation| *deviation > 0.0 && count >= CAPABLE_FROM);
    let cp = scatter.zip(limits.lower.zip(limits.upper));
    let to_lower = limits.lower.map(|lower| mean - lower);
    let to_upper = limits.upper.map(|upper| upper - mean);
    let nearest = to_lower.into_iter().chain(to_upper).reduce(f64::min);
    Some(Drift {
        count,
        mean,
        deviation,
        trend: trend(hours, deviation),
        cp: cp.map(|(deviation, (lower, upper))| (upper - lower) / (6.0 * deviation)),
        cpk: scatter
            .zip(nearest)
            .map(|(deviation, nearest)| nearest / (3.0 * deviation)),
    })
}

fn weighted_mean(hours: &[Subgroup], value: impl Fn(&Subgroup) -> f64) -> Option<f64> {
    let count: i64 = hours.iter().map(|hour| hour.count).sum();
    let sum: f64 = hours
        .iter()
        .map(|hour| hour.count as f64 * value(hour))
        .sum();
    (count > 0).then(|| sum / count as f64)
}

/// The pooled one: each hour around its own mean.
fn deviation_within(hours: &[Subgroup]) -> Option<f64> {
    let freedom: i64 = hours.iter().map(|hour| hour.count - 1).sum();
    let squares = hours
        .iter()
        .map(|hour| (hour.count - 1) as f64 * hour.variance);
    (freedom > 0).then(|| (squares.sum::<f64>() / freedom as f64).sqrt())
}

/// Least squares over all samples, each at its hour.
fn trend(hours: &[Subgroup], deviation: Option<f64>) -> Option<Trend> {
    let first = hours.iter().map(|hour| hour.hour).min()?;
    let last = hours.iter().map(|hour| hour.hour).max()?;
    let at = |hour: &Subgroup| (hour.hour - first) as f64;
    let (middle, mean) = (
        weighted_mean(hours, at)?,
        weighted_mean(hours, |it| it.mean)?,
    );
    let sum = |term: &dyn Fn(&Subgroup) -> f64| -> f64 {
        hours
            .iter()
            .map(|hour| hour.count as f64 * term(hour))
            .sum()
    };
    let width = sum(&|hour| (at(hour) - middle).powi(2));
    let common = sum(&|hour| (at(hour) - middle) * (hour.mean - mean));
    if hours.len() < LEAST_HOURS || width == 0.0 {
        return None;
    }
    let per_hour = common / width;
    let moved = per_hour * (last - first) as f64;
    let direction = match deviation? / 2.0 {
        noise if moved.abs() < noise || moved == 0.0 => Direction::Stable,
        _ if moved > 0.0 => Direction::Rising,
        _ => Direction::Falling,
    };
    Some(Trend {
        per_hour,
        direction,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        alert::{AlertKind, Verdict, judge_sample},
        quality::{Grade, Quality},
    };
    use proptest::prelude::*;

    fn subgroups(hours: &[(i64, Vec<f64>)]) -> Vec<Subgroup> {
        let subgroup = |(hour, values): &(i64, Vec<f64>)| {
            let count = values.len() as i64;
            let mean = values.iter().sum::<f64>() / count as f64;
            let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
            Subgroup {
                hour: *hour,
                count,
                mean,
                variance: if count > 1 {
                    squares / (count - 1) as f64
                } else {
                    0.0
                },
            }
        };
        hours.iter().map(subgroup).collect()
    }

    const OPEN: Limits = Limits {
        lower: None,
        upper: None,
    };

    #[test]
    fn the_limits_are_those_by_which_a_foie_is_judged() {
        let is_reject = |score| Grade::of_score(score) == Grade::Reject;
        let limit = Measure::Score.limits().lower.unwrap();
        assert!(!is_reject(limit) && is_reject(limit - 1e-9));
        let raises =
            |kind, quality: Quality| matches!(judge_sample(kind, &quality), Verdict::Breach(_));
        let fresh = |index| Quality {
            freshness_index: Some(index),
            ..Quality::default()
        };
        let limit = Measure::Freshness.limits().lower.unwrap();
        assert!(!raises(AlertKind::Fraicheur, fresh(limit)));
        assert!(raises(AlertKind::Fraicheur, fresh(limit - 1e-9)));
        let oxidised = |index| Quality {
            oxidation_index: Some(index),
            ..Quality::default()
        };
        let limit = Measure::Oxidation.limits().upper.unwrap();
        assert!(!raises(AlertKind::Oxydation, oxidised(limit)));
        assert!(raises(AlertKind::Oxydation, oxidised(limit + 1e-9)));
    }

    #[test]
    fn a_textbook_process_has_the_capability_that_the_textbook_gives() {
        // Mean 530, deviation 50: (800 − 300) / 300 = 1.667, and the lower limit is the nearer one: 230 / 150 = 1.533.
        let hours = [0, 1, 2].map(|hour| Subgroup {
            hour,
            count: 20,
            mean: 530.0,
            variance: 2_500.0,
        });
        let found = drift(&hours, Measure::Mass.limits()).unwrap();
        assert!((found.cp.unwrap() - 5.0 / 3.0).abs() < 1e-12);
        assert!((found.cpk.unwrap() - 230.0 / 150.0).abs() < 1e-12);
        assert_eq!(found.trend.unwrap().direction, Direction::Stable);
        // One limit gives no width, and no limit nothing.
        let one = drift(
            &hours,
            Limits {
                upper: Some(600.0),
                lower: None,
            },
        )
        .unwrap();
        assert_eq!((one.cp, one.cpk), (None, Some(70.0 / 150.0)));
        let none = drift(&hours, OPEN).unwrap();
        assert_eq!((none.cp, none.cpk), (None, None));
    }

    #[test]
    fn too_little_gives_neither_trend_nor_capability() {
        assert_eq!(drift(&[], OPEN), None);
        let few = subgroups(&[(0, vec![1.0, 2.0]), (1, vec![3.0, 4.0])]);
        let found = drift(
            &few,
            Limits {
                lower: Some(0.0),
                upper: Some(9.0),
            },
        )
        .unwrap();
        assert_eq!((found.count, found.mean), (4, 2.5));
        assert_eq!((found.trend, found.cp, found.cpk), (None, None, None));
        let equal = [0, 1, 2].map(|hour| Subgroup {
            hour,
            count: 20,
            mean: 7.0,
            variance: 0.0,
        });
        let found = drift(
            &equal,
            Limits {
                lower: Some(0.0),
                upper: None,
            },
        )
        .unwrap();
        assert_eq!((found.deviation, found.cpk), (Some(0.0), None));
        assert_eq!(found.trend.unwrap().direction, Direction::Stable);
    }

    #[test]
    fn a_drift_is_told_from_the_noise_within_the_hours() {
        let hours = |step: f64| {
            let hour = |hour: i64| Subgroup {
                hour,
                count: 10,
                mean: step * hour as f64,
                variance: 1.0,
            };
            [0, 1, 2, 3, 4].map(hour)
        };
        for (step, direction) in [
            (0.12, Direction::Stable),
            (0.13, Direction::Rising),
            (-0.13, Direction::Falling),
        ] {
            let trend = drift(&hours(step), OPEN).unwrap().trend.unwrap();
            assert!((trend.per_hour - step).abs() < 1e-12);
            assert_eq!(trend.direction, direction, "{step}");
        }
    }

    fn hours() -> impl Strategy<Value = Vec<(i64, Vec<f64>)>> {
        let values = prop::collection::vec(-50.0..900.0f64, 1..12);
        let hours = prop::collection::btree_map(495_000..495_200i64, values, 3..20);
        hours.prop_map(|hours| hours.into_iter().collect())
    }

    proptest! {
        /// Every sample by itself, with the normal equations of the line solved by Cramer's rule.
        #[test]
        fn figures_of_hours_are_those_of_their_samples(hours in hours()) {
            let found = drift(&subgroups(&hours), Measure::Mass.limits()).unwrap();
            let start = hours[0].0;
            let samples = hours.iter().flat_map(|(hour, values)| values.iter().map(move |y| ((hour - start) as f64, *y)));
            let samples: Vec<(f64, f64)> = samples.collect();
            let n = samples.len() as f64;
            let sum = |term: fn(&(f64, f64)) -> f64| samples.iter().map(term).sum::<f64>();
            let (x, y, xx, xy) = (sum(|s| s.0), sum(|s| s.1), sum(|s| s.0 * s.0), sum(|s| s.0 * s.1));
            let close = |a: f64, b: f64| (a - b).abs() <= 1e-6 * (1.0 + a.abs().max(b.abs()));
            prop_assert_eq!(found.count as f64, n);
            prop_assert!(close(found.mean, y / n));
            let slope = (n * xy - x * y) / (n * xx - x * x);
            // Without two samples in any hour nothing tells a drift from noise.
            let freedom: usize = hours.iter().map(|(_, values)| values.len() - 1).sum();
            prop_assert_eq!(found.trend.is_some(), freedom > 0);
            if let Some(trend) = found.trend {
                prop_assert!(close(trend.per_hour, slope), "{} {}", trend.per_hour, slope);
            }
            if let Some(deviation) = found.deviation {
                // The square of a sum of differences between the samples of an hour, without any mean.
                let squares: f64 = hours.iter().map(|(_, values)| {
                    let pairs = values.iter().flat_map(|a| values.iter().map(move |b| (a - b).powi(2)));
                    pairs.sum::<f64>() / (2.0 * values.len() as f64)
                }).sum();
                prop_assert!(close(deviation, (squares / freedom as f64).sqrt()));
                let capable = samples.len() as i64 >= CAPABLE_FROM && deviation > 0.0;
                prop_assert_eq!(found.cp.is_some(), capable);
                if let (Some(cp), Some(cpk)) = (found.cp, found.cpk) {
                    prop_assert!(close(cp, 500.0 / 6.0 / deviation));
                    // Cpk is Cp less the distance of the mean from the middle.
                    prop_assert!(close(cpk, cp - (y / n - 550.0).abs() / (3.0 * deviation)));
                }
            }
        }
    }
}
