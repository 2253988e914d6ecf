//! The lots of a simulation and the order in which their meals come due. Pure.

use super::lot::SimulatedLot;
use crate::domain::{horodatage::Horodatage, reading::Reading};
use jiff::{Timestamp, civil::Date};
use std::{collections::VecDeque, time::Duration};

/// Two meals a day.
const BETWEEN_MEALS: Duration = Duration::from_secs(12 * 3_600);

/// Everything that determines a simulation.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Lots fed at the same time.
    pub lots: u32,
    pub seed: u64,
    /// Number in the code of the first lot, from 1.
    pub first_sequence: u32,
    /// Replace each finished lot by a new one.
    pub forever: bool,
    /// Month that the codes name.
    pub month: Date,
}

impl Plan {
    fn lot(&self, sequence: u32) -> SimulatedLot {
        SimulatedLot::numbered(sequence, self.seed, self.month)
    }
}

/// A slot in the building: it holds one lot after the other.
#[derive(Debug)]
struct Slot {
    due: Duration,
    lot: SimulatedLot,
    next_meal: usize,
}

/// All lots together: yields every meal in order of time, with its virtual time since the start.
#[derive(Debug)]
pub struct Farm {
    plan: Plan,
    next_sequence: u32,
    /// Ordered by `due`.
    slots: VecDeque<Slot>,
}

/// A meal that is due; it becomes a reading when the time of sending is added.
#[derive(Debug)]
pub struct DueMeal(Reading);

impl DueMeal {
    pub fn reading(self, now: Timestamp) -> Reading {
        Reading {
            horodatage: Horodatage::at(now),
            ..self.0
        }
    }
}

impl Farm {
    /// Spreads the lots' meals over the half day, as farmers feed one building after the other.
    pub fn new(plan: Plan) -> Self {
        let slot = |index: u32| Slot {
            due: BETWEEN_MEALS * index / plan.lots,
            lot: plan.lot(plan.first_sequence + index),
            next_meal: 0,
        };
        Farm {
            plan,
            next_sequence: plan.first_sequence + plan.lots,
            slots: (0..plan.lots).map(slot).collect(),
        }
    }

    /// Meals still to come; `None` if the simulation does not end.
    pub fn remaining_meals(&self) -> Option<u64> {
        let remaining = |slot: &Slot| (slot.lot.meal_count() - slot.next_meal) as u64;
        (!self.plan.forever).then(|| self.slots.iter().map(remaining).sum())
    }

    fn next_lot(&mut self) -> Option<SimulatedLot> {
        if !self.plan.forever {
            return None;
        }
        let sequence = self.next_sequence;
        self.next_sequence += 1;
        Some(self.plan.lot(sequence))
    }

    /// All slots have the same interval between meals, so the one just fed goes to the back.
    fn put_back(&mut self, slot: Slot) {
        self.slots.push_back(Slot {
            due: slot.due + BETWEEN_MEALS,
            ..slot
        });
    }
}

impl Iterator for Farm {
    type Item = (Duration, DueMeal);

    fn next(&mut self) -> Option<Self::Item> {
        let mut slot = self.slots.pop_front()?;
        let due = slot.due;
        let meal = DueMeal(slot.lot.unstamped(slot.next_meal));
        slot.next_meal += 1;
        if slot.next_meal < slot.lot.meal_count() {
            self.put_back(slot);
        } else if let Some(lot) = self.next_lot() {
            self.put_back(Slot {
                lot,
                next_meal: 0,
                ..slot
            });
        }
        Some((due, meal))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::moment::Moment;
    use std::collections::{BTreeMap, BTreeSet};

    fn plan(lots: u32) -> Plan {
        Plan {
            lots,
            seed: 11,
            first_sequence: 1,
            forever: false,
            month: jiff::civil::date(2025, 12, 5),
        }
    }

    fn readings(plan: Plan) -> Vec<Reading> {
        Farm::new(plan)
            .map(|(_, meal)| meal.reading(Timestamp::UNIX_EPOCH))
            .collect()
    }

    fn by_lot(plan: Plan) -> BTreeMap<String, Vec<Reading>> {
        let mut lots = BTreeMap::<_, Vec<_>>::new();
        for reading in readings(plan) {
            lots.entry(reading.code_lot.clone())
                .or_default()
                .push(reading);
        }
        lots
    }

    #[test]
    fn codes_are_site_year_month_and_sequence() {
        let codes: Vec<_> = by_lot(plan(3)).into_keys().collect();
        assert_eq!(codes, ["LL2512001", "LS2512002", "MT2512003"]);
        let later = Plan {
            first_sequence: 42,
            ..plan(1)
        };
        assert_eq!(readings(later)[0].code_lot, "LS2512042");
    }

    #[test]
    fn a_lot_is_fed_morning_and_evening_from_day_zero_and_its_last_meal_says_so() {
        for meals in by_lot(plan(5)).into_values() {
            for (index, meal) in meals.iter().enumerate() {
                let moment = if index % 2 == 0 {
                    Moment::Matin
                } else {
                    Moment::Soir
                };
                assert_eq!(meal.position(), ((index / 2) as i32, moment));
                assert_eq!(meal.pret_abattage, index + 1 == meals.len());
                assert!(meal.simule);
            }
        }
    }

    #[test]
    fn a_lot_does_not_depend_on_how_many_others_there_are() {
        let (few, many) = (by_lot(plan(2)), by_lot(plan(9)));
        assert!(few.iter().all(|(code, meals)| many[code] == *meals));
    }

    #[test]
    fn meals_come_in_order_of_time_and_twelve_hours_apart() {
        let mut last_of = BTreeMap::new();
        let mut latest = Duration::ZERO;
        for (due, meal) in Farm::new(plan(7)) {
            assert!(due >= latest);
            latest = due;
            if let Some(before) = last_of.insert(meal.0.code_lot, due) {
                assert_eq!(due - before, BETWEEN_MEALS);
            }
        }
    }

    #[test]
    fn the_meals_to_come_are_known_unless_there_is_no_end() {
        let farm = Farm::new(plan(3));
        assert_eq!(farm.remaining_meals(), Some(readings(plan(3)).len() as u64));
        let endless = Farm::new(Plan {
            forever: true,
            ..plan(3)
        });
        assert_eq!(endless.remaining_meals(), None);
    }

    #[test]
    fn forever_a_lot_that_ends_is_followed_by_the_next_number() {
        let endless = Plan {
            forever: true,
            ..plan(2)
        };
        let codes: BTreeSet<_> = Farm::new(endless)
            .take(120)
            .map(|(_, meal)| meal.0.code_lot)
            .collect();
        let codes: Vec<_> = codes.into_iter().collect();
        assert!(
            codes.len() >= 5 && codes.contains(&"MT2512003".to_owned()),
            "{codes:?}"
        );
    }

    #[test]
    fn every_simulated_reading_is_one_that_the_server_accepts() {
        let now: Timestamp = "2025-12-05T08:00:00Z".parse().unwrap();
        let rules = crate::protocol::input::rules_of_tests();
        for (_, meal) in Farm::new(plan(5)) {
            let reading = meal.reading(now);
            let json = crate::protocol::frames::reading_data(&reading);
            let text = std::str::from_utf8(&json).unwrap();
            let parsed = crate::protocol::gavage::parse(text, &rules, now).unwrap();
            assert_eq!(parsed.into_readings(), [reading]);
        }
    }
}
