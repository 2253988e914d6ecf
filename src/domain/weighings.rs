//! The weighings of a lot's last three days, from which the change between meals and the gain over three days are computed.

use super::{moment::Moment, reading::MealPosition};
use std::collections::BTreeMap;

/// Meals in three days.
const THREE_DAYS: i32 = 6;

/// Mean weights, g, by the rank of their meal.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Weighings(BTreeMap<i32, f64>);

/// Rank of a meal in the life of a lot, two a day.
pub fn meal_rank((jour, moment): MealPosition) -> i32 {
    2 * jour + i32::from(moment == Moment::Soir)
}

impl Weighings {
    /// Creates it from stored ranks and weights.
    pub fn from_stored(ranks: &[i32], grams: &[f64]) -> Self {
        Weighings(ranks.iter().copied().zip(grams.iter().copied()).collect())
    }

    pub fn ranks(&self) -> Vec<i32> {
        self.0.keys().copied().collect()
    }

    pub fn grams(&self) -> Vec<f64> {
        self.0.values().copied().collect()
    }

    /// Records the latest weight of a meal, or that it was not weighed. Removes weighings more than three days behind the front of the
    /// lot.
    pub fn record(&mut self, position: MealPosition, weight: Option<f64>, front: MealPosition) {
        match weight {
            Some(grams) => self.0.insert(meal_rank(position), grams),
            None => self.0.remove(&meal_rank(position)),
        };
        self.0 = self.0.split_off(&(meal_rank(front) - THREE_DAYS));
    }

    /// Change since the previous weighed meal, g; `None` if this meal was not weighed, or no other within three days.
    pub fn since_last_meal(&self, position: MealPosition) -> Option<f64> {
        let now = self.0.get(&meal_rank(position))?;
        let (_, before) = self.0.range(..meal_rank(position)).next_back()?;
        Some(now - before)
    }

    /// Mean gain since the same meal three days before, g per day; `None` if one of the two was not weighed.
    pub fn gain_over_three_days(&self, position: MealPosition) -> Option<f64> {
        let now = self.0.get(&meal_rank(position))?;
        let before = self.0.get(&(meal_rank(position) - THREE_DAYS))?;
        Some((now - before) / 3.0)
    }
}

#[cfg(test)]
impl FromIterator<(MealPosition, f64)> for Weighings {
    fn from_iter<I: IntoIterator<Item = (MealPosition, f64)>>(weights: I) -> Self {
        let ranks = weights
            .into_iter()
            .map(|(position, grams)| (meal_rank(position), grams));
        Weighings(ranks.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Moment::{Matin, Soir};

    #[test]
    fn the_change_is_since_the_last_meal_that_was_weighed() {
        let weighings = Weighings::from_iter([((2, Matin), 5000.0), ((3, Matin), 5100.0)]);
        assert_eq!(weighings.since_last_meal((3, Matin)), Some(100.0));
        assert_eq!(weighings.since_last_meal((2, Matin)), None);
        assert_eq!(weighings.since_last_meal((3, Soir)), None);
    }

    #[test]
    fn the_gain_compares_the_same_meal_three_days_apart() {
        let weighings = Weighings::from_iter([((-1, Soir), 4600.0), ((2, Soir), 5200.0)]);
        assert_eq!(weighings.gain_over_three_days((2, Soir)), Some(200.0));
        assert_eq!(weighings.gain_over_three_days((2, Matin)), None);
    }

    #[test]
    fn a_correction_replaces_a_weight_and_may_take_it_away() {
        let mut weighings = Weighings::default();
        weighings.record((0, Matin), Some(4600.0), (0, Matin));
        weighings.record((0, Soir), Some(4700.0), (0, Soir));
        weighings.record((0, Matin), Some(4650.0), (0, Soir));
        assert_eq!(weighings.since_last_meal((0, Soir)), Some(50.0));
        weighings.record((0, Matin), None, (0, Soir));
        assert_eq!(weighings.since_last_meal((0, Soir)), None);
    }

    #[test]
    fn what_is_older_than_three_days_is_forgotten() {
        let mut weighings = Weighings::default();
        for jour in 0..9 {
            weighings.record((jour, Matin), Some(4600.0), (jour, Matin));
        }
        assert_eq!(weighings.ranks(), [10, 12, 14, 16]);
        weighings.record((1, Matin), Some(1.0), (8, Matin));
        assert_eq!(weighings.ranks(), [10, 12, 14, 16]);
    }
}
