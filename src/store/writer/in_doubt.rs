//! What transactions whose outcome was unknown have committed.

use super::WriterStore;
use crate::{
    domain::{alert::AlertEvent, transition::Transition},
    store::{alerts, transitions},
};
use std::time::Duration;
use tokio::time::Instant;

/// What was committed by transactions whose outcome was unknown, and could not be told then.
#[derive(Debug, Default)]
pub struct Overdue {
    pub alerts: Vec<AlertEvent>,
    /// The states of the lots that may have changed.
    pub transitions: Vec<Transition>,
}

impl WriterStore {
    /// Call after a commit of this many entries. Once everything in doubt has been written again, returns what transactions whose outcome
    /// was unknown have committed.
    pub async fn settled(&mut self, entries: usize) -> Overdue {
        self.doubts.settled(entries);
        let marks = self.doubts.take_settled();
        if self.journal.is_some() {
            return Overdue::default();
        }
        if marks.is_empty() {
            return Overdue::default();
        }
        // The first of them began at most that long before its outcome was unknown.
        let doubted = self.in_doubt_since.map_or(Duration::ZERO, |t| t.elapsed());
        let time = doubted + 2 * self.deadline;
        let read = async |client: &_| {
            Ok(Overdue {
                alerts: alerts::select_marked(client, &marks).await?,
                transitions: transitions::changed_within(client, time).await?,
            })
        };
        match self.held.run(read).await {
            Ok(overdue) => {
                self.in_doubt_since = None;
                overdue
            }
            Err(error) => {
                log::warn!("what transactions in doubt have committed cannot be read yet: {error}");
                self.doubts.put_back(marks);
                Overdue::default()
            }
        }
    }

    /// The last transaction of this many entries may have been committed, and will be retried.
    pub fn doubted(&mut self, entries: usize) {
        self.doubts.note(self.mark, entries);
        self.doubt_entry();
        self.in_doubt_since.get_or_insert_with(Instant::now);
    }

    /// The next entry may have been committed already.
    pub fn is_in_doubt(&self) -> bool {
        self.doubts.are_open()
    }

    /// An entry is not written again.
    pub fn left_out(&mut self) {
        self.doubts.settled(1);
    }
}
