//! One batch on its way into the database.

use crate::store::StoreError;

/// Commits entries together or not at all.
pub trait Store<E>: 'static {
    /// What a commit did.
    type Stored: Unpin + 'static;

    fn store(&mut self, entries: &[E]) -> impl Future<Output = Result<Self::Stored, Failure>>;
}

/// Why nothing was committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// At least one entry is not storable. One sentence for its sender.
    Refused(String),
    /// The same entries may be written later, also when it is in doubt whether they were: writing again is harmless.
    Away(String),
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match error.is_about_the_data() {
            true => Failure::Refused(error.to_string()),
            false => Failure::Away(error.to_string()),
        }
    }
}

/// What became of a batch; every entry of it is in exactly one of the three.
#[derive(Debug)]
pub struct Outcome<E, S> {
    /// In the order in which they were committed.
    pub committed: Vec<(Vec<E>, S)>,
    /// Each with one sentence for its sender.
    pub refused: Vec<(E, String)>,
    /// What is to be written again, and why.
    pub put_back: Option<(Vec<E>, String)>,
}

/// Writes a batch; one that the database refuses is halved until the bad entry is alone.
pub async fn commit<E, S: Store<E>>(store: &mut S, batch: Vec<E>) -> Outcome<E, S::Stored> {
    let mut outcome = Outcome {
        committed: Vec::new(),
        refused: Vec::new(),
        put_back: None,
    };
    let mut todo = vec![batch];
    while let Some(mut entries) = todo.pop() {
        match store.store(&entries).await {
            Ok(stored) => outcome.committed.push((entries, stored)),
            Err(Failure::Refused(sentence)) if entries.len() <= 1 => {
                let refused = entries.into_iter().map(|entry| (entry, sentence.clone()));
                outcome.refused.extend(refused);
            }
            Err(Failure::Refused(_)) => {
                let second_half = entries.split_off(entries.len() / 2);
                todo.extend([second_half, entries]);
            }
            Err(Failure::Away(problem)) => {
                entries.extend(todo.drain(..).rev().flatten());
                outcome.put_back = Some((entries, problem));
            }
        }
    }
    outcome
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;
    use proptest::prelude::*;

    /// Refuses what holds an odd number, and is away after so many commits.
    struct Picky {
        commits: usize,
    }

    impl Store<u32> for Picky {
        type Stored = usize;

        async fn store(&mut self, entries: &[u32]) -> Result<usize, Failure> {
            if entries.iter().any(|entry| entry % 2 == 1) {
                return Err(Failure::Refused("odd".to_owned()));
            }
            self.commits = self
                .commits
                .checked_sub(1)
                .ok_or(Failure::Away("away".to_owned()))?;
            Ok(entries.len())
        }
    }

    fn outcome(batch: Vec<u32>, commits: usize) -> Outcome<u32, usize> {
        let mut store = Picky { commits };
        commit(&mut store, batch).now_or_never().unwrap()
    }

    #[test]
    fn a_bad_entry_is_found_and_only_it_is_refused() {
        let outcome = outcome(vec![2, 4, 5, 6, 8], 9);
        assert_eq!(outcome.refused, [(5, "odd".to_owned())]);
        let committed: Vec<_> = outcome
            .committed
            .into_iter()
            .map(|(entries, _)| entries)
            .collect();
        assert_eq!(committed, [vec![2, 4], vec![6, 8]]);
        assert_eq!(outcome.put_back, None);
    }

    proptest! {
        #[test]
        fn every_entry_ends_in_one_place_and_order_is_kept(batch in prop::collection::vec(0..100u32, 1..40), commits in 0..20usize) {
            let outcome = outcome(batch.clone(), commits);
            let committed: Vec<_> = outcome.committed.iter().flat_map(|(entries, _)| entries.clone()).collect();
            let refused: Vec<_> = outcome.refused.iter().map(|(entry, _)| *entry).collect();
            let put_back = outcome.put_back.map(|(entries, _)| entries).unwrap_or_default();
            prop_assert!(committed.iter().all(|entry| entry % 2 == 0) && refused.iter().all(|entry| entry % 2 == 1));
            // Nothing is committed behind what is to be written again.
            let (done, later) = batch.split_at(batch.len() - put_back.len());
            prop_assert_eq!(later, put_back.as_slice());
            let (even, odd): (Vec<u32>, Vec<u32>) = done.iter().partition(|entry| *entry % 2 == 0);
            prop_assert_eq!((even, odd), (committed, refused));
        }
    }
}
