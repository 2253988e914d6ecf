//! Invented people who rate products, and what they think of a foie.

use crate::domain::consumer::{
    profile::Profile,
    rating::{Aspect, Context},
};
use rand::{Rng, RngExt, seq::IndexedRandom};
use serde_json::{Value, json};
use std::ops::RangeInclusive;

/// Stars that each kind of person gives, the most enthusiastic first.
const STARS: [RangeInclusive<i32>; 5] = [4..=5, 3..=4, 3..=3, 2..=3, 1..=2];

const COMMENTS: [&str; 5] = [
    "Décevant (avis simulé)",
    "Un peu gras (avis simulé)",
    "Correct (avis simulé)",
    "Très bon (avis simulé)",
    "Excellent, fondant (avis simulé)",
];

impl Profile {
    /// How many of a hundred people are of each kind.
    const fn shares(self) -> [u32; 5] {
        match self {
            Profile::Realistic => [15, 45, 25, 10, 5],
            Profile::Positive => [30, 40, 20, 7, 3],
            Profile::Negative => [8, 22, 30, 25, 15],
        }
    }

    /// The stars that somebody gives a foie of this grade: a good one gets one more, a poor one one less.
    pub fn stars(self, grade: Option<&str>, random: &mut impl Rng) -> i32 {
        let mut left = random.random_range(0..100_u32);
        let kind = self.shares().iter().position(|share| {
            let is_his = left < *share;
            left = left.saturating_sub(*share);
            is_his
        });
        let stars = random.random_range(STARS[kind.unwrap_or(4)].clone());
        let better = match grade {
            Some("A+" | "A") => 1,
            Some("C" | "D" | "REJECT") => -1,
            _ => 0,
        };
        (stars + better).clamp(1, 5)
    }

    /// The rating that somebody sends of a product.
    pub fn rating(
        self,
        qr_code: &str,
        product_id: &str,
        grade: Option<&str>,
        random: &mut impl Rng,
    ) -> Value {
        let stars = self.stars(grade, random);
        let mut detailed = serde_json::Map::new();
        for aspect in Aspect::ALL {
            let of_it = (stars + random.random_range(-1..=1)).clamp(1, 5);
            detailed.insert(aspect.to_string(), json!(of_it));
        }
        let context = Context::ALL.choose(random);
        let writes = random.random_bool(0.3);
        json!({
            "qr_code": qr_code,
            "product_id": product_id,
            "overall_rating": stars,
            "detailed_ratings": detailed,
            "comment": writes.then(|| COMMENTS[stars as usize - 1]),
            "consumption_context": context,
            "would_recommend": stars >= 4,
            "repurchase_intent": stars,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{SeedableRng as _, rngs::StdRng};

    const PEOPLE: u32 = 20_000;

    fn shares(profile: Profile, grade: Option<&str>) -> [f64; 5] {
        let mut random = StdRng::seed_from_u64(4);
        let mut counts = [0.0; 5];
        for _ in 0..PEOPLE {
            counts[profile.stars(grade, &mut random) as usize - 1] += 1.0 / f64::from(PEOPLE);
        }
        counts
    }

    #[test]
    fn people_give_stars_as_often_as_their_profile_says() {
        for (profile, expected) in [
            (Profile::Realistic, [0.025, 0.075, 0.525, 0.30, 0.075]),
            (Profile::Positive, [0.015, 0.05, 0.435, 0.35, 0.15]),
            (Profile::Negative, [0.075, 0.20, 0.535, 0.15, 0.04]),
        ] {
            let found = shares(profile, Some("B"));
            for (found, expected) in found.into_iter().zip(expected) {
                assert!(
                    (found - expected).abs() < 0.012,
                    "{profile}: {found} {expected}"
                );
            }
        }
        let (good, poor) = (
            shares(Profile::Realistic, Some("A+")),
            shares(Profile::Realistic, Some("C")),
        );
        assert!(good[4] > 0.35 && good[0] == 0.0, "{good:?}");
        assert!(poor[4] == 0.0 && poor[0] > 0.08, "{poor:?}");
    }

    #[test]
    fn the_same_seed_gives_the_same_ratings_and_aspects_are_near_the_whole() {
        let rate = |seed| {
            let mut random = StdRng::seed_from_u64(seed);
            let rate = |_| Profile::Realistic.rating("7ZZ", "FG", Some("A"), &mut random);
            (0..50).map(rate).collect::<Vec<_>>()
        };
        assert_eq!(rate(1), rate(1));
        assert_ne!(rate(1), rate(2));
        for rating in rate(3) {
            let whole = rating["overall_rating"].as_i64().unwrap();
            for aspect in rating["detailed_ratings"].as_object().unwrap().values() {
                assert!((aspect.as_i64().unwrap() - whole).abs() <= 1, "{rating}");
            }
        }
    }
}
