//! What a process of a cluster writes into the journal of its tabs and users, and how the others notice that it has died.

use super::{
    StoreError,
    pipeline::pipelined,
    registry::{INSERT_PROCESS, RegistryStore},
    rows::{self, from_row, read},
};
use deadpool_postgres::ClientWrapper;

const PLACE: &str = include_str!("../../sql/queries/ws_processes/place.sql");
const FIND_NR: &str = include_str!("../../sql/queries/ws_processes/find_nr.sql");
const LIST_DEAD: &str = include_str!("../../sql/queries/ws_processes/list_dead.sql");
const LOCK_SWEEP: &str = include_str!("../../sql/queries/ws_processes/lock_sweep.sql");
const DELETE_DEAD: &str = include_str!("../../sql/queries/ws_processes/delete_dead.sql");
const TELL: &str = include_str!("../../sql/queries/ws_processes/tell.sql");

/// A process whose rows were deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Swept {
    pub process_key: i64,
    pub address: String,
    /// How many it had left in the registry.
    pub users: i64,
}

from_row! { Swept { process_key, address, users } }

impl RegistryStore {
    /// Writes an entry into the journal, once for each number, which must increase.
    ///
    /// # Errors
    /// It may be written or not. The call may be repeated with the same number.
    pub async fn place(&mut self, nr: i64, entry: &str) -> Result<(), StoreError> {
        let (key, address) = (self.key(), self.address());
        self.run(async |client| {
            let place = client.prepare_cached(PLACE).await?;
            loop {
                if !client.query(&place, &[&key, &nr, &entry]).await?.is_empty() {
                    return Ok(());
                }
                let known = client.query(FIND_NR, &[&key]).await?;
                match known.first() {
                    Some(row) if read::<i64>(row, "nr")? >= nr => return Ok(()),
                    // Another process took this one for dead.
                    _ => client.execute(INSERT_PROCESS, &[&key, &address]).await?,
                };
            }
        })
        .await
    }

    /// The keys of processes whose locks nobody holds.
    ///
    /// # Errors
    /// They are not known.
    pub async fn dead(&mut self) -> Result<Vec<i64>, StoreError> {
        let key = self.key();
        self.run(async |client| {
            let list = client.prepare_cached(LIST_DEAD).await?;
            let rows = client.query(&list, &[&key]).await?;
            rows.iter().map(|row| read(row, "process_key")).collect()
        })
        .await
    }

    /// Deletes what these processes have left, unless they live, and writes into the journal what `entry` says of them. Nothing happens while
    /// another process does the same.
    ///
    /// # Errors
    /// All of it is done, or nothing.
    pub async fn bury(
        &mut self,
        dead: &[i64],
        entry: impl Fn(&[Swept]) -> Result<String, StoreError>,
    ) -> Result<Vec<Swept>, StoreError> {
        self.run(async |client| {
            client.batch_execute("BEGIN").await?;
            let swept = bury(client, dead, &entry).await;
            if let Err(error) = &swept
                && !error.spoils_connection()
            {
                client.batch_execute("ROLLBACK").await?;
            }
            swept
        })
        .await
    }
}

async fn bury(
    client: &ClientWrapper,
    dead: &[i64],
    entry: impl Fn(&[Swept]) -> Result<String, StoreError>,
) -> Result<Vec<Swept>, StoreError> {
    let lock = client.query_one(LOCK_SWEEP, &[]).await?;
    let swept: Vec<Swept> = match read(&lock, "is_mine")? {
        true => rows::all(&client.query(DELETE_DEAD, &[&dead]).await?)?,
        false => Vec::new(),
    };
    if swept.is_empty() {
        client.batch_execute("COMMIT").await?;
    } else {
        let (tell, entry) = (client.prepare_cached(TELL).await?, entry(&swept)?);
        let params: super::Params<'_> = &[&entry];
        // At once, so that the journal's lock is not held while this process thinks.
        let (told, committed) =
            pipelined!(client.query(&tell, params), client.batch_execute("COMMIT"));
        told?;
        committed?;
    }
    Ok(swept)
}
