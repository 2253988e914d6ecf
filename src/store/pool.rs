//! The connection pool and the settings of every session in it.

use super::tls::{Tls, TlsError};
use deadpool_postgres::{BuildError, Manager, ManagerConfig, Pool, RecyclingMethod, Runtime};
use std::{path::PathBuf, str::FromStr, time::Duration};
use tokio_postgres::{Config, NoTls};

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
    /// The server gives up a statement after this long; zero means never.
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

/// Builds the pool; connections are opened when they are first needed.
pub fn build(settings: &PoolSettings) -> Result<Pool, PoolSettingsError> {
    if settings.max_size == 0 {
        return Err(PoolSettingsError::Empty);
    }
    let pool = Pool::builder(manager(settings)?)
        .max_size(settings.max_size)
        .wait_timeout(Some(settings.acquire_timeout))
        .create_timeout(Some(settings.connect_timeout))
        .recycle_timeout(Some(settings.connect_timeout))
        .runtime(Runtime::Tokio1)
        .build()?;
    Ok(pool)
}

fn manager(settings: &PoolSettings) -> Result<Manager, PoolSettingsError> {
    let (tls, url) = Tls::of_url(&settings.url)?;
    let config = session_config(settings, &url)?;
    let recycling = ManagerConfig {
        recycling_method: RecyclingMethod::Fast,
    };
    Ok(match tls.connector(settings.ca.as_deref())? {
        Some(connector) => Manager::from_config(config, connector, recycling),
        None => Manager::from_config(config, NoTls, recycling),
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
    Ok(config)
}

fn url_error(error: &tokio_postgres::Error) -> PoolSettingsError {
    let cause = std::error::Error::source(error);
    PoolSettingsError::Url(cause.map_or_else(|| error.to_string(), |cause| cause.to_string()))
}

/// Settings of every session; what the URL itself asks for in `options` comes last and wins.
///
/// Statements with optional filters are planned for the filters that are really given, and none of them is long enough
/// to earn back the time of compiling it.
fn session_options(config: &Config, statement_timeout: Duration) -> String {
    let ours = format!(
        "-c timezone=UTC -c statement_timeout={} -c plan_cache_mode=force_custom_plan -c jit=off",
        statement_timeout.as_millis()
    );
    match config.get_options() {
        Some(theirs) => format!("{ours} {theirs}"),
        None => ours,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaint(url: &str) -> String {
        build(&PoolSettings::new(url)).unwrap_err().to_string()
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
