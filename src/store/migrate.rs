//! Migrates a database to this build's schema: numbered migrations, then the parts that only TimescaleDB supports.

use super::{Pool, StoreError};
use deadpool_postgres::Object;
use tokio_postgres::Client;

mod embedded {
    refinery::embed_migrations!("sql/migrations");
}

const HAS_TIMESCALE: &str = include_str!("../../sql/queries/pg_extension/has_timescaledb.sql");

const HAS_HISTORY: &str = include_str!("../../sql/queries/refinery_schema_history/exists.sql");
const IS_PRE_RELEASE: &str =
    include_str!("../../sql/queries/refinery_schema_history/is_pre_release.sql");

/// Run at every start, in this order; each is idempotent.
const TIMESCALE_SCRIPTS: [(&str, &str); 6] = [
    (
        "01_hypertables.sql",
        include_str!("../../sql/timescale/01_hypertables.sql"),
    ),
    (
        "02_stale_buckets.sql",
        include_str!("../../sql/timescale/02_stale_buckets.sql"),
    ),
    (
        "03_aggregates.sql",
        include_str!("../../sql/timescale/03_aggregates.sql"),
    ),
    (
        "04_jobs.sql",
        include_str!("../../sql/timescale/04_jobs.sql"),
    ),
    (
        "10_quality.sql",
        include_str!("../../sql/timescale/10_quality.sql"),
    ),
    (
        "11_quality_aggregates.sql",
        include_str!("../../sql/timescale/11_quality_aggregates.sql"),
    ),
];

/// Key of the advisory lock that one server holds while it migrates ("gaveurs" in ASCII).
const LOCK: i64 = 0x67_61_76_65_75_72_73;

/// What a run did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MigrationReport {
    /// Migrations applied by this run, e.g. `V1__lots`; empty if the schema was up to date.
    pub migrations: Vec<String>,
    /// TimescaleDB scripts run; empty on plain PostgreSQL.
    pub timescale_scripts: Vec<&'static str>,
}

#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(
        "this database has the schema of a version from before the first release, which cannot be carried over: name an empty \
         database in DATABASE_URL, or drop this one and create it again (without DATABASE_URL, remove the data directory)"
    )]
    PreRelease,
    #[error(
        "this database has the schema of a newer version of the program ({0}): start that version, or name another database in \
         DATABASE_URL"
    )]
    Newer(String),
    #[error("a migration could not be applied: {0}")]
    Migration(#[source] refinery::Error),
    #[error("sql/timescale/{script} could not be applied: {source}")]
    Timescale {
        script: &'static str,
        source: StoreError,
    },
}

impl From<refinery::Error> for MigrateError {
    fn from(error: refinery::Error) -> Self {
        match error.kind() {
            // Migrations are never removed, so this build is older than the schema.
            refinery::error::Kind::MissingVersion(migration) => {
                MigrateError::Newer(migration.to_string())
            }
            _ => MigrateError::Migration(error),
        }
    }
}

/// Applies the missing migrations. Several servers may start at once: the others wait for the first.
pub async fn migrate(pool: &Pool) -> Result<MigrationReport, MigrateError> {
    // Taken out of the pool, because it works without a time limit.
    let mut connection = Object::take(pool.get().await.map_err(StoreError::from)?);
    let client: &mut Client = &mut connection;
    lock(client).await?;
    let outcome = apply(client).await;
    let unlocked = unlock(client).await;
    let report = outcome?;
    unlocked?;
    Ok(report)
}

async fn lock(client: &Client) -> Result<(), StoreError> {
    client.batch_execute("SET statement_timeout = 0").await?;
    client
        .execute("SELECT pg_advisory_lock($1)", &[&LOCK])
        .await?;
    Ok(())
}

async fn unlock(client: &Client) -> Result<(), StoreError> {
    client
        .execute("SELECT pg_advisory_unlock($1)", &[&LOCK])
        .await?;
    Ok(())
}

async fn apply(client: &mut Client) -> Result<MigrationReport, MigrateError> {
    if is_of_a_pre_release(client).await? {
        return Err(MigrateError::PreRelease);
    }
    let applied = embedded::migrations::runner().run_async(client).await?;
    let migrations = applied.applied_migrations().iter();
    Ok(MigrationReport {
        migrations: migrations.map(ToString::to_string).collect(),
        timescale_scripts: apply_timescale(client).await?,
    })
}

/// The first migration of the pre-release schemas had another name.
async fn is_of_a_pre_release(client: &Client) -> Result<bool, StoreError> {
    let row = client.query_one(HAS_HISTORY, &[]).await?;
    if !row.try_get::<_, bool>(0)? {
        return Ok(false);
    }
    let row = client.query_one(IS_PRE_RELEASE, &[]).await?;
    Ok(row.try_get(0)?)
}

async fn apply_timescale(client: &Client) -> Result<Vec<&'static str>, MigrateError> {
    if !has_timescale(client).await? {
        return Ok(Vec::new());
    }
    for (script, sql) in TIMESCALE_SCRIPTS {
        let applied = client.batch_execute(sql).await;
        applied.map_err(|error| MigrateError::Timescale {
            script,
            source: error.into(),
        })?;
    }
    Ok(TIMESCALE_SCRIPTS
        .iter()
        .map(|(script, _)| *script)
        .collect())
}

async fn has_timescale(client: &Client) -> Result<bool, StoreError> {
    let row = client.query_one(HAS_TIMESCALE, &[]).await?;
    Ok(row.try_get(0)?)
}
