//! What can go wrong between us and the database, in the two kinds that callers treat differently.

use deadpool_postgres::PoolError;
use tokio_postgres::error::SqlState;

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database is away, starting, stopping, or too busy to answer in time: the same call may succeed later.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// The database answered and refused; trying again changes nothing.
    #[error("the database refused a statement: {}", said(.0))]
    Refused(#[source] tokio_postgres::Error),
    /// The pool cannot work as it was built.
    #[error("the database pool is not usable: {0}")]
    Pool(String),
    /// A stored word that this build does not know.
    #[error("a row cannot be read: {0}")]
    Row(String),
}

impl StoreError {
    /// The values that were sent are not storable: SQLSTATE classes 21, 22, 23 and 44 (cardinality, data, constraint, check
    /// option). Anything else may pass when it is tried again.
    pub fn is_about_the_data(&self) -> bool {
        let StoreError::Refused(error) = self else {
            return false;
        };
        error.code().is_some_and(|state| {
            ["21", "22", "23", "44"]
                .iter()
                .any(|class| state.code().starts_with(class))
        })
    }

    /// A row with the same key is there already.
    pub fn is_a_duplicate(&self) -> bool {
        matches!(self, StoreError::Refused(error) if error.code() == Some(&SqlState::UNIQUE_VIOLATION))
    }

    pub fn is_unavailable(&self) -> bool {
        matches!(self, StoreError::Unavailable(_))
    }
}

impl From<tokio_postgres::Error> for StoreError {
    fn from(error: tokio_postgres::Error) -> Self {
        if away(&error) {
            StoreError::Unavailable(described(&error))
        } else {
            StoreError::Refused(error)
        }
    }
}

impl From<PoolError> for StoreError {
    fn from(error: PoolError) -> Self {
        match error {
            PoolError::Timeout(_) => StoreError::Unavailable(error.to_string()),
            PoolError::Backend(error) => StoreError::Unavailable(described(&error)),
            PoolError::Closed => StoreError::Unavailable("the pool is closed".to_owned()),
            other => StoreError::Pool(other.to_string()),
        }
    }
}

/// The error with its causes: the outermost text alone says only "db error".
fn described(error: &tokio_postgres::Error) -> String {
    let causes = std::iter::successors(std::error::Error::source(error), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

/// What the database itself said, in one line: the error's own text is only "db error".
fn said(error: &tokio_postgres::Error) -> String {
    match error.as_db_error() {
        Some(said) => said.message().to_owned(),
        None => described(error),
    }
}

fn away(error: &tokio_postgres::Error) -> bool {
    match error.code() {
        Some(state) => state.code().starts_with("08") || AWAY.contains(state),
        None => error.is_closed() || has_io_cause(error),
    }
}

/// Shutting down, starting, out of connections, or out of time (`statement_timeout`).
const AWAY: [SqlState; 6] = [
    SqlState::ADMIN_SHUTDOWN,
    SqlState::CRASH_SHUTDOWN,
    SqlState::CANNOT_CONNECT_NOW,
    SqlState::IDLE_SESSION_TIMEOUT,
    SqlState::TOO_MANY_CONNECTIONS,
    SqlState::QUERY_CANCELED,
];

fn has_io_cause(error: &tokio_postgres::Error) -> bool {
    let mut causes =
        std::iter::successors(std::error::Error::source(error), |cause| cause.source());
    causes.any(|cause| cause.is::<std::io::Error>())
}
