//! Transactions with an unknown outcome: the connection was lost before the answer to COMMIT.
//!
//! Their rows carry their mark. When everything they contained has been written again, or refused, none of them can still be running, and
//! the rows with their marks show what they committed.

/// Marks the rows of one transaction; a random number, so that no two are equal.
pub type Mark = i64;

/// Even a week of timeouts makes fewer.
const MOST: usize = 10_000;

/// Marks that must be looked up in the database.
#[derive(Debug, Default)]
pub struct Doubts {
    marks: Vec<Mark>,
    /// How many of the next entries must be written again before the lookup.
    entries: usize,
}

impl Doubts {
    /// Records a transaction of this many entries with an unknown outcome.
    pub fn note(&mut self, mark: Mark, entries: usize) {
        if self.marks.len() < MOST {
            self.marks.push(mark);
        }
        self.entries = self.entries.max(entries);
    }

    /// Whether the next entry is to be written again.
    pub fn are_open(&self) -> bool {
        self.entries > 0
    }

    /// The next entries were written or refused.
    pub fn settled(&mut self, entries: usize) {
        self.entries = self.entries.saturating_sub(entries);
    }

    /// Marks that can be looked up now; each is returned once.
    pub fn take_settled(&mut self) -> Vec<Mark> {
        match self.entries {
            0 => std::mem::take(&mut self.marks),
            _ => Vec::new(),
        }
    }

    /// Returns marks whose lookup failed.
    pub fn put_back(&mut self, marks: Vec<Mark>) {
        self.marks.extend(marks);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_asked_for_once_everything_in_doubt_was_written_again() {
        let mut doubts = Doubts::default();
        doubts.settled(3);
        assert!(doubts.take_settled().is_empty());
        assert!(!doubts.are_open());
        doubts.note(7, 4);
        // A smaller second try, again with an unknown outcome.
        doubts.note(8, 2);
        doubts.settled(2);
        assert!(doubts.take_settled().is_empty() && doubts.are_open());
        doubts.settled(2);
        assert_eq!(doubts.take_settled(), [7, 8]);
        assert!(doubts.take_settled().is_empty());
        doubts.put_back(vec![7]);
        assert_eq!(doubts.take_settled(), [7]);
    }
}
