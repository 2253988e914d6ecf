//! Queries the database directly, not through the server.

use gaveurs::store::{Pool, StoreError, pool};

/// Row counts of one run.
#[derive(Debug, Clone, Copy)]
pub struct RowCounts {
    pub rows: u64,
    pub distinct: u64,
}

pub struct Storage {
    pool: Pool,
    prefix: String,
}

impl Storage {
    /// # Errors
    /// The address is not that of a database.
    pub fn open(url: &str, prefix: &str) -> anyhow::Result<Self> {
        let settings = pool::PoolSettings::new(url);
        Ok(Storage {
            pool: pool::build(&settings)?,
            prefix: format!("{prefix}%"),
        })
    }

    /// Size of the whole database, bytes.
    pub async fn size(&self) -> Result<u64, StoreError> {
        const SIZE: &str = include_str!("../../../../sql/queries/bench_soak/database_size.sql");
        let row = self.pool.get().await?.query_one(SIZE, &[]).await?;
        Ok(row.try_get::<_, i64>(0)?.cast_unsigned())
    }

    /// The largest tables (with TimescaleDB, chunks of them), indexes included.
    pub async fn tables(&self) -> Result<Vec<(String, u64)>, StoreError> {
        const TABLES: &str = include_str!("../../../../sql/queries/bench_soak/table_sizes.sql");
        let rows = self.pool.get().await?.query(TABLES, &[]).await?;
        let table = |row: &tokio_postgres::Row| {
            Ok((row.try_get(0)?, row.try_get::<_, i64>(1)?.cast_unsigned()))
        };
        rows.iter().map(table).collect()
    }

    pub async fn readings(&self) -> Result<RowCounts, StoreError> {
        self.count(include_str!(
            "../../../../sql/queries/bench_soak/count_readings.sql"
        ))
        .await
    }

    pub async fn samples(&self) -> Result<RowCounts, StoreError> {
        self.count(include_str!(
            "../../../../sql/queries/bench_soak/count_samples.sql"
        ))
        .await
    }

    async fn count(&self, query: &str) -> Result<RowCounts, StoreError> {
        let row = self
            .pool
            .get()
            .await?
            .query_one(query, &[&self.prefix])
            .await?;
        Ok(RowCounts {
            rows: row.try_get::<_, i64>(0)?.cast_unsigned(),
            distinct: row.try_get::<_, i64>(1)?.cast_unsigned(),
        })
    }
}
