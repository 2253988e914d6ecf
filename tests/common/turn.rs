//! A limit for tests that keep a processor busy. The others mostly wait, so `make test` runs more tests at a time than there are cores.

use std::{
    cell::RefCell,
    sync::{Arc, Weak},
    thread::available_parallelism,
};
use tokio::sync::{OnceCell, OwnedSemaphorePermit, Semaphore};

static CORES: OnceCell<Arc<Semaphore>> = OnceCell::const_new();

thread_local! {
    /// The turn of the test on this thread, so that a test with two databases or browsers does not wait for itself.
    static HELD: RefCell<Weak<OwnedSemaphorePermit>> = const { RefCell::new(Weak::new()) };
}

/// Held by a test while it keeps a processor busy.
#[derive(Clone)]
pub struct Turn {
    _permit: Arc<OwnedSemaphorePermit>,
}

impl Turn {
    /// Waits until fewer tests than there are cores hold one.
    pub async fn take() -> Self {
        let held = HELD.with_borrow(Weak::upgrade);
        let permit = match held {
            Some(permit) => permit,
            None => Arc::new(free_core().await),
        };
        HELD.set(Arc::downgrade(&permit));
        Turn { _permit: permit }
    }
}

async fn free_core() -> OwnedSemaphorePermit {
    let count = async || {
        Arc::new(Semaphore::new(
            available_parallelism().map_or(1, usize::from),
        ))
    };
    let cores = CORES.get_or_init(count).await.clone();
    cores.acquire_owned().await.unwrap()
}
