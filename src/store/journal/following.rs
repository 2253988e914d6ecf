//! Reads what other processes write into the journal, over a connection of its own.

use super::{FIND_EPOCH, JournalEntry, LIST_AFTER, PAGE, PAGE_BYTES};
use crate::store::{Pool, StoreError, rows};
use std::{sync::Arc, time::Duration};
use tokio::{sync::Notify, time::timeout};
use tokio_postgres::{Client, Statement};

const FOLLOW: &str = include_str!("../../../sql/queries/journal/follow.sql");
const LISTEN: &str = include_str!("../../../sql/queries/journal/listen.sql");
const KEEP: &str = include_str!("../../../sql/queries/pg_locks/keep_journal.sql");

/// A process that stands still for this long keeps the journal no more.
const STANDSTILL: Duration = Duration::from_secs(4);

/// Wakes whoever reads the journal. Whoever carries the news of entries calls it for each: it may be lost, repeated or too early, since only the
/// positions of the entries count.
#[derive(Debug, Clone, Default)]
pub struct Wake(Arc<Notify>);

impl Wake {
    pub fn up(&self) {
        self.0.notify_one();
    }

    /// Until it is woken, or for this time. Says whether it was woken.
    pub async fn wait(&self, at_most: Duration) -> bool {
        timeout(at_most, self.0.notified()).await.is_ok()
    }
}

/// The connection.
pub struct Following {
    pool: Pool,
    client: Client,
    list_after: Statement,
    find_epoch: Statement,
    /// Whether this session holds the lock of the keeper.
    keeps: bool,
}

impl Following {
    /// `listens` for the entries of processes other than this: each wakes.
    ///
    /// # Errors
    /// The database is unavailable.
    pub async fn connect(
        pool: &Pool,
        process: i64,
        listens: bool,
        wake: Wake,
    ) -> Result<Self, StoreError> {
        let own = format!("{process} ");
        let heard = move |notification: tokio_postgres::Notification| {
            if !notification.payload().starts_with(&own) {
                wake.up();
            }
        };
        let client = pool.connect_hearing(heard).await?;
        let standstill = STANDSTILL.as_millis().to_string();
        pool.within(client.query(FOLLOW, &[&standstill])).await?;
        if listens {
            pool.within(client.batch_execute(LISTEN)).await?;
        }
        Ok(Following {
            list_after: pool.within(client.prepare(LIST_AFTER)).await?,
            find_epoch: pool.within(client.prepare(FIND_EPOCH)).await?,
            pool: pool.clone(),
            client,
            keeps: false,
        })
    }

    /// The next entries after a position, in their order; none if there are no more.
    ///
    /// # Errors
    /// The connection is of no more use.
    pub async fn list_after(&self, position: i64) -> Result<Vec<JournalEntry>, StoreError> {
        let params: crate::store::Params<'_> = &[&position, &PAGE, &PAGE_BYTES];
        let rows = self.client.query(&self.list_after, params);
        rows::all(&self.pool.within(rows).await?)
    }

    /// The epoch of the journal; `None` if it has ended.
    ///
    /// # Errors
    /// The connection is of no more use.
    pub async fn epoch(&self) -> Result<Option<String>, StoreError> {
        let rows = self.client.query(&self.find_epoch, &[]);
        let rows = self.pool.within(rows).await?;
        rows.first()
            .map(|row| rows::read(row, "epoque"))
            .transpose()
    }

    /// Whether this process keeps the journal now: it takes over where nobody does.
    ///
    /// # Errors
    /// The connection is of no more use, and what it locked is free.
    pub async fn keeps(&mut self) -> Result<bool, StoreError> {
        if !self.keeps {
            let kept = self.client.query(KEEP, &[]);
            let kept = rows::one(self.pool.within(kept).await?)?;
            self.keeps = rows::read(&kept, "keeps")?;
        }
        Ok(self.keeps)
    }
}
