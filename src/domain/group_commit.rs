//! Group commit: one transaction at a time; everything that arrives meanwhile forms the next one.
//!
//! What is refused is halved until the bad entry is alone; what collides with another transaction goes again at once; a database that is
//! away is asked again with a growing delay, and one that is merely slow is offered less at a time. Where fewer transactions matter more
//! than each entry's own time, what arrives can be gathered for a while.

use super::unwritten::Unwritten;
use std::{collections::VecDeque, time::Duration};

/// Waits between attempts double from the first to the last.
const FIRST_WAIT: Duration = Duration::from_millis(100);
const LAST_WAIT: Duration = Duration::from_millis(500);
/// The number of consecutive collisions after which the queue pauses.
const MOST_HINDERED: u32 = 8;

/// An entry of the queue.
pub trait Entry {
    /// What it adds to the size of a batch.
    fn size(&self) -> usize;

    /// What is not written as long as it is in the queue.
    fn unwritten(&self) -> Unwritten;

    /// Whether it may share a transaction with `first`, which came before it.
    fn joins(&self, first: &Self) -> bool;
}

/// Limits of a batch.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Maximum sum of the entries' sizes; a larger entry forms a batch alone.
    pub size: usize,
    /// Time limit of a batch.
    pub patience: Duration,
}

/// Why a batch was not written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// At least one entry cannot be stored.
    Refused,
    /// The cause is over: a collision with another transaction, or a connection that was closed while idle.
    Hindered,
    /// The attempt timed out.
    Late,
    /// The database was unavailable.
    Away,
}

/// What to do after a failure. Entries that are not refused return to their position in the queue.
#[derive(Debug, PartialEq, Eq)]
pub enum Step<E> {
    /// Refuse this entry.
    Refuse(E),
    /// The next batch may start now.
    GoOn,
    /// Start the next batch after this time, when [`GroupCommit::resume`] has been called.
    Wait(Duration),
}

/// The queue of entries and the choice of the next batch. First in, first out.
#[derive(Debug)]
pub struct GroupCommit<E> {
    waiting: VecDeque<E>,
    bounds: Bounds,
    /// Current maximum size of a batch, adapted to the speed of the database.
    limit: usize,
    /// Total size of the waiting entries.
    waiting_size: usize,
    /// What is in flight, if anything.
    flying: Option<Unwritten>,
    /// Numbers of entries at the head that form separate batches, because together they were refused; the next one is last.
    halves: Vec<usize>,
    hindered: u32,
    next_wait: Duration,
    is_pausing: bool,
    is_gathering: bool,
}

impl<E: Entry> GroupCommit<E> {
    pub fn new(bounds: Bounds) -> Self {
        GroupCommit {
            waiting: VecDeque::new(),
            bounds,
            limit: bounds.size.max(1),
            waiting_size: 0,
            flying: None,
            halves: Vec::new(),
            hindered: 0,
            next_wait: FIRST_WAIT,
            is_pausing: false,
            is_gathering: false,
        }
    }

    /// Everything that waits or is in flight.
    pub fn unwritten(&self) -> Unwritten {
        let waiting = self.waiting.iter().map(Entry::unwritten);
        waiting.chain(self.flying).sum()
    }

    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.flying.is_none()
    }

    /// True if a batch may start now.
    pub fn is_due(&self) -> bool {
        let is_enough = !self.is_gathering || self.waiting_size >= self.limit;
        !self.waiting.is_empty() && is_enough && self.flying.is_none() && !self.is_pausing
    }

    /// No batch goes until [`gathered`](Self::gathered) is called, unless it is full.
    pub fn gather(&mut self) {
        self.is_gathering = true;
    }

    /// Whatever waits may go.
    pub fn gathered(&mut self) {
        self.is_gathering = false;
    }

    pub fn push(&mut self, entry: E) {
        self.waiting_size += entry.size();
        self.waiting.push_back(entry);
    }

    /// Takes the next batch, which is in flight until it is [`committed`](Self::committed) or has [`failed`](Self::failed).
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
        self.waiting_size -= size_of(&batch);
        self.flying = Some(batch.iter().map(Entry::unwritten).sum());
        Some(batch)
    }

    /// The batch in flight was written in this time.
    pub fn committed(&mut self, batch: &[E], took: Duration) {
        self.flying = None;
        self.hindered = 0;
        self.next_wait = FIRST_WAIT;
        self.widen(size_of(batch), took);
    }

    /// The batch in flight was not written.
    pub fn failed(&mut self, mut batch: Vec<E>, failure: Failure) -> Step<E> {
        self.flying = None;
        if failure != Failure::Hindered {
            self.hindered = 0;
        }
        match failure {
            Failure::Refused if batch.len() <= 1 => {
                self.next_wait = FIRST_WAIT;
                batch.pop().map_or(Step::GoOn, Step::Refuse)
            }
            Failure::Refused => {
                let first = batch.len() / 2;
                self.halves.extend([batch.len() - first, first]);
                self.put_back(batch);
                Step::GoOn
            }
            Failure::Hindered => {
                self.halves.push(batch.len());
                self.put_back(batch);
                self.hindered += 1;
                if self.hindered.is_multiple_of(MOST_HINDERED) {
                    self.pause()
                } else {
                    Step::GoOn
                }
            }
            Failure::Late | Failure::Away => {
                if failure == Failure::Late {
                    self.limit = (self.limit.min(size_of(&batch)) / 2).max(1);
                }
                self.halves.clear();
                self.put_back(batch);
                self.pause()
            }
        }
    }

    /// Call when the wait of [`Step::Wait`] is over.
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
        // An entry larger than the limit forms a batch alone.
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

    /// Raises the limit after a full batch that was written quickly.
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
