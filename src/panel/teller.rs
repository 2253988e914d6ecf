//! What a simulator tells of itself while it runs.

use crate::domain::panel::{
    Simulator, Tally,
    log::{Line, Log},
    saying::{Saying, Word},
    scenario::{Progress, Step},
};
use jiff::Timestamp;
use std::{cell::RefCell, collections::BTreeSet, rc::Rc, sync::Arc};
use tokio::sync::broadcast;

/// Counts and log of one run. Shared by the simulator's tasks and the actor, which run on one thread.
#[derive(Clone)]
pub(super) struct Teller {
    simulator: Simulator,
    tally: Rc<RefCell<Tally>>,
    shared: Shared,
}

/// What all simulators tell together.
#[derive(Clone)]
pub(super) struct Shared {
    pub log: Rc<RefCell<Log>>,
    pub lines: broadcast::Sender<Arc<Line>>,
    /// Of the scenario that was started last.
    pub progress: Rc<RefCell<Option<Progress>>>,
    /// Codes of the lots that are being fed.
    pub fed: Rc<RefCell<BTreeSet<String>>>,
}

impl Teller {
    pub fn new(simulator: Simulator, shared: Shared) -> Self {
        Teller {
            simulator,
            tally: Rc::default(),
            shared,
        }
    }

    /// A lot made a step, as the server has confirmed.
    pub fn step(&self, step: Step, lot: &str) {
        match step {
            Step::Begun if !self.shared.fed.borrow().contains(lot) => {
                self.shared.fed.borrow_mut().insert(lot.to_owned());
            }
            Step::Fed => {
                self.shared.fed.borrow_mut().remove(lot);
            }
            _ => {}
        }
        if let Some(progress) = self.shared.progress.borrow_mut().as_mut() {
            progress.note(step, lot, Timestamp::now());
        }
    }

    pub fn tally(&self) -> Tally {
        self.tally.borrow().clone()
    }

    pub fn count(&self, messages: u64, errors: u64) {
        let mut tally = self.tally.borrow_mut();
        (tally.messages, tally.errors) = (messages, errors);
    }

    pub fn say(&self, saying: impl Into<Saying>) {
        self.push(false, saying.into());
    }

    /// Says what should not be, and keeps it as the last error.
    pub fn warn(&self, saying: Saying) {
        self.tally.borrow_mut().last_error = Some(saying.clone());
        self.push(true, saying);
    }

    /// The same for the end of the run.
    pub fn fail(&self, text: String) {
        log::error!("the simulator {} failed: {text}", self.simulator);
        self.tally.borrow_mut().errors += 1;
        self.warn(Saying::new(Word::Failed).with("reason", text));
    }

    fn push(&self, is_warning: bool, saying: Saying) {
        let line = Arc::new(Line {
            at: Timestamp::now(),
            simulator: self.simulator,
            is_warning,
            saying,
        });
        self.shared.log.borrow_mut().push(line.clone());
        // Ignores the error: nobody reads.
        let _ = self.shared.lines.send(line);
    }
}
