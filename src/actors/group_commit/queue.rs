//! What waits for its transaction.

use std::collections::VecDeque;

/// Entries that wait to be written.
pub trait Queue: Unpin + 'static {
    type Entry;

    fn is_empty(&self) -> bool;

    /// Entries of the next transaction, in the order of their arrival; at least one unless it is empty.
    fn next_batch(&mut self) -> Vec<Self::Entry>;

    /// Entries that could not be written: they come before everything that has arrived since.
    fn put_back(&mut self, entries: Vec<Self::Entry>);

    /// What waits, counted as the people count it who may lose it.
    fn size(&self) -> usize;
}

/// First in, first out; a batch takes whole entries until they are large enough together.
pub struct Fifo<E> {
    waiting: VecDeque<E>,
    size_of: fn(&E) -> usize,
    /// Of all that waits.
    size: usize,
    batch: usize,
}

impl<E> Fifo<E> {
    /// At most `batch` in a transaction, as `size_of` counts.
    pub fn new(batch: usize, size_of: fn(&E) -> usize) -> Self {
        Fifo {
            waiting: VecDeque::new(),
            size_of,
            size: 0,
            batch,
        }
    }

    pub fn push(&mut self, entry: E) {
        self.size += (self.size_of)(&entry);
        self.waiting.push_back(entry);
    }
}

impl<E: Unpin + 'static> Queue for Fifo<E> {
    type Entry = E;

    fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    fn next_batch(&mut self) -> Vec<E> {
        let mut size = 0;
        let fits = |entry: &&E| {
            size += (self.size_of)(entry);
            size <= self.batch
        };
        // An entry larger than a batch still goes, alone.
        let count = self.waiting.iter().take_while(fits).count().max(1);
        let taken = self.waiting.drain(..count.min(self.waiting.len()));
        let batch: Vec<E> = taken.collect();
        self.size -= batch.iter().map(self.size_of).sum::<usize>();
        batch
    }

    fn put_back(&mut self, entries: Vec<E>) {
        for entry in entries.into_iter().rev() {
            self.size += (self.size_of)(&entry);
            self.waiting.push_front(entry);
        }
    }

    fn size(&self) -> usize {
        self.size
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn queue(batch: usize, sizes: &[usize]) -> Fifo<usize> {
        let mut queue = Fifo::new(batch, |size| *size);
        sizes.iter().for_each(|size| queue.push(*size));
        queue
    }

    #[test]
    fn a_batch_takes_whole_entries_and_one_that_is_too_large_goes_alone() {
        let mut queue = queue(10, &[4, 6, 1, 25, 2]);
        let batches: Vec<_> =
            std::iter::from_fn(|| (!queue.is_empty()).then(|| queue.next_batch())).collect();
        assert_eq!(batches, [vec![4, 6], vec![1], vec![25], vec![2]]);
        assert!(queue.next_batch().is_empty());
    }

    proptest! {
        #[test]
        fn what_is_put_back_goes_again_in_its_order(sizes in prop::collection::vec(0..9usize, 0..50), failures in prop::collection::vec(any::<bool>(), 0..50)) {
            let mut queue = queue(12, &sizes);
            let mut written = Vec::new();
            let mut failures = failures.into_iter();
            while !queue.is_empty() {
                let batch = queue.next_batch();
                match failures.next() {
                    Some(true) => queue.put_back(batch),
                    _ => written.extend(batch),
                }
                prop_assert_eq!(queue.size() + written.iter().sum::<usize>(), sizes.iter().sum::<usize>());
            }
            prop_assert_eq!(written, sizes);
        }
    }
}
