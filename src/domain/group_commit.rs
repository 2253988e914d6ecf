//! Group commit: one transaction at a time; what arrives meanwhile gathers and goes as the next one.
//!
//! What is refused is halved until the bad entry is alone; what collides with another transaction goes again at once; a database that is
//! away is asked again with a growing delay, and one that is merely slow is offered less at a time.

use std::{collections::VecDeque, time::Duration};

/// Waits between attempts double from the first to the last.
const FIRST_WAIT: Duration = Duration::from_millis(100);
const LAST_WAIT: Duration = Duration::from_secs(2);
/// A batch goes again at once so many times in a row, less one.
const MOST_HINDERED: u32 = 8;

/// What waits for its transaction.
pub trait Entry {
    /// Counted as the people count it who may lose it.
    fn size(&self) -> usize;

    /// Whether it may be in the transaction of `first`, which came before it.
    fn joins(&self, first: &Self) -> bool;
}

/// How large a batch may be, and how long it may take.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Of the entries of a batch together; a larger entry goes alone.
    pub size: usize,
    /// A batch that takes as long as this is given up.
    pub patience: Duration,
}

/// What became of an attempt at a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attempt {
    Committed {
        took: Duration,
    },
    /// At least one entry is not storable.
    Refused,
    /// What was in the way is over: another transaction, or a connection that was closed while nothing was asked of it.
    Hindered,
    /// The time was up.
    Late,
    /// There was no database to write to.
    Away,
}

/// What is to be done about an attempt. Whatever is not committed or refused waits again, in its place.
#[derive(Debug, PartialEq, Eq)]
pub enum Step<E> {
    /// These are to be answered.
    Settle(Vec<E>),
    /// This one is to be refused.
    Refuse(E),
    /// The next batch may go now.
    GoOn,
    /// The next batch goes when this time is over and [`GroupCommit::resume`] was called.
    Wait(Duration),
}

/// What waits, and what of it goes next. First in, first out.
#[derive(Debug)]
pub struct GroupCommit<E> {
    waiting: VecDeque<E>,
    bounds: Bounds,
    /// Of a batch, as the database can take it just now.
    limit: usize,
    /// What waits and what is in flight, as sizes.
    waiting_size: usize,
    flying_size: usize,
    is_flying: bool,
    /// Entries at the head that go as batches of their own, since together they were refused; the next one last.
    halves: Vec<usize>,
    hindered: u32,
    next_wait: Duration,
    is_pausing: bool,
}

impl<E: Entry> GroupCommit<E> {
    pub fn new(bounds: Bounds) -> Self {
        GroupCommit {
            waiting: VecDeque::new(),
            bounds,
            limit: bounds.size.max(1),
            waiting_size: 0,
            flying_size: 0,
            is_flying: false,
            halves: Vec::new(),
            hindered: 0,
            next_wait: FIRST_WAIT,
            is_pausing: false,
        }
    }

    /// Waiting and in flight.
    pub fn size(&self) -> usize {
        self.waiting_size + self.flying_size
    }

    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty() && !self.is_flying
    }

    /// Whether there is a batch that may go now.
    pub fn is_due(&self) -> bool {
        !self.waiting.is_empty() && !self.is_flying && !self.is_pausing
    }

    pub fn push(&mut self, entry: E) {
        self.waiting_size += entry.size();
        self.waiting.push_back(entry);
    }

    /// The next batch, which is in flight from here until its [`outcome`](Self::outcome).
    pub fn next_batch(&mut self) -> Option<Vec<E>> {
        if !self.is_due() {
            return None;
        }
        let count = self.next_count();
        if let Some(half) = self.halves.last_mut() {
            *half -= count;
            if *half == 0 {
                self.halves.pop();
            }
        }
        let batch: Vec<E> = self.waiting.drain(..count).collect();
        self.flying_size = size_of(&batch);
        self.waiting_size -= self.flying_size;
        self.is_flying = true;
        Some(batch)
    }

    /// What became of the batch in flight.
    pub fn outcome(&mut self, mut batch: Vec<E>, attempt: Attempt) -> Step<E> {
        let size = std::mem::take(&mut self.flying_size);
        self.is_flying = false;
        if attempt != Attempt::Hindered {
            self.hindered = 0;
        }
        match attempt {
            Attempt::Committed { took } => {
                self.next_wait = FIRST_WAIT;
                self.widen(size, took);
                Step::Settle(batch)
            }
            Attempt::Refused if batch.len() <= 1 => {
                self.next_wait = FIRST_WAIT;
                batch.pop().map_or(Step::GoOn, Step::Refuse)
            }
            Attempt::Refused => {
                let first = batch.len() / 2;
                self.halves.extend([batch.len() - first, first]);
                self.put_back(batch);
                Step::GoOn
            }
            Attempt::Hindered => {
                self.halves.push(batch.len());
                self.put_back(batch);
                self.hindered += 1;
                match self.hindered % MOST_HINDERED {
                    0 => self.pause(),
                    _ => Step::GoOn,
                }
            }
            Attempt::Late | Attempt::Away => {
                if attempt == Attempt::Late {
                    self.limit = (self.limit.min(size) / 2).max(1);
                }
                self.halves.clear();
                self.put_back(batch);
                self.pause()
            }
        }
    }

    /// The wait that [`Step::Wait`] asked for is over.
    pub fn resume(&mut self) {
        self.is_pausing = false;
    }

    fn next_count(&self) -> usize {
        let first = &self.waiting[0];
        let half = self.halves.last().copied().unwrap_or(usize::MAX);
        let mut size = 0;
        let fits = |entry: &&E| {
            size += entry.size();
            size <= self.limit && entry.joins(first)
        };
        // An entry larger than a batch still goes, alone.
        self.waiting
            .iter()
            .take(half)
            .take_while(fits)
            .count()
            .max(1)
    }

    fn put_back(&mut self, batch: Vec<E>) {
        self.waiting_size += size_of(&batch);
        for entry in batch.into_iter().rev() {
            self.waiting.push_front(entry);
        }
    }

    /// A full batch that was written with time to spare says that the next may be larger.
    fn widen(&mut self, size: usize, took: Duration) {
        let was_full = size * 2 > self.limit;
        if was_full && took * 4 < self.bounds.patience {
            self.limit = (self.limit * 2).min(self.bounds.size.max(1));
        }
    }

    fn pause(&mut self) -> Step<E> {
        let wait = self.next_wait;
        self.next_wait = (wait * 2).min(LAST_WAIT);
        self.is_pausing = true;
        Step::Wait(wait)
    }
}

fn size_of<E: Entry>(batch: &[E]) -> usize {
    batch.iter().map(Entry::size).sum()
}

#[cfg(test)]
mod tests;
