//! What the ratings of a group amount to, with how sure that is. A figure of too few ratings is `None`.

use super::rating::Aspect;
use crate::domain::intervals::{FEWEST, Z_95, share_95, student_975};

/// Ratings from which their mean says something.
pub const FEWEST_RATINGS: i64 = FEWEST as i64;
/// Ratings from which the net promoter score says something.
const FEWEST_FOR_NPS: i64 = 30;
/// Answers from which the share of those who recommend says something.
const FEWEST_ANSWERS: i64 = 10;
/// Ratings of each of two groups from which their difference says something.
const FEWEST_TO_COMPARE: i64 = 20;

/// The ratings of a group, counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// With 1 to 5 stars.
    pub stars: [i64; 5],
    /// Answers to whether one recommends it, and those that do.
    pub answers: i64,
    pub recommend: i64,
    /// Answers to whether one would buy it again, and their sum.
    pub repurchase: (i64, i64),
    /// Number and sum of each, in the order of [`Aspect::ALL`].
    pub aspects: [(i64, i64); Aspect::ALL.len()],
}

impl Tally {
    pub fn n(&self) -> i64 {
        self.stars.iter().sum()
    }

    /// The ratings of both groups.
    pub fn and(mut self, other: &Tally) -> Self {
        for (mine, theirs) in self.stars.iter_mut().zip(other.stars) {
            *mine += theirs;
        }
        self.answers += other.answers;
        self.recommend += other.recommend;
        self.repurchase.0 += other.repurchase.0;
        self.repurchase.1 += other.repurchase.1;
        for (mine, theirs) in self.aspects.iter_mut().zip(other.aspects) {
            mine.0 += theirs.0;
            mine.1 += theirs.1;
        }
        self
    }

    fn moments(&self) -> Option<Moments> {
        let n = self.n();
        if n < FEWEST_RATINGS {
            return None;
        }
        let sum = |of: fn(f64) -> f64| -> f64 {
            let stars = (1..).map(f64::from).zip(self.stars);
            stars.map(|(star, count)| of(star) * count as f64).sum()
        };
        let mean = sum(|star| star) / n as f64;
        let squares = sum(|star| star * star) - n as f64 * mean * mean;
        Some(Moments {
            n: n as f64,
            mean,
            variance: (squares / (n - 1) as f64).max(0.0),
        })
    }

    pub fn mean(&self) -> Option<Mean> {
        let Moments { n, mean, variance } = self.moments()?;
        let half = student_975(n - 1.0) * (variance / n).sqrt();
        Some(Mean {
            mean,
            sd: variance.sqrt(),
            ic95: (mean - half, mean + half),
        })
    }

    /// Share of five stars less the share of one and two, in %, and its interval: .75 is added to both counts and 3 to their number, because the
    /// plain interval of few ratings is too narrow.
    pub fn nps(&self) -> Option<(f64, (f64, f64))> {
        let n = self.n();
        if n < FEWEST_FOR_NPS {
            return None;
        }
        let (promoters, detractors) =
            (self.stars[4] as f64, (self.stars[0] + self.stars[1]) as f64);
        let score = (promoters - detractors) / n as f64;
        let more = n as f64 + 3.0;
        let (up, down) = ((promoters + 0.75) / more, (detractors + 0.75) / more);
        let middle = up - down;
        let half = Z_95 * ((up + down - middle * middle) / more).sqrt();
        Some((
            100.0 * score,
            (
                100.0 * (middle - half).max(-1.0),
                100.0 * (middle + half).min(1.0),
            ),
        ))
    }

    /// Share of those who recommend it among those who say, in %, with Wilson's interval.
    pub fn recommended(&self) -> Option<(f64, (f64, f64))> {
        if self.answers < FEWEST_ANSWERS {
            return None;
        }
        let (low, high) = share_95(self.recommend, self.answers)?;
        let share = self.recommend as f64 / self.answers as f64;
        Some((100.0 * share, (100.0 * low, 100.0 * high)))
    }

    /// Number and mean of an aspect.
    pub fn aspect(&self, aspect: Aspect) -> (i64, Option<f64>) {
        mean_of(self.aspects[aspect as usize])
    }

