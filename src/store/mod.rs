//! PostgreSQL: the only place with SQL. Statements are files in `sql/queries/<table>/<verb>.sql`.

pub mod error;
pub mod history;
pub mod lots;
pub mod meals;
pub mod migrate;
pub mod pool;
pub mod readings;
pub mod registry;
mod rows;
pub mod sites;
pub mod weekly_report;

pub use deadpool_postgres::Pool;
pub use error::StoreError;

use tokio_postgres::{Row, types::ToSql};

type Params<'a> = &'a [&'a (dyn ToSql + Sync)];

/// Runs one statement on a connection of the pool.
async fn query(pool: &Pool, sql: &str, params: Params<'_>) -> Result<Vec<Row>, StoreError> {
    let client = pool.get().await?;
    query_on(&client, sql, params).await
}

async fn query_on(
    client: &deadpool_postgres::Client,
    sql: &str,
    params: Params<'_>,
) -> Result<Vec<Row>, StoreError> {
    let statement = client.prepare_cached(sql).await?;
    Ok(client.query(&statement, params).await?)
}

/// Reads every row with `read`, which fails when the statement and the code do not agree.
fn read_all<T>(
    rows: &[Row],
    read: impl Fn(&Row) -> Result<T, tokio_postgres::Error>,
) -> Result<Vec<T>, StoreError> {
    Ok(rows.iter().map(read).collect::<Result<_, _>>()?)
}

/// Asks the database whether it is there.
///
/// # Errors
/// It is not.
pub async fn ping(pool: &Pool) -> Result<(), StoreError> {
    Ok(pool.get().await?.batch_execute("SELECT 1").await?)
}
