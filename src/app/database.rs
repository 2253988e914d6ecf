//! The server's database: the one in its settings, or a private one.

use crate::{
    embedded::{self, Cluster, ClusterError},
    panel::Pause,
    settings::DatabaseArgs,
    store::{
        self, Pool,
        migrate::MigrationReport,
        pool::{self, PoolSettingsError},
    },
};
use anyhow::Context as _;
use std::{sync::Arc, time::Duration};

/// Connection pools for one database. A connection's I/O runs on the thread that opened it, so each writer has its own connection and
/// does not depend on another thread.
#[derive(Clone)]
pub struct Pools {
    /// One connection.
    pub writer: Pool,
    /// One connection.
    pub matrices: Pool,
    /// One connection, so that a probe never waits for other users.
    pub probe: Pool,
    /// For all other uses.
    pub shared: Pool,
}

impl Pools {
    fn build(settings: &DatabaseArgs, url: &str) -> Result<Self, PoolSettingsError> {
        let pool = |size| pool::build(&settings.pool(url, size));
        Ok(Pools {
            writer: pool(1)?,
            matrices: pool(1)?,
            probe: pool(1)?,
            shared: pool(settings.pool_size.saturating_sub(2))?,
        })
    }

    fn close(&self) {
        for pool in [&self.writer, &self.matrices, &self.probe, &self.shared] {
            pool.close();
        }
    }
}

/// A database with the schema of this build.
pub struct Database {
    pub pools: Pools,
    /// The migrations that were run.
    pub migrations: MigrationReport,
    cluster: Option<Cluster>,
}

impl Database {
    /// Stops the private database (`true`), or lets it go on; `None` if there is none.
    pub fn pause(&self) -> Option<Pause> {
        let pauser = self.cluster.as_ref()?.pauser();
        Some(Arc::new(move |is_paused| pauser.pause(is_paused)))
    }

    /// Completes when the private database is lost; never completes if there is none.
    pub fn lost(&self) -> impl Future<Output = ClusterError> + use<> {
        let lost = self.cluster.as_ref().map(Cluster::lost);
        async move {
            match lost {
                Some(lost) => lost.await,
                None => std::future::pending().await,
            }
        }
    }

    /// Closes the pools and stops the private database, within this time.
    ///
    /// # Errors
    /// The private PostgreSQL did not stop cleanly.
    pub async fn close(self, within: Duration) -> anyhow::Result<()> {
        self.pools.close();
        match self.cluster {
            Some(cluster) => cluster
                .stop_within(within)
                .await
                .context("the private database did not stop in order"),
            None => Ok(()),
        }
    }
}

/// Name of the database in a private cluster.
const NAME: &str = "gaveurs";

/// Opens the configured database, or a private one, and migrates it.
///
/// # Errors
/// A sentence that says what is missing and what to do.
pub async fn open_database(settings: &DatabaseArgs) -> anyhow::Result<Database> {
    let url = settings.database_url.as_ref();
    if let Some(url) = url.filter(|url| !url.trim().is_empty()) {
        return migrated(settings, url, None).await;
    }
    let cluster = Cluster::start(&settings.cluster()).await?;
    cluster.create_database(NAME).await?;
    let url = cluster.url(NAME);
    log::info!("to look into the private database: psql '{url}'");
    migrated(settings, &url, Some(cluster)).await
}

/// Opens the same database for a command that may run beside a server: a private one may be running.
///
/// # Errors
/// The same.
pub async fn join_database(settings: &DatabaseArgs) -> anyhow::Result<Database> {
    let error = match open_database(settings).await {
        Ok(database) => return Ok(database),
        Err(error) => error,
    };
    let is_in_use = matches!(error.downcast_ref(), Some(ClusterError::InUse { .. }));
    let data_dir = settings.cluster().data_dir;
    let running = is_in_use.then(|| embedded::url_of_running(&data_dir, NAME));
    match running.flatten() {
        Some(url) => migrated(settings, &url, None).await,
        None => Err(error),
    }
}

async fn migrated(
    settings: &DatabaseArgs,
    url: &str,
    cluster: Option<Cluster>,
) -> anyhow::Result<Database> {
    let pools = Pools::build(settings, url)?;
    let migrations = store::migrate::migrate(&pools.shared)
        .await
        .context("the database could not be brought to this version's schema")?;
    for migration in &migrations.migrations {
        log::info!("applied migration {migration}");
    }
    Ok(Database {
        pools,
        migrations,
        cluster,
    })
}
