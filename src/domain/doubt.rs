//! Transactions of which nobody knows whether they were committed: the connection was lost before their end was heard of.
//!
//! What they wrote bears their mark. Once all that was in doubt has been written again, or refused, no such transaction can be under way
//! any more, and the rows that bear their marks tell what they did.

/// What a transaction marks its rows with, by chance unlike any other.
pub type Mark = i64;

/// A database that times out for a week makes fewer.
const MOST: usize = 10_000;

/// The marks that are to be asked for.
#[derive(Debug, Default)]
pub struct Doubts {
    marks: Vec<Mark>,
    /// Entries that are to be written again first; they are the next to be written.
    entries: usize,
}

impl Doubts {
    /// A transaction of this many entries may have been committed, or not.
    pub fn note(&mut self, mark: Mark, entries: usize) {
        if self.marks.len() < MOST {
            self.marks.push(mark);
        }
        self.entries = self.entries.max(entries);
    }

    /// The next entries were written or refused.
    pub fn settled(&mut self, entries: usize) {
        self.entries = self.entries.saturating_sub(entries);
    }

    /// Marks whose rows are what they will be; each is given once.
    pub fn take_settled(&mut self) -> Vec<Mark> {
        match self.entries {
            0 => std::mem::take(&mut self.marks),
            _ => Vec::new(),
        }
    }

    /// They could not be asked for just now.
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
        doubts.note(7, 4);
        // Tried again with less, again in doubt.
        doubts.note(8, 2);
        doubts.settled(2);
        assert!(doubts.take_settled().is_empty());
        doubts.settled(2);
        assert_eq!(doubts.take_settled(), [7, 8]);
        assert!(doubts.take_settled().is_empty());
        doubts.put_back(vec![7]);
        assert_eq!(doubts.take_settled(), [7]);
    }
}
