//! A private PostgreSQL cluster for a start without `DATABASE_URL`. It is created and run with the PostgreSQL binaries on the machine,
//! accepts connections of its own user and root only, and ends with the program. See `docs/decisions/0002-embedded-postgresql.md`.

mod binaries;
mod directory;
mod error;
mod identity;
mod keeper;
mod pause;
mod postmaster;
mod restarts;
mod socket;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Config, NoTls};

pub use error::ClusterError;
use keeper::Keeper;
pub use keeper::Pauser;

const OWNER: &str = include_str!("../../sql/queries/pg_database/owner.sql");
const CREATE_ROLE: &str = include_str!("../../sql/queries/pg_roles/create.sql");
const GIVE_TO_SERVER: &str = include_str!("../../sql/queries/pg_class/give_to_server.sql");
/// The role of whoever uses a database of the cluster: it owns the database, and is no superuser.
pub const ROLE: &str = "gaveurs";
/// Only creates roles and databases.
const SUPERUSER: &str = "postgres";
/// NAMEDATALEN - 1; PostgreSQL truncates longer names.
const LONGEST_NAME: usize = 63;

/// How to run a private cluster.
#[derive(Debug, Clone, Default)]
pub struct ClusterSettings {
    /// Holds the cluster, its lock and its log; created if missing. Only one process at a time may use it.
    pub data_dir: PathBuf,
    /// The directory of `initdb` and `postgres`. `None`: use the highest version found on the machine.
    pub binaries: Option<PathBuf>,
    /// Server settings as name and value (`postgres -c name=value`); they override the built-in ones.
    pub extra_settings: Vec<(String, String)>,
}

/// A running private PostgreSQL server.
///
/// [`Cluster::stop`] shuts it down cleanly. Dropping it does too, but blocks the thread meanwhile. When this process is killed, the
/// kernel signals the server to stop.
pub struct Cluster {
    keeper: Keeper,
}

impl Cluster {
    /// Creates the cluster if the data directory has none, starts the server and waits until it accepts connections. A server that ends
    /// unexpectedly later is restarted at the same address.
    ///
    /// Started by root, the server runs as the user `postgres`.
    ///
    /// # Errors
    /// Each with a message for the user: binaries are missing, the directory is not accessible or in use, or the server does not come up.
    pub async fn start(settings: &ClusterSettings) -> Result<Cluster, ClusterError> {
        let keeper = Keeper::start(settings.clone()).await?;
        let cluster = Cluster { keeper };
        let created = cluster.create_role().await;
        created.map_err(|source| ClusterError::CreateRole {
            log: cluster.keeper.log.clone(),
            source,
        })?;
        Ok(cluster)
    }

    /// The address of a database of this cluster, for [`ROLE`]; does not create the database.
    pub fn url(&self, database: &str) -> String {
        socket::url(ROLE, &self.keeper.socket_dir, database)
    }

    /// The same for the superuser, for maintenance.
    pub fn superuser_url(&self, database: &str) -> String {
        socket::url(SUPERUSER, &self.keeper.socket_dir, database)
    }

    /// The path of the socket.
    pub fn socket(&self) -> PathBuf {
        socket::socket_in(&self.keeper.socket_dir)
    }

    /// Creates the database for [`ROLE`] unless it exists; returns `true` if it was created. One that an earlier build created for the
    /// superuser is given to the role.
    ///
    /// # Errors
    /// [`ClusterError::DatabaseName`] for a name that would need quoting in an address, otherwise the server's error.
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

    /// Stops its processes for a while, to see what its users do without it.
    pub fn pauser(&self) -> Pauser {
        self.keeper.pauser()
    }

    /// Completes when the server has ended unexpectedly and all restarts have failed.
    pub fn lost(&self) -> impl Future<Output = ClusterError> + use<> {
        self.keeper.lost()
    }

    /// Like [`stop_within`](Self::stop_within), with more time than it usually needs.
    ///
    /// # Errors
    /// The same.
    pub async fn stop(self) -> Result<(), ClusterError> {
        self.stop_within(Duration::from_secs(20)).await
    }

    /// Shuts the server down (PostgreSQL's fast shutdown) and waits until it is gone, for this long.
    ///
    /// # Errors
    /// The server had ended before, or was too slow and was stopped by an immediate shutdown, which loses nothing committed.
    pub async fn stop_within(self, within: Duration) -> Result<(), ClusterError> {
        let stopping = tokio::task::spawn_blocking(move || self.keeper.stop(within));
        stopping.await.map_err(|_| ClusterError::KeeperLost)?
    }

    async fn create_role(&self) -> Result<(), tokio_postgres::Error> {
        let client = self.connect("postgres").await?;
        client.batch_execute(CREATE_ROLE).await
    }

    async fn create_if_missing(&self, name: &str) -> Result<bool, tokio_postgres::Error> {
        let client = self.connect("postgres").await?;
        let owner = client.query_opt(OWNER, &[&name]).await?;
        if let Some(owner) = owner {
            if owner.get::<_, &str>(0) != ROLE {
                self.connect(name)
                    .await?
                    .batch_execute(GIVE_TO_SERVER)
                    .await?;
            }
            return Ok(false);
        }
        let create = format!("CREATE DATABASE \"{name}\" OWNER {ROLE}");
        match client.batch_execute(&create).await {
            Ok(()) => Ok(true),
            Err(error) if was_created_meanwhile(&error) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Connects as superuser.
    async fn connect(&self, database: &str) -> Result<Client, tokio_postgres::Error> {
        let mut config = Config::new();
        config.host_path(&self.keeper.socket_dir).port(socket::PORT);
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

/// The address of a database of a cluster that another process runs, for [`ROLE`]; `None` if none runs there.
pub fn url_of_running(data_dir: &Path, database: &str) -> Option<String> {
    let socket_dir = directory::socket_of_running(data_dir)?;
    Some(socket::url(ROLE, &socket_dir, database))
}

fn is_plain(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    !name.is_empty() && name.len() <= LONGEST_NAME && name.chars().all(plain)
}

/// Two processes that create the same database at once collide in the name check or in the catalog's unique index.
fn was_created_meanwhile(error: &tokio_postgres::Error) -> bool {
    let meanwhile = [SqlState::DUPLICATE_DATABASE, SqlState::UNIQUE_VIOLATION];
    error.code().is_some_and(|code| meanwhile.contains(code))
}
