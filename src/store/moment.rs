//! Several reads of the same moment, as in one transaction.

use super::{Pool, StoreError, rows};

const BEGIN: &str = include_str!("../../sql/queries/transaction/begin_moment.sql");
const SINCE: &str = include_str!("../../sql/queries/transaction/since.sql");

/// While it lasts, whatever is read over its pool is as it was when it began.
pub struct Moment {
    pool: Pool,
    /// When the transaction began.
    since: String,
}

impl Moment {
    /// The pool must have one connection, which nobody else uses now.
    ///
    /// # Errors
    /// The database is unavailable.
    pub async fn begin(pool: Pool) -> Result<Self, StoreError> {
        pool.lend(async |client| Ok(client.batch_execute(BEGIN).await?))
            .await?;
        let since = since(&pool).await?;
        Ok(Moment { pool, since })
    }

    pub fn pool(&self) -> &Pool {
        &self.pool
    }

    /// # Errors
    /// Some of it may have been read at another moment, because the connection was lost.
    pub async fn end(self) -> Result<(), StoreError> {
        let is_the_same = since(&self.pool).await? == self.since;
        self.pool
            .lend(async |client| Ok(client.batch_execute("COMMIT").await?))
            .await?;
        if !is_the_same {
            let sentence = "the connection was lost while the server started".to_owned();
            return Err(StoreError::Unavailable(sentence));
        }
        Ok(())
    }
}

async fn since(pool: &Pool) -> Result<String, StoreError> {
    rows::read(&rows::one(super::query(pool, SINCE, &[]).await?)?, "since")
}
