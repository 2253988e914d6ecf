//! The journal: what screens are told of transactions, in the order of their commits. An entry is written in the transaction that it tells of.

mod following;

pub use following::{Following, Wake};

use super::{
    BEGIN_KEYED, Pool, StoreError,
    held::in_transaction,
    moment::Moment,
    pipeline::pipelined,
    query, query_on,
    readings::StoredReadings,
    rows::{self, from_row, read},
};
use deadpool_postgres::Object;
use jiff::Timestamp;
use std::{cell::Cell, time::Duration};
use tokio_postgres::Row;

const APPEND: &str = include_str!("../../sql/queries/journal/append.sql");
const LIST_AFTER: &str = include_str!("../../sql/queries/journal/list_after.sql");
const FIND_TOLD: &str = include_str!("../../sql/queries/journal/find_told.sql");
const LOCK: &str = include_str!("../../sql/queries/journal/lock.sql");
const TRIM: &str = include_str!("../../sql/queries/journal/trim.sql");
const VOID: &str = include_str!("../../sql/queries/journal/void.sql");
const INSERT_CHECKPOINT: &str = include_str!("../../sql/queries/journal_reperes/insert.sql");
const TRIM_CHECKPOINTS: &str = include_str!("../../sql/queries/journal_reperes/trim.sql");
const FIND_CHECKPOINT: &str = include_str!("../../sql/queries/journal_reperes/find_first.sql");
const VOID_CHECKPOINTS: &str = include_str!("../../sql/queries/journal_reperes/void.sql");
const BEGIN_EPOCH: &str = include_str!("../../sql/queries/journal_epoque/begin.sql");
const FIND_EPOCH: &str = include_str!("../../sql/queries/journal_epoque/find.sql");
const END_EPOCH: &str = include_str!("../../sql/queries/journal_epoque/end.sql");

/// Entries that are read at once, and their bytes: more only if one alone has more.
const PAGE: i64 = 1_000;
const PAGE_BYTES: i64 = 8 * 1024 * 1024;
/// Entries that one transaction deletes at most: more than a second of transactions.
const MOST_TRIMMED: i64 = 5_000;

/// One entry.
#[derive(Debug, Clone, PartialEq)]
pub struct JournalEntry {
    pub position: i64,
    /// The process that wrote it.
    pub process: i64,
    pub fait_le: Timestamp,
    pub corps: String,
}

from_row! { JournalEntry { position, process, fait_le, corps } }

/// What the streams had reached when they had published the journal up to a position.
#[derive(Debug, Clone, PartialEq)]
pub struct Checkpoint {
    pub position: i64,
    pub fait_le: Timestamp,
    pub atteint: String,
    /// Where the tabs and users of a cluster were.
    pub presence: Option<String>,
}

from_row! { Checkpoint { position, fait_le, atteint, presence } }

/// Where a process that starts finds the streams.
#[derive(Debug)]
pub struct Found {
    pub epoque: String,
    /// When the epoch began.
    pub depuis: Timestamp,
    /// `None` if the journal holds everything since the epoch began.
    pub checkpoint: Option<Checkpoint>,
}

struct Epoch {
    epoque: String,
    depuis: Timestamp,
}

from_row! { Epoch { epoque, depuis } }

/// Begins an epoch with this text, unless there is one.
///
/// # Errors
/// The database is unavailable, or refuses a statement.
pub async fn begin_epoch(pool: &Pool, epoch: &str) -> Result<(), StoreError> {
    let begin = async |client: &_| {
        query_on(client, LOCK, &[]).await?;
        let begin = client.prepare_cached(BEGIN_EPOCH).await?;
        if client.execute(&begin, &[&epoch]).await? > 0 {
            query_on(client, VOID, &[]).await?;
            query_on(client, VOID_CHECKPOINTS, &[]).await?;
        }
        Ok(())
    };
    pool.lend(async |client| in_transaction(client, begin).await)
        .await
}

/// Read it, and the entries behind the checkpoint, in one moment: meanwhile others may delete them.
///
/// # Errors
/// The database is unavailable, or refuses a statement.
pub async fn find(moment: &Moment) -> Result<Found, StoreError> {
    let pool = moment.pool();
    let found = rows::one(query(pool, FIND_EPOCH, &[]).await?)?;
    let Epoch { epoque, depuis } = rows::FromRow::from_row(&found)?;
    let checkpoint = rows::all(&query(pool, FIND_CHECKPOINT, &[]).await?)?.pop();
    Ok(Found {
        epoque,
        depuis,
        checkpoint,
    })
}

/// Ends the epoch, because from now on screens are told of what the journal does not hold.
///
/// # Errors
/// The database is unavailable, or refuses the statement.
pub async fn close(pool: &Pool) -> Result<(), StoreError> {
    query(pool, END_EPOCH, &[]).await.map(drop)
}

/// The next entries after a position, in their order; none if there are no more.
///
/// # Errors
/// The database is unavailable, or refuses the statement.
pub async fn list_after(pool: &Pool, position: i64) -> Result<Vec<JournalEntry>, StoreError> {
    rows::all(&query(pool, LIST_AFTER, &[&position, &PAGE, &PAGE_BYTES]).await?)
}

/// How the entries of this process are written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Appending {
    pub process: i64,
    /// Number of the next entry among those of this process.
    pub nr: i64,
    /// How many readings it holds.
    pub releves: i32,
    /// If an entry of this number may have been written already: a position before it.
    pub since: Option<i64>,
    /// Whether others hear of it at once.
    pub is_announced: bool,
    /// When screens are told that its readings were stored, if that is known: the same is stored, so that a process that reads them later shows the
    /// same.
    pub told_at: Option<Timestamp>,
}