    /// The same for whether one would buy it again.
    pub fn repurchase(&self) -> (i64, Option<f64>) {
        mean_of(self.repurchase)
    }
}

fn mean_of((n, sum): (i64, i64)) -> (i64, Option<f64>) {
    (n, (n >= FEWEST_RATINGS).then(|| sum as f64 / n as f64))
}

struct Moments {
    n: f64,
    mean: f64,
    variance: f64,
}

/// A mean with the interval that holds the true one 19 times of 20.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mean {
    pub mean: f64,
    pub sd: f64,
    pub ic95: (f64, f64),
}

/// How far the mean of one group is above that of another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Difference {
    pub difference: f64,
    pub ic95: (f64, f64),
}

impl Difference {
    /// Only if no difference at all would be a surprise.
    pub fn is_one(&self) -> bool {
        self.ic95.0 > 0.0 || self.ic95.1 < 0.0
    }
}

/// Welch's comparison of two means; `None` below twenty ratings of each.
pub fn compare(one: &Tally, other: &Tally) -> Option<Difference> {
    if one.n().min(other.n()) < FEWEST_TO_COMPARE {
        return None;
    }
    let (one, other) = (one.moments()?, other.moments()?);
    let difference = one.mean - other.mean;
    let (a, b) = (one.variance / one.n, other.variance / other.n);
    // Two groups that each agree to the star differ without doubt, or not at all.
    let freedom = if a + b > 0.0 {
        (a + b).powi(2) / (a * a / (one.n - 1.0) + b * b / (other.n - 1.0))
    } else {
        one.n + other.n - 2.0
    };
    let half = student_975(freedom) * (a + b).sqrt();
    Some(Difference {
        difference,
        ic95: (difference - half, difference + half),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};

    fn tally(stars: [i64; 5]) -> Tally {
        Tally {
            stars,
            ..Tally::default()
        }
    }

    /// Ratings drawn with these shares of one to five stars.
    fn drawn(random: &mut StdRng, shares: [f64; 5], n: usize) -> Tally {
        let mut stars = [0; 5];
        for _ in 0..n {
            let mut left: f64 = random.random();
            let star = shares.iter().position(|share| {
                left -= share;
                left < 0.0
            });
            stars[star.unwrap_or(4)] += 1;
        }
        tally(stars)
    }

    const SHARES: [f64; 5] = [0.04, 0.08, 0.33, 0.35, 0.20];

    fn true_mean(shares: [f64; 5]) -> f64 {
        (1..)
            .map(f64::from)
            .zip(shares)
            .map(|(star, share)| star * share)
            .sum()
    }

    fn covered(times: u32, mut holds: impl FnMut() -> bool) -> f64 {
        f64::from((0..times).filter(|_| holds()).count() as u32) / f64::from(times)
    }

    #[test]
    fn the_mean_of_ratings_is_that_of_the_list_of_them() {
        // 2, 3, 4, 4, 5, 5: mean 23/6, variance 41/30, t of five degrees of freedom from a printed table.
        let found = tally([0, 1, 1, 2, 2]).mean().unwrap();
        let half = 2.570_58 * (41.0 / 30.0 / 6.0_f64).sqrt();
        assert!((found.mean - 23.0 / 6.0).abs() < 1e-12);
        assert!((found.sd - (41.0 / 30.0_f64).sqrt()).abs() < 1e-12);
        assert!((found.ic95.0 - (23.0 / 6.0 - half)).abs() < 1e-3);
        assert!((found.ic95.1 - (23.0 / 6.0 + half)).abs() < 1e-3);
        let agreed = tally([0, 0, 0, 0, 7]).mean().unwrap();
        assert_eq!((agreed.sd, agreed.ic95), (0.0, (5.0, 5.0)));
    }

    #[test]
    fn too_few_ratings_have_no_figure() {
        assert_eq!(tally([0, 0, 1, 1, 2]).mean(), None);
        assert_eq!(tally([0, 0, 9, 10, 10]).nps(), None);
        assert!(tally([0, 0, 10, 10, 10]).nps().is_some());
        assert_eq!(
            compare(&tally([0, 0, 0, 19, 0]), &tally([0, 0, 0, 20, 5])),
            None
        );
        let asked = |answers| Tally {
            answers,
            recommend: 9,
            repurchase: (4, 20),
            ..Tally::default()
        };
        assert_eq!(asked(9).recommended(), None);
        assert!(asked(10).recommended().is_some());
        assert_eq!(asked(10).repurchase(), (4, None));
    }

    #[test]
    fn the_score_of_promoters_counts_five_stars_less_one_and_two() {
        let (score, (low, high)) = tally([5, 5, 20, 30, 40]).nps().unwrap();
        assert!((score - 30.0).abs() < 1e-9);
        // (40.75 − 10.75)/103, and its standard error by hand.
        let (middle, error) = (
            30.0 / 103.0,
            ((51.5 / 103.0 - (30.0_f64 / 103.0).powi(2)) / 103.0).sqrt(),
        );
        assert!((low / 100.0 - (middle - 1.96 * error)).abs() < 1e-4);
        assert!((high / 100.0 - (middle + 1.96 * error)).abs() < 1e-4);
    }

    #[test]
    fn the_intervals_hold_the_truth_as_often_as_they_say() {
        let mut random = StdRng::seed_from_u64(16);
        let truth = true_mean(SHARES);
        for n in [5, 30] {
            let share = covered(4_000, || {
                let (low, high) = drawn(&mut random, SHARES, n).mean().unwrap().ic95;
                low <= truth && truth <= high
            });
            assert!((0.92..=0.97).contains(&share), "mean of {n}: {share}");
        }
        let score = 100.0 * (SHARES[4] - SHARES[0] - SHARES[1]);
        let share = covered(4_000, || {
            let (low, high) = drawn(&mut random, SHARES, 30).nps().unwrap().1;
            low <= score && score <= high
        });
        assert!((0.94..=0.975).contains(&share), "score of 30: {share}");
    }

    #[test]
    fn the_difference_of_two_groups_is_that_of_welch() {
        // Means 4.5 and 4, variances 5/19 and 20/29; 47.80 degrees of freedom by hand, and their quantile from a printed table.
        let found = compare(&tally([0, 0, 0, 10, 10]), &tally([0, 0, 10, 10, 10])).unwrap();
        let half = 2.0109 * (5.0 / 19.0 / 20.0 + 20.0 / 29.0 / 30.0_f64).sqrt();
        assert!((found.difference - 0.5).abs() < 1e-12);
        assert!((found.ic95.0 - (0.5 - half)).abs() < 1e-3, "{found:?}");
        assert!((found.ic95.1 - (0.5 + half)).abs() < 1e-3, "{found:?}");
        assert!(found.is_one());
    }

    #[test]
    fn two_groups_of_one_truth_are_rarely_called_different_and_of_two_truths_often() {
        let mut random = StdRng::seed_from_u64(17);
        let better = [0.01, 0.03, 0.16, 0.40, 0.40];
        let mut share = |other: [f64; 5]| {
            covered(3_000, || {
                let (one, two) = (
                    drawn(&mut random, SHARES, 30),
                    drawn(&mut random, other, 60),
                );
                compare(&one, &two).unwrap().is_one()
            })
        };
        let (by_chance, rightly) = (share(SHARES), share(better));
        assert!((0.03..=0.07).contains(&by_chance), "{by_chance}");
        assert!(rightly > 0.7, "{rightly}");
    }

    #[test]
    fn the_ratings_of_two_groups_are_those_of_both() {
        let one = Tally {
            stars: [1, 0, 2, 0, 4],
            answers: 3,
            recommend: 2,
            repurchase: (2, 9),
            aspects: [(1, 5), (0, 0), (2, 7), (0, 0), (0, 0)],
        };
        let both = one.and(&one);
        assert_eq!((both.n(), both.answers, both.aspects[2]), (14, 6, (4, 14)));
        assert_eq!(both.repurchase, (4, 18));
    }
}
