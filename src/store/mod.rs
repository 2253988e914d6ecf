//! PostgreSQL: the only place with SQL. Statements are files in `sql/queries/<table>/<verb>.sql`.

pub mod advice;
pub mod alerts;
pub mod audit;
mod columns;
pub mod compared_lots;
mod connection;
pub mod corrections;
pub mod curves;
pub mod database_facts;
pub mod entries;
pub mod error;
pub mod exports;
pub mod feeding;
pub mod gaveurs;
mod held;
pub mod history;
pub mod itm;
pub mod journal;
pub mod keys;
pub mod life_cycle;
pub mod logins;
pub mod logouts;
pub mod lot_figures;
pub mod lot_quality;
pub mod lot_samples;
pub mod lot_sheet;
pub mod lots;
pub mod matrices;
pub mod meals;
pub mod migrate;
pub mod moment;
pub mod panel;
pub mod pending_lots;
pub mod pilotage;
mod pipeline;
pub mod planned_lots;
pub mod pool;
pub mod presence;
pub mod production;
pub mod products;
pub mod quality;
pub mod rated_lots;
pub mod ratings;
pub mod readings;
pub mod registry;
mod rows;
pub mod samples;
pub mod sites;
pub mod station_drift;
pub mod station_hours;
pub mod stories;
pub mod tallies;
mod tls;
pub mod transitions;
pub mod view;
pub mod weekly_report;
mod words;
pub mod writer;

pub use error::StoreError;
pub use pool::Pool;

use tokio_postgres::{Row, types::ToSql};

/// Begins the transaction of a batch.
const BEGIN_KEYED: &str = include_str!("../../sql/queries/transaction/begin_keyed.sql");
const IS_READ_ONLY: &str = include_str!("../../sql/queries/pg_settings/is_read_only.sql");

type Params<'a> = &'a [&'a (dyn ToSql + Sync)];

/// Runs one statement on a connection of the pool.
async fn query(pool: &Pool, sql: &str, params: Params<'_>) -> Result<Vec<Row>, StoreError> {
    pool.lend(async |client| query_on(client, sql, params).await)
        .await
}

async fn query_on(
    client: &deadpool_postgres::Client,
    sql: &str,
    params: Params<'_>,
) -> Result<Vec<Row>, StoreError> {
    let statement = client.prepare_cached(sql).await?;
    Ok(client.query(&statement, params).await?)
}

/// Checks that the database answers and accepts writes; after a fail-over to a standby it does not.
///
/// # Errors
/// It is unavailable, or read-only.
pub async fn ping(pool: &Pool) -> Result<(), StoreError> {
    pool.lend(async |client| {
        let rows = query_on(client, IS_READ_ONLY, &[]).await?;
        let is_read_only: bool = rows::read(&rows::one(rows)?, 0)?;
        if is_read_only {
            let sentence = "the database is read-only".to_owned();
            return Err(StoreError::Unavailable(sentence));
        }
        Ok(())
    })
    .await
}
