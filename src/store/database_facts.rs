//! Kind, version and size of the database, for those who operate it.

use super::{
    Pool, StoreError, query,
    rows::{FromRow as _, from_row, one},
};

const DESCRIBE: &str = include_str!("../../sql/queries/pg_database/describe.sql");

/// Which database it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseFacts {
    /// Of PostgreSQL.
    pub version: String,
    /// Version of the extension; `None` without it.
    pub timescale: Option<String>,
    /// Bytes.
    pub size: i64,
}

from_row! { DatabaseFacts { version, timescale, size } }

/// # Errors
/// The database is unavailable, or refuses the statement.
pub async fn describe(pool: &Pool) -> Result<DatabaseFacts, StoreError> {
    DatabaseFacts::from_row(&one(query(pool, DESCRIBE, &[]).await?)?)
}
