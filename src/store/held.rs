//! A connection that a writer keeps between transactions.

use super::{
    Pool, StoreError,
    journal::{Appending, Ended, Ending, Telling},
};
use deadpool_postgres::Object;
use std::time::Duration;
use tokio::time::timeout;

pub(super) struct HeldConnection {
    pool: Pool,
    deadline: Duration,
    connection: Option<Object>,
    /// How the journal is written, if there is one.
    pub appending: Option<Appending>,
    /// How the last transaction was left.
    pub ended: Ended,
}

impl HeldConnection {
    /// `deadline` limits one use, so that a connection that no longer answers is given up.
    pub fn new(pool: Pool, deadline: Duration) -> Self {
        HeldConnection {
            pool,
            deadline,
            connection: None,
            appending: None,
            ended: Ended::default(),
        }
    }

    /// Runs a transaction, which ends as the [`Ending`] says.
    ///
    /// # Errors
    /// The same as of [`run`](Self::run); then nothing stays open.
    pub async fn transact<T>(
        &mut self,
        telling: Option<Telling<'_>>,
        work: impl AsyncFnOnce(&Object, &Ending<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        if self.ended.is_open {
            // Nobody has ended the transaction before.
            self.discard();
        }
        self.ended = Ended::default();
        let ending = Ending::new(self.appending).telling(telling);
        let done = self
            .run(async |client| {
                let done = work(client, &ending).await;
                if let Err(error) = &done {
                    ending.undo(client, error).await?;
                }
                done
            })
            .await;
        self.ended = ending.state();
        done
    }

    /// Runs the work on the connection. The work must end its transaction, unless it fails with an error that is not about the data.
    ///
    /// # Errors
    /// Those of the work; [`StoreError::Late`] after the deadline; [`StoreError::Closed`] only for a connection that was kept from
    /// before: on a new one the same work may succeed at once.
    pub async fn run<T>(
        &mut self,
        work: impl AsyncFnOnce(&Object) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let was_kept = self.connection.is_some();
        let deadline = self.deadline;
        let late = || StoreError::Late(format!("no answer within {} s", deadline.as_secs_f32()));
        let outcome = timeout(deadline, self.attempt(work)).await;
        let outcome = outcome.unwrap_or_else(|_| Err(late()));
        if outcome.as_ref().is_err_and(|error| !error.is_harmless()) {
            self.discard();
        }
        match outcome {
            Err(StoreError::Closed(problem)) if !was_kept => Err(StoreError::Unavailable(problem)),
            outcome => outcome,
        }
    }

    /// Runs a transaction, and everything that the work does is done, or nothing.
    ///
    /// # Errors
    /// The same.
    pub async fn change<T>(
        &mut self,
        work: impl AsyncFnOnce(&Object) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.transact(None, async |client, ending| {
            in_transaction_of(client, ending, work).await
        })
        .await
    }

    async fn attempt<T>(
        &mut self,
        work: impl AsyncFnOnce(&Object) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let kept = self.connection.take();
        let connection = match kept.filter(|connection| !connection.is_closed()) {
            Some(connection) => connection,
            // Its transaction has ended with the connection.
            None if self.ended.is_open => {
                let lost = "between two statements of a transaction".to_owned();
                return Err(StoreError::Closed(lost));
            }
            None => self.pool.get().await?,
        };
        work(self.connection.insert(connection)).await
    }

    /// A connection in an unknown state must not return to the pool.
    fn discard(&mut self) {
        if let Some(connection) = self.connection.take() {
            self.pool.give_up(connection);
        }
    }
}

/// Commits everything that the work does, or nothing.
pub(super) async fn in_transaction<T>(
    connection: &Object,
    work: impl AsyncFnOnce(&Object) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    in_transaction_of(connection, &Ending::new(None), work).await
}

/// The same, for a transaction of the writer.
async fn in_transaction_of<T>(
    connection: &Object,
    ending: &Ending<'_>,
    work: impl AsyncFnOnce(&Object) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    connection.batch_execute("BEGIN").await?;
    match work(connection).await {
        Ok(done) => {
            ending.commit(connection).await?;
            Ok(done)
        }
        Err(error) => {
            connection.batch_execute("ROLLBACK").await?;
            Err(error)
        }
    }
}
