//! The database of a server: the one of its settings, or a private one.

use crate::{
    embedded::Cluster,
    settings::DatabaseArgs,
    store::{self, Pool, migrate::MigrationReport},
};
use anyhow::Context as _;

/// A database at the schema of this build.
pub struct Database {
    pub pool: Pool,
    /// What was done to bring it there.
    pub migrations: MigrationReport,
    cluster: Option<Cluster>,
}

impl Database {
    /// # Errors
    /// The private PostgreSQL did not stop in order.
    pub async fn close(self) -> anyhow::Result<()> {
        self.pool.close();
        match self.cluster {
            Some(cluster) => cluster
                .stop()
                .await
                .context("the private database did not stop in order"),
            None => Ok(()),
        }
    }
}

/// Opens the database of the settings, or a private one, and migrates it.
///
/// # Errors
/// A sentence that says what is missing and what to do.
pub async fn open_database(settings: &DatabaseArgs) -> anyhow::Result<Database> {
    const NAME: &str = "gaveurs";
    let (url, cluster) = match &settings.database_url {
        Some(url) => (url.clone(), None),
        None => {
            let cluster = Cluster::start(&settings.cluster()).await?;
            cluster.create_database(NAME).await?;
            (cluster.url(NAME), Some(cluster))
        }
    };
    let pool = store::pool::build(&settings.pool(url))?;
    let migrations = store::migrate::migrate(&pool)
        .await
        .context("the database could not be brought to this version's schema")?;
    for migration in &migrations.migrations {
        log::info!("applied migration {migration}");
    }
    Ok(Database {
        pool,
        migrations,
        cluster,
    })
}
