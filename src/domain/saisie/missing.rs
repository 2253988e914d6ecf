//! Meals that nobody has told of yet.

use crate::domain::{
    moment::Moment,
    reading::{MealPosition, Meals},
    weighings::meal_rank,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A meal between the first and the last one of a lot that is not stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MissingMeal {
    pub jour: i32,
    #[schema(value_type = String)]
    pub moment: Moment,
}

impl MissingMeal {
    pub fn position(self) -> MealPosition {
        (self.jour, self.moment)
    }
}

/// The position with this rank.
pub fn position_of(rank: i32) -> MealPosition {
    let moment = if rank.rem_euclid(2) == 0 {
        Moment::Matin
    } else {
        Moment::Soir
    };
    (rank.div_euclid(2), moment)
}

/// The meal behind this one.
pub fn after(position: MealPosition) -> MealPosition {
    position_of(meal_rank(position) + 1)
}

/// Oldest first.
pub fn missing<'a>(meals: impl IntoIterator<Item = &'a MealPosition>) -> Vec<MissingMeal> {
    let ranks: std::collections::BTreeSet<i32> =
        meals.into_iter().map(|meal| meal_rank(*meal)).collect();
    let (Some(first), Some(last)) = (ranks.first(), ranks.last()) else {
        return Vec::new();
    };
    let absent = (*first..*last).filter(|rank| !ranks.contains(rank));
    let meal = |rank| {
        let (jour, moment) = position_of(rank);
        MissingMeal { jour, moment }
    };
    absent.map(meal).collect()
}

/// Of these meals.
pub fn missing_of(meals: &Meals) -> Vec<MissingMeal> {
    missing(meals.keys())
}
