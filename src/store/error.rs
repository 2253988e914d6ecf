//! What can go wrong between us and PostgreSQL, sorted by what the caller can do about it.

use deadpool_postgres::PoolError;
use tokio_postgres::error::{Error as PgError, SqlState};

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database does not take this data; it never will.
    #[error("the database refused the data: {0}")]
    Rejected(String),
    /// The database cannot be reached, or cannot write just now; the same data may be taken later.
    #[error("the database is not available: {0}")]
    Unavailable(String),
}

impl From<PgError> for StoreError {
    fn from(error: PgError) -> Self {
        match error.as_db_error() {
            Some(refusal) if is_about_the_data(refusal.code()) => {
                StoreError::Rejected(refusal.message().to_owned())
            }
            Some(trouble) => StoreError::Unavailable(format!(
                "{} ({})",
                trouble.message(),
                trouble.code().code()
            )),
            None => StoreError::Unavailable(error.to_string()),
        }
    }
}

impl From<PoolError> for StoreError {
    fn from(error: PoolError) -> Self {
        match error {
            PoolError::Backend(error) => error.into(),
            other => StoreError::Unavailable(other.to_string()),
        }
    }
}

/// SQLSTATE classes 21, 22, 23 and 44 (cardinality, data, constraint, check option) speak of the values that were sent.
fn is_about_the_data(code: &SqlState) -> bool {
    ["21", "22", "23", "44"].contains(&&code.code()[..2])
}
