//! The connection pool and the settings of every session in it.

use super::{
    StoreError,
    connection::{Canceller, Connecting, connect_hearing},
    tls::{Tls, TlsError},
};
use deadpool_postgres::{BuildError, Manager, ManagerConfig, Object, RecyclingMethod, Runtime};
use std::{ops::Deref, path::PathBuf, str::FromStr, sync::Arc, time::Duration};
use tokio::time::timeout;
use tokio_postgres::{Client, Config, Notification};
use tokio_postgres_rustls::MakeRustlsConnect;

/// The server's statement timeout is this much shorter than ours, because a statement that the server cancels does not cost a connection.
const SERVER_FIRST: Duration = Duration::from_millis(500);
/// Attempts at a transaction that the database rolls back because of others.
const ATTEMPTS: u32 = 5;
/// Detects a dead connection within half a minute, and keeps an idle one from being forgotten by firewalls.
const KEEPALIVE_IDLE: Duration = Duration::from_secs(15);
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(5);
const KEEPALIVE_RETRIES: u32 = 3;
/// How long sent data may stay unacknowledged.
const TCP_USER_TIMEOUT: Duration = Duration::from_secs(10);
/// tokio-postgres's default if the URL sets none.
const DRIVERS_KEEPALIVE_IDLE: Duration = Duration::from_secs(2 * 60 * 60);

#[derive(Clone)]
pub struct PoolSettings {
    /// `postgres://user:password@host:port/database`, or the key=value form of libpq.
    pub url: String,
    /// Certificates in PEM form that `sslmode=verify-full` in the URL trusts; `None`: those of the machine.
    pub ca: Option<PathBuf>,
    pub max_size: usize,
    /// How long to wait for a new connection to the server.
    pub connect_timeout: Duration,
    /// How long a caller waits for a free connection of the pool.
    pub acquire_timeout: Duration,
    /// The server cancels a statement after this long, and ends a session that is idle inside a transaction for this long.
    pub statement_timeout: Duration,
}

impl PoolSettings {
    /// `url` with a pool size and timeouts for a server with a few hundred screens.
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

/// Why no pool can be built from the settings. Never contains the URL, which may contain a password.
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

/// Connections to one database; clones share them.
#[derive(Clone)]
pub struct Pool {
    connections: deadpool_postgres::Pool,
    further: Arc<Further>,
    /// Time limit of a call once it has its connection.
    limit: Duration,
}

/// How connections outside the pool are opened, for good or to cancel a statement.
struct Further {
    config: Config,
    tls: Option<MakeRustlsConnect>,
    canceller: Canceller,
}

impl Deref for Pool {
    type Target = deadpool_postgres::Pool;

    fn deref(&self) -> &Self::Target {
        &self.connections
    }
}

impl Pool {
    /// Lends a connection to `work`. May call `work` again: at once if the connection turns out to be closed, or if the database rolled
    /// the work back.
    ///
    /// A connection that does not answer in time, or leads to an unusable server, does not return to the pool. Abandoned work, by a
    /// timeout or by a dropped caller, is cancelled in the database.
    ///
    /// # Errors
    /// The error of `work`; or no connection was available, or no answer came in time.
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

    /// A further connection, outside the pool, that passes on what it is notified of.
    pub(super) async fn connect_hearing(
        &self,
        heard: impl FnMut(Notification) + Send + 'static,
    ) -> Result<Client, StoreError> {
        let Further { config, tls, .. } = &*self.further;
        let connecting = connect_hearing(config, tls.clone(), heard);
        match timeout(self.limit, connecting).await {
            Ok(connected) => Ok(connected?),
            Err(_) => Err(self.no_answer()),
        }
    }

    /// The answer to one statement on such a connection.
    pub(super) async fn within<T>(
        &self,
        answer: impl Future<Output = Result<T, tokio_postgres::Error>>,
    ) -> Result<T, StoreError> {
        match timeout(self.limit, answer).await {
            Ok(answer) => Ok(answer?),
            Err(_) => Err(self.no_answer()),
        }
    }

    fn no_answer(&self) -> StoreError {
        let sentence = format!("no answer within {} s", self.limit.as_secs_f32());
        StoreError::Unavailable(sentence)
    }

    /// Cancels in the database what the connection is still running, and closes it.
    pub(super) fn give_up(&self, connection: Object) {
        self.further.canceller.cancel(connection.cancel_token());
        // Removes it from the pool and closes it.
        drop(Object::take(connection));
    }

    /// Closes the idle connections, which probably have the same problem.
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
            return Err(self.no_answer());
        };
        if !outcome.as_ref().is_err_and(StoreError::spoils_connection) {
            loan.give_back();
        }
        outcome
    }
}

/// A lent connection; dropping it cancels its work and closes it.
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

/// Builds the pool; connections are opened when first needed.
///
/// # Errors
/// The settings are invalid.
pub fn build(settings: &PoolSettings) -> Result<Pool, PoolSettingsError> {
    if settings.max_size == 0 {
        return Err(PoolSettingsError::Empty);
    }
    let (tls, url) = Tls::of_url(&settings.url)?;
    let tls = tls.connector(settings.ca.as_deref())?;
    let config = session_config(settings, &url)?;
    let manager = Manager::from_connect(
        config.clone(),
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
        further: Arc::new(Further {
            config,
            canceller: Canceller::new(tls.clone(), settings.connect_timeout),
            tls,
        }),
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

/// Makes the kernel end dead connections; settings in the URL override this.
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

/// Settings of every session; `options` in the URL come last and override them.
///
/// Statements with optional filters are planned for the actual filters, and none is long enough to be worth JIT compilation. A session
/// whose client has disappeared holds its locks no longer than a statement may take, whether it is idle in a transaction or waits for the
/// network.
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
