//! What a simulator tells of itself while it runs.

use crate::domain::panel::{
    Simulator, Tally,
    log::{Line, Log},
};
use jiff::Timestamp;
use std::{cell::RefCell, rc::Rc, sync::Arc};
use tokio::sync::broadcast;

/// Counts and log of one run. Shared by the simulator's tasks and the actor, which run on one thread.
#[derive(Clone)]
pub(super) struct Teller {
    simulator: Simulator,
    tally: Rc<RefCell<Tally>>,
    log: Rc<RefCell<Log>>,
    lines: broadcast::Sender<Arc<Line>>,
}

impl Teller {
    pub fn new(
        simulator: Simulator,
        log: Rc<RefCell<Log>>,
        lines: broadcast::Sender<Arc<Line>>,
    ) -> Self {
        Teller {
            simulator,
            tally: Rc::default(),
            log,
            lines,
        }
    }

    pub fn tally(&self) -> Tally {
        self.tally.borrow().clone()
    }

    pub fn count(&self, messages: u64, errors: u64) {
        let mut tally = self.tally.borrow_mut();
        (tally.messages, tally.errors) = (messages, errors);
    }

    pub fn say(&self, text: impl Into<String>) {
        self.push(false, text.into());
    }

    /// Says what should not be, and keeps it as the last error.
    pub fn warn(&self, text: impl Into<String>) {
        let text = text.into();
        self.tally.borrow_mut().last_error = Some(text.clone());
        self.push(true, text);
    }

    /// The same for the end of the run.
    pub fn fail(&self, text: String) {
        log::error!("the simulator {} failed: {text}", self.simulator);
        self.tally.borrow_mut().errors += 1;
        self.warn(text);
    }

    fn push(&self, is_warning: bool, text: String) {
        let line = Arc::new(Line {
            at: Timestamp::now(),
            simulator: self.simulator,
            is_warning,
            text,
        });
        self.log.borrow_mut().push(line.clone());
        // Ignores the error: nobody reads.
        let _ = self.lines.send(line);
    }
}