/// The position of an entry, and how many readings it holds.
pub(super) async fn find_told(
    client: &Object,
    process: i64,
    nr: i64,
    since: i64,
) -> Result<Option<(i64, usize)>, StoreError> {
    let rows = query_on(client, FIND_TOLD, &[&process, &nr, &since]).await?;
    let Some(row) = rows.first() else {
        return Ok(None);
    };
    let releves: i32 = read(row, "releves")?;
    let releves = usize::try_from(releves).unwrap_or_default();
    Ok(Some((read(row, "position")?, releves)))
}

/// Keeps a checkpoint, and deletes what is older than `age`.
pub(super) async fn keep(
    client: &Object,
    checkpoint: Option<&Checkpoint>,
    age: Duration,
    ending: &Ending<'_>,
) -> Result<(), StoreError> {
    client.batch_execute(BEGIN_KEYED).await?;
    ending.is_open.set(true);
    if let Some(Checkpoint {
        position,
        fait_le,
        atteint,
        presence,
    }) = checkpoint
    {
        query_on(
            client,
            INSERT_CHECKPOINT,
            &[position, fait_le, atteint, presence],
        )
        .await?;
    }
    let age = age.as_secs_f64();
    query_on(client, TRIM, &[&age, &MOST_TRIMMED]).await?;
    query_on(client, TRIM_CHECKPOINTS, &[&age]).await?;
    Ok(())
}

/// What is told of readings, if the journal can be written before their commit is answered.
pub type Telling<'a> = &'a dyn Fn(&StoredReadings) -> Result<String, StoreError>;

/// How a transaction of the writer ends. Without a journal it commits. With one it stays open for its entry, except if that is known
/// before: then the entry and the commit are sent with the last statements.
pub(super) struct Ending<'a> {
    appending: Option<Appending>,
    telling: Option<Telling<'a>>,
    is_open: Cell<bool>,
    position: Cell<Option<i64>>,
}

impl<'a> Ending<'a> {
    pub fn new(appending: Option<Appending>) -> Self {
        Ending {
            appending,
            telling: None,
            is_open: Cell::new(false),
            position: Cell::new(None),
        }
    }

    pub fn telling(self, telling: Option<Telling<'a>>) -> Self {
        let telling = telling.filter(|_| self.appending.is_some());
        Ending { telling, ..self }
    }

    pub fn has_journal(&self) -> bool {
        self.appending.is_some()
    }

    /// When its readings are told of, if there is a journal.
    pub fn told_at(&self) -> Option<Timestamp> {
        self.appending?.told_at
    }

    /// The entry of these readings, if it is to be written with them. Otherwise their transaction stays open.
    pub fn entry(
        &self,
        readings: impl FnOnce() -> StoredReadings,
    ) -> Result<Option<String>, StoreError> {
        let telling = self.telling.as_ref();
        telling.map(|telling| telling(&readings())).transpose()
    }

    /// Begins a transaction of one statement, which needs none without a journal.
    pub async fn begin(&self, client: &Object) -> Result<(), StoreError> {
        if self.appending.is_some() {
            self.is_open.set(true);
            client.batch_execute("BEGIN").await?;
        }
        Ok(())
    }

    /// Commits, or leaves the transaction open. May be one of several statements of [`pipelined`].
    pub async fn commit(&self, client: &Object) -> Result<(), tokio_postgres::Error> {
        match self.appending {
            Some(_) => {
                self.is_open.set(true);
                Ok(())
            }
            None => client.batch_execute("COMMIT").await,
        }
    }

    /// Rolls back a transaction that was left open after an error of which the connection knows nothing.
    pub async fn undo(&self, client: &Object, error: &StoreError) -> Result<(), StoreError> {
        if self.is_open.take() && !error.spoils_connection() {
            client.batch_execute("ROLLBACK").await?;
        }
        Ok(())
    }

    /// Writes the entry and commits.
    pub async fn append(
        &self,
        client: &Object,
        append: &tokio_postgres::Statement,
        entry: &str,
    ) -> Result<(), StoreError> {
        if let Some(appending) = &self.appending {
            let position = append_and_commit(client, append, appending, entry).await?;
            self.position.set(Some(position));
        }
        Ok(())
    }

    pub fn state(&self) -> Ended {
        Ended {
            is_open: self.is_open.get(),
            position: self.position.get(),
        }
    }
}

/// How a transaction was left.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Ended {
    pub is_open: bool,
    /// Of its entry, which is committed.
    pub position: Option<i64>,
}

/// Sends both statements at once, so that the journal's lock is never held while a client thinks.
pub(super) async fn append_and_commit(
    client: &Object,
    append: &tokio_postgres::Statement,
    appending: &Appending,
    entry: &str,
) -> Result<i64, StoreError> {
    let Appending {
        process,
        nr,
        releves,
        since,
        is_announced,
        ..
    } = appending;
    let params: super::Params<'_> = &[process, nr, releves, since, is_announced, &entry];
    let (appended, committed) =
        pipelined!(client.query(append, params), client.batch_execute("COMMIT"),);
    let appended: Row = rows::one(appended?)?;
    committed?;
    read(&appended, "position")
}

pub(super) async fn prepare_append(
    client: &Object,
) -> Result<tokio_postgres::Statement, StoreError> {
    Ok(client.prepare_cached(APPEND).await?)
}
