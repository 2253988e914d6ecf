//! Limits the memory of incomplete messages, of all peers together and not only per message.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use thiserror::Error;

/// Bytes for all peers together; clones share them.
#[derive(Debug, Clone)]
pub struct Budget(Arc<Held>);

#[derive(Debug)]
struct Held {
    most: usize,
    bytes: AtomicUsize,
}

/// All peers together hold too much.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("unfinished messages of all peers hold all the bytes that they may")]
pub struct Exhausted;

/// One peer's part of a budget; dropping it returns the bytes.
#[derive(Debug)]
pub struct Share {
    budget: Budget,
    bytes: usize,
}

impl Budget {
    pub fn new(most: usize) -> Self {
        Budget(Arc::new(Held {
            most,
            bytes: AtomicUsize::new(0),
        }))
    }

    pub fn share(&self) -> Share {
        Share {
            budget: self.clone(),
            bytes: 0,
        }
    }

    /// Bytes held now.
    pub fn held(&self) -> usize {
        self.0.bytes.load(Ordering::Relaxed)
    }
}

impl Share {
    /// Sets the number of bytes held. Reducing it always succeeds.
    ///
    /// # Errors
    /// The budget has not enough left; the share keeps what it held.
    pub fn hold(&mut self, bytes: usize) -> Result<(), Exhausted> {
        let held = &self.budget.0.bytes;
        if let Some(less) = self.bytes.checked_sub(bytes) {
            if less > 0 {
                held.fetch_sub(less, Ordering::Relaxed);
            }
        } else {
            let more = bytes - self.bytes;
            let before = held.fetch_add(more, Ordering::Relaxed);
            if before.saturating_add(more) > self.budget.0.most {
                held.fetch_sub(more, Ordering::Relaxed);
                return Err(Exhausted);
            }
        }
        self.bytes = bytes;
        Ok(())
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.budget.0.bytes.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn all_shares_together_stay_within_the_budget_and_everything_is_given_back(
            steps in prop::collection::vec((0..4usize, 0..80usize), 1..100)
        ) {
            let budget = Budget::new(100);
            let mut shares: Vec<_> = (0..4).map(|_| budget.share()).collect();
            for (index, bytes) in steps {
                let others: usize = shares.iter().map(|share| share.bytes).sum::<usize>() - shares[index].bytes;
                let fits = bytes <= shares[index].bytes || others + bytes <= 100;
                prop_assert_eq!(shares[index].hold(bytes).is_ok(), fits);
                prop_assert_eq!(budget.held(), shares.iter().map(|share| share.bytes).sum::<usize>());
                prop_assert!(budget.held() <= 100);
            }
            shares.clear();
            prop_assert_eq!(budget.held(), 0);
        }
    }
}
