//! The connection pool and the settings of every session in it.

use super::{
    StoreError,
    connection::{Canceller, Connecting},
    tls::{Tls, TlsError},
};
use deadpool_postgres::{BuildError, Manager, ManagerConfig, Object, RecyclingMethod, Runtime};
use std::{ops::Deref, path::PathBuf, str::FromStr, time::Duration};
use tokio::time::timeout;
use tokio_postgres::Config;

/// The server gives a statement up first, where it can still be heard: that costs a connection less.
const SERVER_FIRST: Duration = Duration::from_millis(500);
/// Attempts at a transaction that the database rolls back for the sake of others.
const ATTEMPTS: u32 = 5;
/// A connection whose other end has vanished is noticed in half a minute, and one that is idle is not forgotten by firewalls.
const KEEPALIVE_IDLE: Duration = Duration::from_secs(15);
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(5);
const KEEPALIVE_RETRIES: u32 = 3;
/// How long what was sent to the other end may stay unacknowledged.
const TCP_USER_TIMEOUT: Duration = Duration::from_secs(10);
/// What tokio-postgres takes when the URL says nothing.
const DRIVERS_KEEPALIVE_IDLE: Duration = Duration::from_secs(2 * 60 * 60);

#[derive(Clone)]
pub struct PoolSettings {
    /// `postgres://user:password@host:port/database`, or the key=value form of libpq.
    pub url: String,
    /// Certificates in PEM form that `sslmode=verify-full` in the URL trusts; `None`: those that the machine trusts.
    pub ca: Option<PathBuf>,
    pub max_size: usize,
    /// How long to wait for a new connection to the server.
    pub connect_timeout: Duration,
    /// How long a caller waits for a free connection of the pool.
    pub acquire_timeout: Duration,
    /// The server gives up a statement after this long, and ends a session that waits this long inside a transaction.
    pub statement_timeout: Duration,
}

impl PoolSettings {
    /// `url` with a pool size and times that suit a server of a few hundred screens.
    pub fn new(url: impl Into<String>) -> Self {
        PoolSettings {
            url: url.into(),
            ca: None,
            max_size: 10,
            connect_timeout: Duration::from_secs(5),
            acquire_timeout: Duration::from_secs(5),
            statement_timeout: Duration::from_secs(10),
        }
    }
}

/// Why no pool can be built from the settings. Never shows the URL, which may hold a password.
#[derive(Debug, thiserror::Error)]
pub enum PoolSettingsError {
    #[error("the database URL cannot be read: {0}")]
    Url(String),
    #[error(transparent)]
    Tls(#[from] TlsError),
    #[error("the pool needs room for at least one connection")]
    Empty,
    #[error("the connection pool cannot be built: {0}")]
    Build(#[from] BuildError),
}

/// Connections to one database. Cloning shares them.
#[derive(Clone)]
pub struct Pool {
    connections: deadpool_postgres::Pool,
    canceller: Canceller,
    /// How long a call may take once it has its connection.
    limit: Duration,
}

impl Deref for Pool {
    type Target = deadpool_postgres::Pool;

    fn deref(&self) -> &Self::Target {
        &self.connections
    }
}

impl Pool {
    /// Lends a connection for `work`, which may be called again: at once when the connection turns out to have been closed,
    /// or when the database rolled back what was done.
    ///
    /// A connection that does not answer in time, or leads to a server that is of no use, does not come back to the pool. What
    /// is given up, by us or by whoever asked us, is cancelled in the database.
    ///
    /// # Errors
    /// What `work` says, or that no connection is to be had, or that no answer came in time.
    pub async fn lend<T>(
        &self,
        work: impl AsyncFn(&mut Object) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut was_closed = false;
        for _ in 1..ATTEMPTS {
            match self.lend_once(&work).await {
                Err(error) if error.is_rolled_back() => {}
                Err(error) if error.is_closed() && !was_closed => {
                    was_closed = true;
                    self.forget_idle();
                }
                outcome => return outcome,
            }
        }
        self.lend_once(&work).await
    }

    /// What the connection still does is cancelled in the database.
    pub(super) fn give_up(&self, connection: Object) {
        self.canceller.cancel(connection.cancel_token());
        // Out of the pool, and closed.
        drop(Object::take(connection));
    }

    /// What one connection has met, the others will that lie on the same line.
    fn forget_idle(&self) {
        self.connections.retain(|_, _| false);
    }

    async fn lend_once<T>(
        &self,
        work: &impl AsyncFn(&mut Object) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut loan = Loan {
            pool: self,
            connection: Some(self.connections.get().await?),
        };
        let Some(connection) = &mut loan.connection else {
            return Err(StoreError::Pool("a loan without a connection".to_owned()));
        };
        let Ok(outcome) = timeout(self.limit, work(connection)).await else {
            self.forget_idle();
            let sentence = format!("no answer within {} s", self.limit.as_secs_f32());
            return Err(StoreError::Unavailable(sentence));
        };
        if !outcome.as_ref().is_err_and(StoreError::spoils_connection) {
            loan.give_back();
        }
        outcome
    }
}

/// A connection that is given up when this is dropped.
struct Loan<'a> {
    pool: &'a Pool,
    connection: Option<Object>,
}

impl Loan<'_> {
    fn give_back(mut self) {
        self.connection = None;
    }
}

