//! How the writer's transactions get into the journal.

use super::WriterStore;
use crate::store::{
    StoreError,
    journal::{self, Appending, Checkpoint, Ended},
};
use deadpool_postgres::Object;
use jiff::Timestamp;
use std::time::Duration;

/// What the writer knows of the journal.
pub(super) struct JournalHead {
    /// How long its entries are kept.
    age: Duration,
    /// A position before the next entry of this process.
    before: i64,
    /// Of the next readings.
    told: Told,
}

/// What transactions have committed whose answers were lost.
#[derive(Debug, Clone, Copy, Default)]
pub struct Told {
    /// How many readings.
    pub count: usize,
    /// Of the last entry that tells of them.
    pub position: Option<i64>,
}

impl WriterStore {
    /// With a journal, in which this process writes under its key, behind this position. `age` is how long entries are kept, `is_announced` whether
    /// other processes hear of each at once.
    pub fn with_journal(
        mut self,
        process: i64,
        before: i64,
        age: Duration,
        is_announced: bool,
    ) -> Self {
        self.held.appending = Some(Appending {
            process,
            nr: 1,
            releves: 0,
            since: None,
            is_announced,
            told_at: None,
        });
        self.journal = Some(JournalHead {
            age,
            before,
            told: Told::default(),
        });
        self
    }

    pub fn has_journal(&self) -> bool {
        self.journal.is_some()
    }

    /// With a journal, call before each transaction: when it is told of.
    pub fn tell_at(&mut self, time: Timestamp) {
        if let Some(appending) = &mut self.held.appending {
            appending.told_at = Some(time);
        }
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

    /// With a journal, call after each transaction: writes its entry, if it has none yet, and commits. Returns the entry's position.
    ///
    /// # Errors
    /// The outcome is unknown, or the transaction was rolled back. In each case it may be repeated: what it has committed is told by its entry.
    pub async fn conclude(&mut self, entry: Option<String>) -> Result<Option<i64>, StoreError> {
        let (Some(appending), true) = (self.held.appending, self.has_journal()) else {
            return Ok(None);
        };
        let ended = self.held.ended;
        let conclude = async |client: &Object| {
            if ended.position.is_some() {
                return Ok(ended.position);
            }
            let Some(entry) = entry else {
                if ended.is_open {
                    client.batch_execute("COMMIT").await?;
                }
                return Ok(None);
            };
            if !ended.is_open {
                // It has changed nothing, or committed by itself.
                client.batch_execute("BEGIN").await?;
            }
            let append = journal::prepare_append(client).await?;
            let position = journal::append_and_commit(client, &append, &appending, &entry).await?;
            Ok(Some(position))
        };
        let concluded = self.held.run(conclude).await;
        self.held.ended = Ended::default();
        match concluded {
            Ok(position) => self.next_entry(position),
            Err(_) => self.readings.forget_all(),
        }
        concluded
    }

    /// The next transaction has another number. `told` is the position of the last one's entry.
    fn next_entry(&mut self, told: Option<i64>) {
        if let (Some(appending), Some(head)) = (&mut self.held.appending, &mut self.journal) {
            appending.nr += 1;
            appending.since = None;
            head.before = told.unwrap_or(head.before);
        }
    }

    /// With a journal: the outcome of the last transaction is unknown. Readings would be told again if they were written again; all else would not.
    pub(super) fn doubt_entry(&mut self) {
        let Some((appending, head)) = self.held.appending.as_mut().zip(self.journal.as_ref())
        else {
            return;
        };
        if appending.releves > 0 || appending.since.is_some() {
            appending.since.get_or_insert(head.before);
        } else {
            appending.nr += 1;
        }
    }

    /// With a journal, call before each transaction of so many readings: says how many of them, from the first on, a transaction has committed whose
    /// answer was lost.
    ///
    /// # Errors
    /// It is not known yet.
    pub async fn told_before(&mut self, readings: usize) -> Result<Told, StoreError> {
        let Some((appending, head)) = self.held.appending.as_mut().zip(self.journal.as_mut())
        else {
            return Ok(Told::default());
        };
        if let Some(since) = appending.since {
            let (process, nr) = (appending.process, appending.nr);
            let found = self
                .held
                .run(async |client| journal::find_told(client, process, nr, since).await)
                .await?;
            if let Some((position, releves)) = found {
                head.told.count += releves;
                head.told.position = Some(position);
                self.next_entry(Some(position));
            }
        }
        let Some((appending, head)) = self.held.appending.as_mut().zip(self.journal.as_mut())
        else {
            return Ok(Told::default());
        };
        let count = head.told.count.min(readings);
        appending.releves = i32::try_from(readings - count).unwrap_or(i32::MAX);
        Ok(Told {
            count,
            position: head.told.position.filter(|_| count > 0),
        })
    }

    /// Of the readings in doubt, this many more are answered.
    pub fn answered(&mut self, told: &Told) {
        if let Some(head) = &mut self.journal {
            head.told.count -= told.count;
        }
    }
}
