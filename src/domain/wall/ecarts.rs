//! The écarts of a lot's latest meals.

use crate::domain::{reading::MealPosition, weighings::meal_rank};
use serde::{Deserialize, Serialize};

/// Four days.
pub const LATEST_MEALS: usize = 8;

/// One écart in % for each of the places up to the front, oldest first; `None` where no meal is known or nothing was planned.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Ecarts {
    /// Rank of the last place.
    front: i32,
    places: [Option<f64>; LATEST_MEALS],
}

impl Ecarts {
    /// Of a lot with this front, of which no meal is known yet.
    pub fn up_to(front: MealPosition) -> Self {
        Ecarts {
            front: meal_rank(front),
            places: [None; LATEST_MEALS],
        }
    }

    /// The same meals, seen from a later front.
    pub fn advanced_to(mut self, front: MealPosition) -> Self {
        let front = meal_rank(front);
        let steps = usize::try_from(front - self.front).unwrap_or(0);
        let steps = steps.min(LATEST_MEALS);
        self.places.rotate_left(steps);
        self.places[LATEST_MEALS - steps..].fill(None);
        self.front = self.front.max(front);
        self
    }

    /// Records the écart of a meal; one that is older than these places or beyond the front is left out.
    pub fn note(&mut self, position: MealPosition, ecart: Option<f64>) {
        let behind = usize::try_from(self.front - meal_rank(position));
        let place = behind.ok().and_then(|n| LATEST_MEALS.checked_sub(n + 1));
        if let Some(place) = place {
            self.places[place] = ecart;
        }
    }

    pub fn places(&self) -> &[Option<f64>; LATEST_MEALS] {
        &self.places
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::moment::Moment;
    use proptest::prelude::*;
    use std::collections::HashMap;

    fn meal(rank: i32) -> MealPosition {
        let moment = [Moment::Matin, Moment::Soir][rank.rem_euclid(2) as usize];
        (rank.div_euclid(2), moment)
    }

    #[test]
    fn the_place_of_a_meal_that_was_not_given_stays_empty() {
        let mut ecarts = Ecarts::up_to(meal(3));
        ecarts.note(meal(3), Some(1.0));
        let mut ecarts = ecarts.advanced_to(meal(5));
        ecarts.note(meal(5), Some(2.0));
        assert_eq!(ecarts.places()[5..], [Some(1.0), None, Some(2.0)]);
    }

    proptest! {
        #[test]
        fn the_places_are_the_last_eight_whatever_the_steps_and_the_corrections(
            steps in prop::collection::vec((0..12_i32, 0..12_i32), 1..20)
        ) {
            let (mut front, mut given) = (-2, HashMap::new());
            let mut ecarts = Ecarts::up_to(meal(front));
            for (number, (ahead, behind)) in steps.into_iter().enumerate() {
                front += ahead;
                ecarts = ecarts.advanced_to(meal(front));
                for rank in [front, front - behind] {
                    given.insert(rank, number as f64);
                    ecarts.note(meal(rank), Some(number as f64));
                }
            }
            let last = (front - LATEST_MEALS as i32 + 1)..=front;
            let expected: Vec<_> = last.map(|rank| given.get(&rank).copied()).collect();
            prop_assert_eq!(ecarts.places().to_vec(), expected);
        }
    }
}
