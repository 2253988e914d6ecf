//! Database errors, by the way in which callers handle them.

use crate::causes;
use deadpool_postgres::PoolError;
use tokio_postgres::error::SqlState;

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database is unavailable, starting, stopping, read-only after a fail-over, or too busy to answer in time. The same call may
    /// succeed later, over another connection.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// A timeout, ours or the database's: a smaller batch may succeed in the same time.
    #[error("the database did not answer in time: {0}")]
    Late(String),
    /// The connection was closed before or during the call, as happens to an idle one when the database restarts. The same call may
    /// succeed at once, over another connection.
    #[error("the connection to the database was closed: {0}")]
    Closed(String),
    /// SQLSTATE class 40, a deadlock or a serialization failure: nothing was done, and the same call may succeed at once.
    #[error("the database rolled a transaction back: {0}")]
    RolledBack(String),
    /// The database answered and refused; trying again changes nothing. Its own words are in the sentence, so it is no cause beside that.
    #[error("the database refused a statement: {}", server_message(.0))]
    Refused(tokio_postgres::Error),
    /// Our own rules refuse a reading; the sentence is for its sender.
    #[error("{0}")]
    NotTaken(String),
    /// The pool is misconfigured.
    #[error("the database pool is not usable: {0}")]
    Pool(String),
    /// A stored word that this build does not know.
    #[error("a row cannot be read: {0}")]
    Row(String),
}

impl StoreError {
    /// True if the values cannot be stored: SQLSTATE classes 21, 22, 23 and 44 (cardinality, data, constraint, check option). Other
    /// errors may pass on a retry.
    pub fn is_about_the_data(&self) -> bool {
        let error = match self {
            StoreError::NotTaken(_) => return true,
            StoreError::Refused(error) => error,
            _ => return false,
        };
        error.code().is_some_and(|state| {
            ["21", "22", "23", "44"]
                .iter()
                .any(|class| state.code().starts_with(class))
        })
    }

    /// True if a row assumed to be new exists, or a lot has changed since it was read: `update_states.sql` divides by zero.
    pub fn is_a_wrong_assumption(&self) -> bool {
        let StoreError::Refused(error) = self else {
            return false;
        };
        let states = [SqlState::UNIQUE_VIOLATION, SqlState::DIVISION_BY_ZERO];
        error.code().is_some_and(|state| states.contains(state))
    }

    /// True if the same call may succeed later.
    pub fn is_unavailable(&self) -> bool {
        self.spoils_connection() || self.is_rolled_back()
    }

    /// True if nothing was done and the same call may succeed at once.
    pub fn is_rolled_back(&self) -> bool {
        matches!(self, StoreError::RolledBack(_))
    }

    pub fn is_closed(&self) -> bool {
        matches!(self, StoreError::Closed(_))
    }

    /// True if the connection must not be reused: it may be dead, lead to a server that refuses writes, or still be busy.
    pub fn spoils_connection(&self) -> bool {
        use StoreError::{Closed, Late, Unavailable};
        matches!(self, Unavailable(_) | Late(_) | Closed(_))
    }

    /// True if the connection is usable and its transaction has ended.
    pub fn is_harmless(&self) -> bool {
        self.is_about_the_data() || self.is_rolled_back()
    }
}

impl From<tokio_postgres::Error> for StoreError {
    fn from(error: tokio_postgres::Error) -> Self {
        match error.code() {
            Some(state) if state.code().starts_with("40") => {
                StoreError::RolledBack(described(&error))
            }
            Some(state) if *state == SqlState::QUERY_CANCELED => {
                StoreError::Late(described(&error))
            }
            Some(state) if CLOSED.contains(state) => StoreError::Closed(described(&error)),
            Some(state) if is_away(state) => StoreError::Unavailable(described(&error)),
            None if error.is_closed() || has_io_cause(&error) => {
                StoreError::Closed(described(&error))
            }
            _ => StoreError::Refused(error),
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

/// The error with its causes: the outermost text is only "db error".
fn described(error: &tokio_postgres::Error) -> String {
    causes::once(error)
}

/// The database's own message on one line: the error's text is only "db error".
fn server_message(error: &tokio_postgres::Error) -> String {
    match error.as_db_error() {
        Some(error) => error.message().to_owned(),
        None => described(error),
    }
}

/// SQLSTATEs of a server that closes a connection cleanly.
const CLOSED: [SqlState; 2] = [SqlState::ADMIN_SHUTDOWN, SqlState::IDLE_SESSION_TIMEOUT];

/// Connection errors, lack of resources (disk, memory, connections), operator intervention, system errors, and servers that refuse writes
/// or do not get a lock in time.
fn is_away(state: &SqlState) -> bool {
    const CLASSES: [&str; 4] = ["08", "53", "57", "58"];
    const STATES: [SqlState; 3] = [
        SqlState::READ_ONLY_SQL_TRANSACTION,
        SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
        SqlState::LOCK_NOT_AVAILABLE,
    ];
    CLASSES.iter().any(|class| state.code().starts_with(class)) || STATES.contains(state)
}

fn has_io_cause(error: &tokio_postgres::Error) -> bool {
    let mut causes =
        std::iter::successors(std::error::Error::source(error), |cause| cause.source());
    causes.any(|cause| cause.is::<std::io::Error>())
}
