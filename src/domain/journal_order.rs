//! The entries of the journal in their order, whatever order they arrive in and however often.

use std::collections::BTreeMap;

/// Hands out each entry once, behind all before it.
#[derive(Debug)]
pub struct JournalOrder<T> {
    /// Position of the last entry that was handed out.
    reached: i64,
    /// Entries that arrived before one that comes earlier.
    ahead: BTreeMap<i64, T>,
}

impl<T> JournalOrder<T> {
    /// The entries up to this position are known already.
    pub fn after(reached: i64) -> Self {
        JournalOrder {
            reached,
            ahead: BTreeMap::new(),
        }
    }

    /// An entry that was handed out, or waits already, changes nothing.
    pub fn put(&mut self, position: i64, entry: T) {
        if position > self.reached {
            self.ahead.entry(position).or_insert(entry);
        }
    }

    /// The next entry, if it is there.
    pub fn take_next(&mut self) -> Option<(i64, T)> {
        let first = self.ahead.first_entry()?;
        if *first.key() != self.reached + 1 {
            return None;
        }
        self.reached += 1;
        Some(first.remove_entry())
    }

    pub fn reached(&self) -> i64 {
        self.reached
    }

    /// Whether an entry is missing before one that has arrived. Call when [`take_next`](Self::take_next) has returned `None`.
    pub fn has_gap(&self) -> bool {
        !self.ahead.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn entries_that_arrive_in_any_order_and_again_are_handed_out_once_and_in_their_order(
            reached in 0..1_000_i64,
            order in Just((1..=24_i64).collect::<Vec<_>>()).prop_shuffle(),
            again in prop::collection::vec(-5..=24_i64, 0..40),
            between in prop::collection::vec(any::<prop::sample::Index>(), 40),
        ) {
            let mut arrivals = order;
            for (position, at) in again.into_iter().zip(between) {
                arrivals.insert(at.index(arrivals.len()), position);
            }
            let mut journal = JournalOrder::after(reached);
            let mut seen = Vec::new();
            for offset in arrivals {
                journal.put(reached + offset, offset);
                while let Some(handed_out) = journal.take_next() {
                    seen.push(handed_out);
                }
                prop_assert_eq!(journal.reached(), reached + seen.len() as i64);
            }
            let expected: Vec<_> = (1..=24).map(|offset| (reached + offset, offset)).collect();
            prop_assert_eq!(seen, expected);
            prop_assert!(!journal.has_gap());
        }

        #[test]
        fn behind_a_missing_entry_nothing_is_handed_out_until_it_is_there(missing in 1..10_i64) {
            let mut journal = JournalOrder::after(0);
            for position in (1..=10).filter(|position| *position != missing) {
                journal.put(position, ());
            }
            while journal.take_next().is_some() {}
            prop_assert_eq!(journal.reached(), missing - 1);
            prop_assert_eq!(journal.has_gap(), missing < 10);
            journal.put(missing, ());
            while journal.take_next().is_some() {}
            prop_assert_eq!(journal.reached(), 10);
            prop_assert!(!journal.has_gap());
        }
    }
}
