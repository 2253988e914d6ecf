//! The registry of users connected to this process, for external readers, the rows left by dead processes, and the other processes that live.

use super::{Pool, StoreError, rows::read};
use crate::domain::{identity::UserId, presence::ProcessKey, users::Generation};
use deadpool_postgres::{ClientWrapper, Object};
use std::{collections::BTreeMap, time::Duration};
use tokio::time::timeout;

const UPSERT: &str = include_str!("../../sql/queries/ws_registry/upsert.sql");
const DELETE: &str = include_str!("../../sql/queries/ws_registry/delete.sql");
const DELETE_PROCESS: &str = include_str!("../../sql/queries/ws_registry/delete_process.sql");
const DELETE_DEAD: &str = include_str!("../../sql/queries/ws_registry/delete_dead.sql");
const TAKE_LOCKS: &str = include_str!("../../sql/queries/pg_locks/take.sql");
pub(super) const INSERT_PROCESS: &str = include_str!("../../sql/queries/ws_processes/insert.sql");
const LIST_SERVERS: &str = include_str!("../../sql/queries/pg_locks/list_servers.sql");

/// The class of the locks by which servers of one database know of each other.
const SERVERS: i32 = 0x6761_7665;

/// The process that owns the rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    /// Differs from the key of every other process, past or present.
    pub key: i64,
    pub pid: i32,
    /// The address it listens on.
    pub address: String,
}

impl Process {
    fn name(&self) -> String {
        format!("{:016x}", self.key)
    }

    /// Its number among the servers that live.
    fn number(&self) -> i32 {
        (self.key & i64::from(i32::MAX)) as i32
    }
}

/// Uses its own connection, outside the pool: the locks that show that this process lives belong to it.
pub struct RegistryStore {
    pool: Pool,
    process: Process,
    connection: Option<ClientWrapper>,
    /// Whether the connection has the locks by which others see that this process lives.
    is_seen: bool,
    patience: Duration,
    /// Whether the process is one of a cluster.
    is_shared: bool,
}

impl RegistryStore {
    /// A write that takes longer than `patience` has failed.
    pub fn new(pool: Pool, process: Process, patience: Duration) -> Self {
        RegistryStore {
            pool,
            process,
            connection: None,
            is_seen: false,
            patience,
            is_shared: false,
        }
    }

    /// For a process of a cluster.
    pub fn shared(self) -> Self {
        RegistryStore {
            is_shared: true,
            ..self
        }
    }

    pub fn is_shared(&self) -> bool {
        self.is_shared
    }

    pub fn process(&self) -> ProcessKey {
        ProcessKey(self.process.key)
    }

    pub(super) fn key(&self) -> i64 {
        self.process.key
    }

    pub(super) fn address(&self) -> String {
        self.process.address.clone()
    }

    /// Writes connected users and deletes those who have left. Each user must occur once.
    ///
    /// # Errors
    /// Some of it may not have been done; all of it may be repeated.
    pub async fn write(
        &mut self,
        here: &[(UserId, Generation)],
        gone: &[(UserId, Generation)],
    ) -> Result<(), StoreError> {
        let process = self.process.clone();
        let name = process.name();
        let work = async |client: &ClientWrapper| {
            let (users, generations) = columns(here);
            if !here.is_empty() {
                let statement = client.prepare_cached(UPSERT).await?;
                let owner = (&process.key, &process.pid, &process.address);
                client
                    .execute(
                        &statement,
                        &[&name, owner.0, owner.1, owner.2, &users, &generations],
                    )
                    .await?;
            }
            let (users, generations) = columns(gone);
            if !gone.is_empty() {
                let statement = client.prepare_cached(DELETE).await?;
                client
                    .execute(&statement, &[&name, &users, &generations])
                    .await?;
            }
            Ok(())
        };
        self.run(work).await
    }

    /// Deletes the rows of dead processes; returns their number.
    ///
    /// # Errors
    /// Nothing was deleted.
    pub async fn sweep(&mut self) -> Result<u64, StoreError> {
        let name = self.process.name();
        self.run(async |client| Ok(client.execute(DELETE_DEAD, &[&name]).await?))
            .await
    }

    /// Where the other servers of this database listen, by their numbers; without those of the same cluster.
    ///
    /// # Errors
    /// It is not known.
    pub async fn others(&mut self) -> Result<BTreeMap<i32, String>, StoreError> {
        let (number, is_shared) = (self.process.number(), self.is_shared);
        let list = async |client: &ClientWrapper| {
            let params: super::Params<'_> = &[&SERVERS, &number, &is_shared];
            let rows = client.query(LIST_SERVERS, params).await?;
            let other = |row| Ok((read(row, "number")?, read(row, "address")?));
            rows.iter().map(other).collect()
        };
        self.run(list).await
    }

    /// Deletes all rows of this process.
    ///
    /// # Errors
    /// The rows stay until another process sweeps them.
    pub async fn clear(&mut self) -> Result<u64, StoreError> {
        let name = self.process.name();
        self.run(async |client| Ok(client.execute(DELETE_PROCESS, &[&name]).await?))
            .await
    }

    /// Gives up a connection that does not answer in time, since it is unknown what it is still doing, or that leads to a server that
    /// refuses writes.
    pub(super) async fn run<T>(
        &mut self,
        work: impl AsyncFnOnce(&ClientWrapper) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let patience = self.patience;
        let done = timeout(patience, async {
            let client = self.connected().await?;
            work(client).await
        });
        match done.await {
            Ok(outcome) => {
                if outcome.as_ref().is_err_and(StoreError::spoils_connection) {
                    self.connection = None;
                }
                outcome
            }
            Err(_) => {
                self.connection = None;
                let sentence = format!("the registry was not written within {patience:?}");
                Err(StoreError::Unavailable(sentence))
            }
        }
    }

    async fn connected(&mut self) -> Result<&ClientWrapper, StoreError> {
        let usable = self.connection.take().filter(|client| !client.is_closed());
        let (client, is_new) = match usable {
            Some(client) => (client, false),
            None => (Object::take(self.pool.get().await?), true),
        };
        // In a cluster a process without locks is soon taken for dead, so those that a dying connection of ours still holds are tried for again.
        if is_new || self.is_shared && !self.is_seen {
            self.is_seen = self.be_seen(&client).await?;
        }
        Ok(self.connection.insert(client))
    }

    /// If a dying connection of ours still holds the locks, the next connection will get them.
    async fn be_seen(&self, client: &ClientWrapper) -> Result<bool, StoreError> {
        let Process { key, address, .. } = &self.process;
        let named = format!("gaveurs {address}");
        let number = self.process.number();
        if self.is_shared {
            client.execute(INSERT_PROCESS, &[key, address]).await?;
        }
        let taken = client
            .query_one(TAKE_LOCKS, &[key, &SERVERS, &number, &named])
            .await?;
        read(&taken, "is_seen")
    }
}

fn columns(users: &[(UserId, Generation)]) -> (Vec<&str>, Vec<i64>) {
    users
        .iter()
        .map(|(user, generation)| (user.as_str(), generation.0 as i64))
        .unzip()
}
