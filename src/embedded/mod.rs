//! A private PostgreSQL cluster, for a start without `DATABASE_URL`: made and run from the PostgreSQL binaries already on the machine,
//! reachable from this machine only, ended with the program. See `docs/decisions/0002-embedded-postgresql.md`.

mod binaries;
mod directory;
mod error;
mod identity;
mod keeper;
mod port;
mod postmaster;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Config, NoTls};

pub use error::ClusterError;
use keeper::Keeper;

const EXISTS: &str = include_str!("../../sql/queries/pg_database/exists.sql");
const SUPERUSER: &str = "postgres";
const HOST: &str = "127.0.0.1";
/// NAMEDATALEN - 1, beyond which PostgreSQL cuts a name short.
const LONGEST_NAME: usize = 63;

/// How to run a private cluster.
#[derive(Debug, Clone, Default)]
pub struct ClusterSettings {
    /// Holds the cluster, its lock and its log; created when missing. One process at a time may use it.
    pub data_dir: PathBuf,
    /// The directory of `initdb` and `postgres`. `None`: the highest version found on the machine.
    pub binaries: Option<PathBuf>,
    /// Server settings as name and value (`postgres -c name=value`), stronger than the built-in ones.
    pub extra_settings: Vec<(String, String)>,
}

/// A running private PostgreSQL server.
///
/// [`Cluster::stop`] ends it in order. Dropping it ends it too, but blocks the thread for the moment this takes. When this process is
/// killed, the kernel ends the server.
pub struct Cluster {
    keeper: Keeper,
}

impl Cluster {
    /// Creates the cluster when the data directory has none, starts the server and waits until it takes connections. One that
    /// ends by itself later is started again at the same address.
    ///
    /// Started by root, the server runs as the user `postgres`.
    ///
    /// # Errors
    /// No binaries, no right to the directory, a directory in use, or a server which does not come up: each as a sentence for the user.
    pub async fn start(settings: &ClusterSettings) -> Result<Cluster, ClusterError> {
        let keeper = Keeper::start(settings.clone()).await?;
        Ok(Cluster { keeper })
    }

    /// The address of a database of this cluster; creates nothing.
    pub fn url(&self, database: &str) -> String {
        let port = self.keeper.port;
        format!("postgres://{SUPERUSER}@{HOST}:{port}/{database}")
    }

    /// Creates the database unless it exists. `true` when it was created.
    ///
    /// # Errors
    /// [`ClusterError::DatabaseName`] for a name which would need quoting in an address, else what the server answered.
    pub async fn create_database(&self, name: &str) -> Result<bool, ClusterError> {
        if !is_plain(name) {
            let name = name.to_owned();
            return Err(ClusterError::DatabaseName { name });
        }
        let created = self.create_if_missing(name).await;
        created.map_err(|source| ClusterError::CreateDatabase {
            name: name.to_owned(),
            log: self.keeper.log.clone(),
            source,
        })
    }

    /// Completes when the server has ended by itself and all attempts to start it again have failed.
    pub fn lost(&self) -> impl Future<Output = ClusterError> + use<> {
        self.keeper.lost()
    }

    /// Ends the server in order (PostgreSQL's fast shutdown) and waits until it is gone.
    ///
    /// # Errors
    /// When it had ended before, or took longer than 20 s and was ended the hard way, after which nothing committed is lost.
    pub async fn stop(self) -> Result<(), ClusterError> {
        let stopping = tokio::task::spawn_blocking(move || self.keeper.stop());
        stopping.await.map_err(|_| ClusterError::KeeperLost)?
    }

    async fn create_if_missing(&self, name: &str) -> Result<bool, tokio_postgres::Error> {
        let client = self.connect("postgres").await?;
        if client.query_one(EXISTS, &[&name]).await?.get(0) {
            return Ok(false);
        }
        let create = format!("CREATE DATABASE \"{name}\"");
        match client.batch_execute(&create).await {
            Ok(()) => Ok(true),
            Err(error) if was_created_meanwhile(&error) => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn connect(&self, database: &str) -> Result<Client, tokio_postgres::Error> {
        let mut config = Config::new();
        config.host(HOST).port(self.keeper.port);
        config.user(SUPERUSER).dbname(database);
        let (client, connection) = config.connect(NoTls).await?;
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                log::debug!("connection to the embedded database ended: {error}");
            }
        });
        Ok(client)
    }
}

fn is_plain(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    !name.is_empty() && name.len() <= LONGEST_NAME && name.chars().all(plain)
}

/// Two who create the same database at once meet either in the name check or in the catalog's unique index.
fn was_created_meanwhile(error: &tokio_postgres::Error) -> bool {
    let meanwhile = [SqlState::DUPLICATE_DATABASE, SqlState::UNIQUE_VIOLATION];
    error.code().is_some_and(|code| meanwhile.contains(code))
}
