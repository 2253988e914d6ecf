//! Head counts: a stream tells how many ducks are alive, a person how many have died.

use crate::domain::{reading::MealPosition, rounding::two_decimals};
use std::collections::BTreeMap;

/// What a meal tells of the ducks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// This many are alive; `None` if nobody counted.
    Alive(Option<i32>),
    /// This many have died since the meal before.
    Dead(i32),
}

/// More have died than were alive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooManyDead {
    pub at: MealPosition,
    /// How many were alive before.
    pub alive: i32,
}

/// How many ducks are alive after each meal at which deaths are told, where it is known how many were there before.
///
/// # Errors
/// More have died at a meal than were alive before.
pub fn recount(
    initial: Option<i32>,
    meals: &BTreeMap<MealPosition, Counted>,
) -> Result<BTreeMap<MealPosition, Option<i32>>, TooManyDead> {
    let mut alive = initial;
    let mut counts = BTreeMap::new();
    for (position, counted) in meals {
        match counted {
            Counted::Alive(told) => alive = told.or(alive),
            Counted::Dead(dead) => {
                if let Some(before) = alive.filter(|before| dead > before) {
                    let (at, alive) = (*position, before);
                    return Err(TooManyDead { at, alive });
                }
                alive = alive.map(|before| before - dead);
                counts.insert(*position, alive);
            }
        }
    }
    Ok(counts)
}

/// Cumulated mortality, %.
pub fn mortality(initial: Option<i32>, alive: Option<i32>) -> Option<f64> {
    let initial = initial.filter(|initial| *initial > 0)?;
    let dead = f64::from((initial - alive?).max(0));
    Some(two_decimals(100.0 * dead / f64::from(initial)))
}
