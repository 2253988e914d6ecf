//! Writing readings: one batch, one transaction, two round trips.

mod writes;

use super::{BEGIN_KEYED, Pool, StoreError, rows};
use crate::domain::{
    alert::AlertEvent,
    batch::{Row, merge},
    effects::{self, Known},
    lot::LotState,
    novelty::Novelty,
    reading::Reading,
};
use deadpool_postgres::Object;
use futures_util::join;
use jiff::tz::TimeZone;
use std::time::Duration;
use tokio::time::timeout;
use tokio_postgres::types::ToSql;

const LOCK_STATES: &str = include_str!("../../sql/queries/lots_gavage/lock_states.sql");
const SELECT_WALL: &str = include_str!("../../sql/queries/lots_gavage/select_wall.sql");
const SELECT_OPEN_ALERTS: &str = include_str!("../../sql/queries/alertes/select_open.sql");

/// What a committed batch did.
#[derive(Debug, Default)]
pub struct Stored {
    /// States of the lots of the batch.
    pub lots: Vec<LotState>,
    /// What happened to their alerts.
    pub alerts: Vec<AlertEvent>,
}

/// Writes batches over one connection, which it keeps as long as it works.
pub struct ReadingStore {
    pool: Pool,
    zone: TimeZone,
    deadline: Duration,
    connection: Option<Object>,
}

impl ReadingStore {
    /// `deadline` bounds one transaction, so that a connection which swallows bytes is given up.
    pub fn new(pool: Pool, zone: TimeZone, deadline: Duration) -> Self {
        ReadingStore {
            pool,
            zone,
            deadline,
            connection: None,
        }
    }

    /// Commits the readings together or not at all; gives back what they did.
    ///
    /// # Errors
    /// One that [`is_about_the_data`](StoreError::is_about_the_data) when at least one reading is not storable. After any other
    /// the same readings may be stored again, also when it is in doubt whether they were: writing again is harmless.
    pub async fn store(&mut self, readings: &[&Reading]) -> Result<Stored, StoreError> {
        let deadline = self.deadline;
        let late =
            || StoreError::Unavailable(format!("no answer within {} s", deadline.as_secs_f32()));
        let outcome = timeout(deadline, self.write(readings)).await;
        let outcome = outcome.unwrap_or_else(|_| Err(late()));
        if outcome
            .as_ref()
            .is_err_and(|error| !error.is_about_the_data())
        {
            self.discard_connection();
        }
        outcome
    }

    async fn write(&mut self, readings: &[&Reading]) -> Result<Stored, StoreError> {
        match self.transaction(readings, Novelty::of).await {
            // The front of a lot lies behind a meal that is stored, as after a change by hand.
            Err(error) if error.is_a_duplicate() => {
                let nothing_is_new = |rows, _: &_| Novelty::of(rows, &Known::default());
                self.transaction(readings, nothing_is_new).await
            }
            outcome => outcome,
        }
    }

    async fn transaction<'a>(
        &mut self,
        readings: &[&'a Reading],
        novelty: impl FnOnce(Vec<Row<'a>>, &Known) -> Novelty<'a>,
    ) -> Result<Stored, StoreError> {
        let client = match self.connection.take() {
            Some(client) => client,
            None => self.pool.get().await?,
        };
        let client = self.connection.insert(client);
        let rows = merge(readings.iter().copied());
        let known = begin(client, &rows).await?;
        let novelty = novelty(rows, &known);
        let effects = effects::apply(readings, known, &self.zone);
        let alerts = writes::write_and_commit(client, &novelty, &effects).await?;
        Ok(Stored {
            lots: effects.lots,
            alerts,
        })
    }

    /// A connection whose state is unknown must not go back to the pool.
    fn discard_connection(&mut self) {
        if let Some(connection) = self.connection.take() {
            drop(Object::take(connection));
        }
    }
}

/// Opens the transaction and reads what the batch builds on, in one round trip.
async fn begin(client: &Object, rows: &[Row<'_>]) -> Result<Known, StoreError> {
    let mut codes: Vec<&str> = rows
        .iter()
        .map(|row| row.reading.code_lot.as_str())
        .collect();
    codes.sort_unstable();
    codes.dedup();
    let lock_states = client.prepare_cached(LOCK_STATES).await?;
    let select_open = client.prepare_cached(SELECT_OPEN_ALERTS).await?;
    let params: [&(dyn ToSql + Sync); 1] = [&codes];
    let (begun, lots, episodes) = join!(
        client.batch_execute(BEGIN_KEYED),
        client.query(&lock_states, &params),
        client.query(&select_open, &params),
    );
    let known = begun
        .map_err(StoreError::from)
        .and_then(|()| known(&lots?, &episodes?));
    if known.is_err() {
        client.batch_execute("ROLLBACK").await?;
    }
    known
}

fn known(
    lots: &[tokio_postgres::Row],
    episodes: &[tokio_postgres::Row],
) -> Result<Known, StoreError> {
    let mut known = Known::default();
    for row in lots {
        let lot = rows::lot_state(row)?;
        known.lots.insert(lot.code_lot.clone(), lot);
    }
    for row in episodes {
        let episode = rows::episode(row)?;
        if let Some(code_lot) = episode.subject.code_lot.clone() {
            let of_lot = known.open_episodes.entry(code_lot).or_default();
            of_lot.push(episode);
        }
    }
    Ok(known)
}

/// A lot of the wall as storage remembers it.
pub struct RememberedLot {
    pub lot: LotState,
    pub latest: Reading,
    /// When the latest meal was stored or corrected.
    pub recu_le: jiff::Timestamp,
    /// When the latest meals were stored, the last one first.
    pub arrivals: Vec<jiff::Timestamp>,
}

/// The lots that belong on the wall, at most `limit`, those that moved last first.
pub async fn remembered_wall(pool: &Pool, limit: i64) -> Result<Vec<RememberedLot>, StoreError> {
    let client = pool.get().await?;
    let statement = client.prepare_cached(SELECT_WALL).await?;
    let rows = client.query(&statement, &[&limit]).await?;
    let remembered = |row: &tokio_postgres::Row| {
        let lot = rows::lot_state(row)?;
        let latest = rows::latest_meal(row, &lot)?;
        Ok(RememberedLot {
            lot,
            latest,
            recu_le: row.try_get("recu_le")?,
            arrivals: row.try_get("arrivals")?,
        })
    };
    rows.iter().map(remembered).collect()
}