impl Drop for Loan<'_> {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            self.pool.give_up(connection);
        }
    }
}

/// Builds the pool; connections are opened when they are first needed.
///
/// # Errors
/// The settings cannot be used.
pub fn build(settings: &PoolSettings) -> Result<Pool, PoolSettingsError> {
    if settings.max_size == 0 {
        return Err(PoolSettingsError::Empty);
    }
    let (tls, url) = Tls::of_url(&settings.url)?;
    let tls = tls.connector(settings.ca.as_deref())?;
    let manager = Manager::from_connect(
        session_config(settings, &url)?,
        Connecting { tls: tls.clone() },
        ManagerConfig {
            recycling_method: RecyclingMethod::Fast,
        },
    );
    let connections = deadpool_postgres::Pool::builder(manager)
        .max_size(settings.max_size)
        .wait_timeout(Some(settings.acquire_timeout))
        .create_timeout(Some(settings.connect_timeout))
        .recycle_timeout(Some(settings.connect_timeout))
        .runtime(Runtime::Tokio1)
        .build()?;
    Ok(Pool {
        connections,
        canceller: Canceller::new(tls, settings.connect_timeout),
        limit: settings.statement_timeout + SERVER_FIRST,
    })
}

fn session_config(settings: &PoolSettings, url: &str) -> Result<Config, PoolSettingsError> {
    let mut config = Config::from_str(url).map_err(|error| url_error(&error))?;
    if config.get_application_name().is_none() {
        config.application_name("gaveurs");
    }
    let options = session_options(&config, settings.statement_timeout);
    config.options(options);
    config.connect_timeout(settings.connect_timeout);
    notice_silence(&mut config);
    Ok(config)
}

fn url_error(error: &tokio_postgres::Error) -> PoolSettingsError {
    let cause = std::error::Error::source(error);
    PoolSettingsError::Url(cause.map_or_else(|| error.to_string(), |cause| cause.to_string()))
}

/// The kernel ends a connection whose other end has vanished; what the URL asks for wins.
fn notice_silence(config: &mut Config) {
    if config.get_tcp_user_timeout().is_none() {
        config.tcp_user_timeout(TCP_USER_TIMEOUT);
    }
    if config.get_keepalives_idle() == DRIVERS_KEEPALIVE_IDLE {
        config.keepalives_idle(KEEPALIVE_IDLE);
    }
    if config.get_keepalives_interval().is_none() {
        config.keepalives_interval(KEEPALIVE_INTERVAL);
    }
    if config.get_keepalives_retries().is_none() {
        config.keepalives_retries(KEEPALIVE_RETRIES);
    }
}

/// Settings of every session; what the URL itself asks for in `options` comes last and wins.
///
/// Statements with optional filters are planned for the filters that are really given, and none of them is long enough
/// to earn back the time of compiling it. A session whose client has vanished holds its locks no longer than a statement
/// may take, whether it waits inside a transaction or only for the network.
fn session_options(config: &Config, statement_timeout: Duration) -> String {
    let limit = statement_timeout.as_millis();
    let ours = [
        "timezone=UTC".to_owned(),
        format!("statement_timeout={limit}"),
        format!("idle_in_transaction_session_timeout={limit}"),
        format!("tcp_keepalives_idle={}", KEEPALIVE_IDLE.as_secs()),
        format!("tcp_keepalives_interval={}", KEEPALIVE_INTERVAL.as_secs()),
        format!("tcp_keepalives_count={KEEPALIVE_RETRIES}"),
        format!("tcp_user_timeout={}", TCP_USER_TIMEOUT.as_millis()),
        "plan_cache_mode=force_custom_plan".to_owned(),
        "jit=off".to_owned(),
    ];
    let ours = ours.map(|setting| format!("-c {setting}")).join(" ");
    match config.get_options() {
        Some(theirs) => format!("{ours} {theirs}"),
        None => ours,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaint(url: &str) -> String {
        build(&PoolSettings::new(url)).err().unwrap().to_string()
    }

    #[test]
    fn a_url_that_cannot_be_read_is_refused_without_showing_the_password() {
        let text = complaint("postgres://gaveurs:secret@localhost:notaport/db");
        assert!(text.contains("the database URL cannot be read"), "{text}");
        assert!(!text.contains("secret"), "{text}");
    }

    #[test]
    fn a_pool_without_connections_is_refused() {
        let mut settings = PoolSettings::new("postgres://localhost/db");
        settings.max_size = 0;
        assert!(matches!(build(&settings), Err(PoolSettingsError::Empty)));
    }

    #[test]
    fn the_options_of_the_url_are_kept_and_win() {
        let settings =
            PoolSettings::new("postgres://localhost/db?options=-c%20search_path%3Dferme");
        let config = session_config(&settings, &settings.url).unwrap();
        let options = config.get_options().unwrap();
        assert!(options.contains("timezone=UTC") && options.ends_with("-c search_path=ferme"));
    }
}
