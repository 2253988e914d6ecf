//! How the writer's transactions get into the journal.

use super::WriterStore;
use crate::store::{
    StoreError,
    journal::{self, Checkpoint, Ended, JournalEntry},
};
use deadpool_postgres::Object;
use std::time::Duration;

/// The journal, as far as it is published.
pub(super) struct JournalHead {
    /// How long its entries are kept.
    age: Duration,
    /// Position of the last entry that was handed over to be published.
    published: i64,
}

/// What is to be published of the journal after a transaction, in this order.
#[derive(Debug, Default)]
pub struct Concluded {
    /// Entries that were not known before: of other processes, or of transactions whose outcome was unknown.
    pub others: Vec<JournalEntry>,
    /// Position of the transaction's own entry.
    pub own: Option<i64>,
}

impl WriterStore {
    /// With a journal, in which this process writes under its key; it is published up to this position. `age` is how long entries are kept.
    pub fn with_journal(mut self, process: i64, published: i64, age: Duration) -> Self {
        self.held.journal = Some(process);
        self.journal = Some(JournalHead { age, published });
        self
    }

    pub fn has_journal(&self) -> bool {
        self.journal.is_some()
    }

    /// Keeps a checkpoint of the journal, and deletes what is too old.
    ///
    /// # Errors
    /// The call may be repeated.
    pub async fn keep_journal(
        &mut self,
        checkpoint: Option<&Checkpoint>,
    ) -> Result<(), StoreError> {
        let Some(age) = self.journal.as_ref().map(|journal| journal.age) else {
            return Ok(());
        };
        self.held
            .transact(None, async |client, ending| {
                journal::keep(client, checkpoint, age, ending).await
            })
            .await
    }

    /// With a journal: whether the last transaction has written its entry already.
    pub fn has_told(&self) -> bool {
        self.held.ended.position.is_some()
    }

    /// With a journal, call after each transaction: writes its entry, if it has none yet, and commits.
    ///
    /// # Errors
    /// The outcome is unknown, or the transaction was rolled back, or what is to be published before it cannot be read yet. In each case the
    /// transaction may be repeated: what it has committed is told by its entry.
    pub async fn conclude(&mut self, entry: Option<String>) -> Result<Concluded, StoreError> {
        let (Some(process), Some(head)) = (self.held.journal, &mut self.journal) else {
            return Ok(Concluded::default());
        };
        let ended = self.held.ended;
        let published = head.published;
        let conclude = async |client: &Object| {
            let own = match (ended.position, entry) {
                (Some(position), _) => Some(position),
                (None, Some(entry)) => {
                    if !ended.is_open {
                        // It has changed nothing, or committed by itself.
                        client.batch_execute("BEGIN").await?;
                    }
                    let append = journal::prepare_append(client).await?;
                    Some(journal::append_and_commit(client, &append, process, &entry).await?)
                }
                (None, None) => {
                    if ended.is_open {
                        client.batch_execute("COMMIT").await?;
                    }
                    None
                }
            };
            let before = own.unwrap_or(i64::MAX);
            let others = journal::list_between(client, published, before).await?;
            Ok(Concluded { others, own })
        };
        let concluded = self.held.run(conclude).await;
        self.held.ended = Ended::default();
        match &concluded {
            Ok(Concluded { others, own }) => {
                let last = others.last().map(|entry| entry.position).max(*own);
                head.published = last.unwrap_or(published);
            }
            Err(_) => self.readings.forget_all(),
        }
        concluded
    }
}
