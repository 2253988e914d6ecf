//! Brings a database to the schema of this build: numbered migrations, then scripts that say what is wanted and may run again.

use super::{Pool, StoreError, rows::read};
use deadpool_postgres::Object;
use tokio_postgres::Client;

mod embedded {
    refinery::embed_migrations!("sql/migrations");
}

const HAS_TIMESCALE: &str = include_str!("../../sql/queries/pg_extension/has_timescaledb.sql");

const HAS_HISTORY: &str = include_str!("../../sql/queries/refinery_schema_history/exists.sql");
const IS_PRE_RELEASE: &str =
    include_str!("../../sql/queries/refinery_schema_history/is_pre_release.sql");

/// A file of `sql/` that is applied at every start; it may run again without effect.
struct Script {
    name: &'static str,
    sql: &'static str,
}

macro_rules! scripts {
    ($($name:literal),*) => {
        &[$(Script { name: $name, sql: include_str!(concat!("../../sql/", $name)) }),*]
    };
}

/// What TimescaleDB has beyond the migrations.
const OF_TIMESCALE: &[Script] = scripts![
    "timescale/01_hypertables.sql",
    "timescale/02_stale_buckets.sql",
    "timescale/03_aggregates.sql",
    "timescale/04_jobs.sql",
    "timescale/10_quality.sql",
    "timescale/11_quality_aggregates.sql",
    "timescale/12_consumers.sql"
];
/// What plain PostgreSQL has in its place.
const OF_POSTGRESQL: &[Script] = scripts!["views/aggregates.sql"];
/// What stands on either.
const ON_TOP: &[Script] = scripts!["views/lots.sql"];

/// The columns of the aggregates. A script names them in double braces, so that view, materialised and fresh part have the same.
const AGGREGATES: [(&str, &str); 4] = [
    (
        "{{consumer_lot_jour}}",
        include_str!("../../sql/aggregates/consumer_lot_jour.sql"),
    ),
    (
        "{{gavage_lot_jour}}",
        include_str!("../../sql/aggregates/gavage_lot_jour.sql"),
    ),
    (
        "{{gavage_site_heure}}",
        include_str!("../../sql/aggregates/gavage_site_heure.sql"),
    ),
    (
        "{{sqal_station_heure}}",
        include_str!("../../sql/aggregates/sqal_station_heure.sql"),
    ),
];

impl Script {
    fn statements(&self) -> String {
        let sql = self.sql.to_owned();
        AGGREGATES
            .iter()
            .fold(sql, |sql, (name, columns)| sql.replace(name, columns))
    }
}

/// Key of the advisory lock that one server holds while it migrates ("gaveurs" in ASCII).
const LOCK: i64 = 0x67_61_76_65_75_72_73;

/// What a run did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MigrationReport {
    /// Migrations applied by this run, e.g. `V1__lots`; empty if the schema was up to date.
    pub migrations: Vec<String>,
    pub has_timescale: bool,
    /// Files of `sql/` that were applied, as they are at every start.
    pub scripts: Vec<&'static str>,
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
    #[error("sql/{script} could not be applied: {source}")]
    Script {
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

/// Applies what is missing. Several servers may start at once: the others wait for the first.
///
/// # Errors
/// The database has the schema of another version, or does not do what it is asked.
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
    let has_timescale = has_timescale(client).await?;
    let aggregates = if has_timescale {
        OF_TIMESCALE
    } else {
        OF_POSTGRESQL
    };
    let mut scripts = Vec::new();
    for script in aggregates.iter().chain(ON_TOP) {
        apply_script(client, script).await?;
        scripts.push(script.name);
    }
    Ok(MigrationReport {
        migrations: migrations.map(ToString::to_string).collect(),
        has_timescale,
        scripts,
    })
}

/// The first migration of the pre-release schemas had another name.
async fn is_of_a_pre_release(client: &Client) -> Result<bool, StoreError> {
    let row = client.query_one(HAS_HISTORY, &[]).await?;
    if !read::<bool>(&row, 0)? {
        return Ok(false);
    }
    let row = client.query_one(IS_PRE_RELEASE, &[]).await?;
    read(&row, 0)
}

async fn apply_script(client: &Client, script: &Script) -> Result<(), MigrateError> {
    let applied = client.batch_execute(&script.statements()).await;
    applied.map_err(|error| MigrateError::Script {
        script: script.name,
        source: error.into(),
    })
}

async fn has_timescale(client: &Client) -> Result<bool, StoreError> {
    let row = client.query_one(HAS_TIMESCALE, &[]).await?;
    read(&row, 0)
}
