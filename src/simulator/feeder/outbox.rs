//! Readings that are not settled yet: those to send and those that await an answer.

use crate::domain::reading::{MealKey, Reading};
use std::collections::{BTreeMap, VecDeque};

/// An unsettled reading.
#[derive(Debug)]
pub struct Pending {
    /// Position in the order in which readings became due.
    number: u64,
    pub reading: Reading,
    /// How often it was sent.
    pub sendings: u32,
}

/// Bounded memory of unsettled readings. Readings to send again keep the order in which they became due.
#[derive(Debug)]
pub struct Outbox {
    window: usize,
    next_number: u64,
    unsent: BTreeMap<u64, Pending>,
    in_flight: VecDeque<Pending>,
}

impl Outbox {
    /// At most `window` readings (at least one) are unsettled at any time.
    pub fn new(window: usize) -> Self {
        Outbox {
            window: window.max(1),
            next_number: 0,
            unsent: BTreeMap::new(),
            in_flight: VecDeque::new(),
        }
    }

    pub fn len(&self) -> usize {
        self.unsent.len() + self.in_flight.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn has_room(&self) -> bool {
        self.len() < self.window
    }

    pub fn awaits_answers(&self) -> bool {
        !self.in_flight.is_empty()
    }

    pub fn push(&mut self, reading: Reading) {
        let number = self.next_number;
        self.next_number += 1;
        let pending = Pending {
            number,
            reading,
            sendings: 0,
        };
        self.unsent.insert(number, pending);
    }

    /// The next reading to send; it now awaits an answer.
    pub fn send_next(&mut self) -> Option<&Pending> {
        let (_, mut pending) = self.unsent.pop_first()?;
        pending.sendings += 1;
        self.in_flight.push_back(pending);
        self.in_flight.back()
    }

    /// Removes the reading that an ack names; `None` if no reading that awaits an answer matches.
    pub fn take_acked(&mut self, meal: Option<&MealKey>) -> Option<Pending> {
        match meal {
            Some(meal) => self.position(meal).and_then(|at| self.in_flight.remove(at)),
            None => self.in_flight.pop_front(),
        }
    }

    /// Removes the reading that an error concerns: the named one, otherwise the oldest, since answers come in the order of the messages.
    pub fn take_refused(&mut self, meal: Option<&MealKey>) -> Option<Pending> {
        let at = meal.and_then(|meal| self.position(meal)).unwrap_or(0);
        self.in_flight.remove(at)
    }

    /// Queues the reading to be sent again.
    pub fn put_back(&mut self, pending: Pending) {
        self.unsent.insert(pending.number, pending);
    }

    /// Queues everything unanswered to be sent again: a lost connection brings no more answers.
    pub fn connection_lost(&mut self) {
        for pending in std::mem::take(&mut self.in_flight) {
            self.put_back(pending);
        }
    }

    fn position(&self, meal: &MealKey) -> Option<usize> {
        self.in_flight
            .iter()
            .position(|pending| pending.reading.key() == *meal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{moment::Moment, reading::sample};

    fn filled(count: i32) -> Outbox {
        let mut outbox = Outbox::new(8);
        (0..count).for_each(|jour| outbox.push(sample("LL2611001", jour, Moment::Matin)));
        outbox
    }

    fn sent(outbox: &mut Outbox) -> Vec<i32> {
        std::iter::from_fn(|| outbox.send_next().map(|pending| pending.reading.jour)).collect()
    }

    fn key(jour: i32) -> MealKey {
        sample("LL2611001", jour, Moment::Matin).key()
    }

    #[test]
    fn a_full_window_has_no_room_until_something_is_settled() {
        let mut outbox = filled(8);
        assert!(!outbox.has_room());
        sent(&mut outbox);
        assert!(!outbox.has_room());
        outbox.take_acked(Some(&key(0))).unwrap();
        assert!(outbox.has_room());
    }

    #[test]
    fn after_a_lost_connection_everything_unanswered_goes_again_in_order() {
        let mut outbox = filled(4);
        sent(&mut outbox);
        outbox.take_acked(Some(&key(1))).unwrap();
        outbox.push(sample("LL2611001", 9, Moment::Matin));
        outbox.connection_lost();
        assert_eq!(sent(&mut outbox), [0, 2, 3, 9]);
    }

    #[test]
    fn a_reading_put_back_goes_before_younger_ones() {
        let mut outbox = filled(2);
        sent(&mut outbox);
        let first = outbox.take_refused(Some(&key(0))).unwrap();
        outbox.push(sample("LL2611001", 5, Moment::Matin));
        outbox.put_back(first);
        assert_eq!(sent(&mut outbox), [0, 5]);
    }

    #[test]
    fn an_error_that_names_nothing_is_about_the_oldest() {
        let mut outbox = filled(3);
        sent(&mut outbox);
        assert_eq!(outbox.take_refused(None).unwrap().reading.jour, 0);
        assert_eq!(outbox.take_refused(Some(&key(2))).unwrap().reading.jour, 2);
    }

    #[test]
    fn an_ack_of_an_unknown_meal_settles_nothing() {
        let mut outbox = filled(1);
        sent(&mut outbox);
        assert!(outbox.take_acked(Some(&key(7))).is_none());
        assert_eq!(outbox.len(), 1);
    }
}
