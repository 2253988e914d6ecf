//! The server's settings: each is a flag and an environment variable.

mod limits;
mod oidc;
#[cfg(test)]
mod tests;
mod transport;
mod values;

pub use limits::LimitArgs;
pub use oidc::OidcArgs;
#[cfg(feature = "nats")]
pub use transport::{Login, NatsServers};
pub use transport::{Transport, TransportArgs};
pub use values::{duration, lifetime};

use crate::{
    actors::{session::SessionSettings, supervisor::SupervisorSettings},
    domain::{
        host::HostName,
        lot_plan::MOST_LOTS,
        origin::Origin,
        quality::QualityRule,
        scope::Scope,
        simulated_networks::SimulatedNetwork,
        stream::RingBounds,
        trusted_networks::{TrustedNetwork, TrustedNetworks},
    },
    embedded::ClusterSettings,
    protocol::input::{DOUBTFUL_AFTER_DAYS, InputRules},
    store::pool::PoolSettings,
    websocket::Capacity,
};
use clap::{Args, ValueEnum};
use jiff::tz::TimeZone;
use std::{net::SocketAddr, path::PathBuf, time::Duration};
use values::{at_least, period, zone};

/// Settings of `gaveurs serve`.
#[derive(Debug, Clone, Args)]
pub struct ServerArgs {
    /// Address and port to listen on; port 0 picks a free one, which the log names
    #[arg(long, env = "GAVEURS_BIND", default_value = "127.0.0.1:8000")]
    pub bind: SocketAddr,

    /// Who may use the server
    #[arg(long, env = "GAVEURS_AUTH", value_enum, default_value_t)]
    pub auth: Auth,

    /// A network whose programs need no key, for stations whose firmware has a fixed address of the server: `10.3.0.0/24=station:LL`. The role is
    /// station or simulateur; a site, `device=ESP32_LL_01` or `gaveur=7`, each after a colon, limit what it may write, as they limit a key.
    /// Several are separated by commas, or named by repeating the flag; of two networks the smaller counts. A key that is presented outranks
    /// it, and no page is known by it. Everybody in the network can write: name the smallest that will do. Behind a proxy it needs
    /// --trusted-proxies. Only with --auth on
    #[arg(
        long,
        env = "GAVEURS_TRUST_NETWORK",
        value_name = "NETWORK=ROLE",
        value_delimiter = ','
    )]
    pub trust_network: Vec<TrustedNetwork>,

    /// A network whose producers are simulators: what they send is marked as simulated, also if it does not say so, and lots that are planned
    /// there are simulated ones. Several are separated by commas, or named by repeating the flag; a key can say the same. Behind a proxy it
    /// needs --trusted-proxies
    #[arg(
        long,
        env = "GAVEURS_SIMULATED_NETWORK",
        value_name = "NETWORK",
        value_delimiter = ','
    )]
    pub simulated_network: Vec<SimulatedNetwork>,

    /// Time zone of timestamps without one, and of the clock times in reports
    #[arg(long, env = "GAVEURS_ZONE", default_value = "Europe/Paris", value_parser = zone)]
    pub zone: TimeZone,

    /// Age in days at which a reading or a sample is stored as history: marked as having a doubtful clock, not listed among the recent
    /// ones, and without alerts
    #[arg(long, env = "GAVEURS_DOUBTFUL_CLOCK_DAYS", value_name = "DAYS", default_value_t = DOUBTFUL_AFTER_DAYS, value_parser = clap::value_parser!(u16).range(1..=36_500))]
    pub doubtful_clock_days: u16,

    /// Lots that one gaveur can feed at the same time: no further one is planned for him
    #[arg(long, env = "GAVEURS_LOTS_PER_GAVEUR", value_name = "LOTS", default_value_t = MOST_LOTS, value_parser = clap::value_parser!(i64).range(1..=100))]
    pub lots_per_gaveur: i64,

    /// How a foie is graded: by `score`, the fused score, with objections of the sensors shown beside it as "à vérifier"; or `strict`,
    /// where the REJECT of a sensor or five defects reject it too
    #[arg(
        long,
        env = "GAVEURS_QUALITY_RULE",
        value_name = "RULE",
        default_value = "score"
    )]
    pub quality_rule: QualityRule,

    /// Origins whose pages may read, write and open sockets, separated by commas, such as `https://ecran.example`; `null` allows pages
    /// without an origin, `*` all. The server's own pages need not be named
    #[arg(long, env = "GAVEURS_CORS_ORIGINS", value_delimiter = ',')]
    pub cors_origins: Vec<Origin>,

    /// Names under which the server is reached, separated by commas, such as `gavage.example`. Addresses and names without a dot need not
    /// be named; a request for any other name is refused, except for health
    #[arg(long, env = "GAVEURS_HOSTS", value_delimiter = ',')]
    pub hosts: Vec<HostName>,

    /// Serve the control panel (/controle, /api/control/…), from which an admin starts simulators inside this server. `gaveurs demo` has it.
    /// Without authentication only on a loopback address. The older panel, opened from a file, also needs --cors-origins null
    #[arg(long, env = "GAVEURS_CONTROL")]
    pub control: bool,

    /// Let the control panel start simulators although real data came within the last 24 hours
    #[arg(long, env = "GAVEURS_CONTROL_BESIDE_REAL_DATA")]
    pub control_beside_real_data: bool,

    #[command(flatten, next_help_heading = "Identity provider")]
    pub oidc: OidcArgs,

    #[command(flatten, next_help_heading = "Database")]
    pub database: DatabaseArgs,

    #[command(flatten, next_help_heading = "Sessions")]
    pub sessions: SessionArgs,

    #[command(flatten, next_help_heading = "Limits")]
    pub limits: LimitArgs,
}

/// How callers are identified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Auth {
    /// Not at all, so only this machine may reach the server: --bind must be a loopback address
    #[default]
    Off,
    /// By key: see `gaveurs keys --help`. The first start creates a key for an admin and shows it. With --oidc-issuer also by token
    On,
    /// Not at all, on any address: everybody who reaches the server can read and write, and each page says so
    Open,
}

#[derive(Debug, Clone, Args)]
pub struct DatabaseArgs {
    /// TimescaleDB or PostgreSQL, e.g. postgres://user:password@host/gaveurs; without it the server runs its own private PostgreSQL in
    /// the data directory. TLS with ?sslmode=verify-full, or =require, which does not verify
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<String>,

    /// Certificates (PEM) that sslmode=verify-full in the database URL trusts [default: those this machine trusts]
    #[arg(long, env = "GAVEURS_DATABASE_CA", value_name = "FILE")]
    pub database_ca: Option<PathBuf>,

    /// Directory of the private PostgreSQL, and of the secrets by which consumers' addresses are digested: with --database-url these are kept in
    /// memory unless it is named [default: /var/lib/gaveurs for root, otherwise ~/.local/state/gaveurs]
    #[arg(long, env = "GAVEURS_DATA_DIR")]
    pub data_dir: Option<PathBuf>,

    /// Directory of `initdb` and `postgres` for the private PostgreSQL [default: the highest version on the machine]
    #[arg(long, env = "GAVEURS_POSTGRES_BIN")]
    pub postgres_bin: Option<PathBuf>,

    /// Connections to the database, at least 3; the writer of readings and the writer of samples each use one. The health probe and the
    /// registry use two more
    #[arg(long, env = "GAVEURS_POOL_SIZE", default_value_t = 8, value_parser = at_least::<3, usize>)]
    pub pool_size: usize,

    /// How long to wait for a new connection to the database
    #[arg(long, env = "GAVEURS_CONNECT_TIMEOUT", default_value = "5s", value_parser = duration)]
    pub connect_timeout: Duration,

    /// How long a request waits for a free connection
    #[arg(long, env = "GAVEURS_ACQUIRE_TIMEOUT", default_value = "5s", value_parser = duration)]
    pub acquire_timeout: Duration,

    /// Time limit of a statement, a request for data or the writer's transaction
    #[arg(long, env = "GAVEURS_STATEMENT_TIMEOUT", default_value = "10s", value_parser = period)]
    pub statement_timeout: Duration,

    /// A private PostgreSQL may be stopped for a while, to see what the server does then: that of a demo only.
    #[arg(skip)]
    pub may_be_paused: bool,
}

#[derive(Debug, Clone, Args)]
pub struct SessionArgs {
    /// How often a protocol Ping is sent on every socket
    #[arg(long, env = "GAVEURS_HEARTBEAT_INTERVAL", default_value = "20s", value_parser = period)]
    pub heartbeat_interval: Duration,

    /// Silence after which a peer counts as gone
    #[arg(long, env = "GAVEURS_HEARTBEAT_TIMEOUT", default_value = "60s", value_parser = duration)]
    pub heartbeat_timeout: Duration,

    /// Silence after which a screen gets an application-level ping
    #[arg(long, env = "GAVEURS_SCREEN_PING_AFTER", default_value = "30s", value_parser = period)]
    pub screen_ping_after: Duration,

    /// How often a browser's tab gets a sign of life; a page says that it is cut off after a quarter more
    #[arg(long, env = "GAVEURS_SCREEN_BEAT", default_value = "10s", value_parser = period)]
    pub screen_beat: Duration,

    /// How long a user may be disconnected before the subscriptions and the registry row are freed
    #[arg(long, env = "GAVEURS_GRACE", default_value = "5s", value_parser = duration)]
    pub grace: Duration,

    /// Frames of one topic kept for screens that reconnect
    #[arg(long, env = "GAVEURS_RING_FRAMES", default_value_t = 16_384)]
    pub ring_frames: usize,

    /// Bytes of one topic kept for screens that reconnect
    #[arg(long, env = "GAVEURS_RING_BYTES", default_value_t = 16 * 1024 * 1024)]
    pub ring_bytes: usize,

    /// Bytes of all topics together kept for screens that reconnect
    #[arg(long, env = "GAVEURS_RING_TOTAL_BYTES", default_value_t = 64 * 1024 * 1024)]
    pub ring_total_bytes: usize,

    /// Age at which a kept frame is discarded
    #[arg(long, env = "GAVEURS_RING_AGE", default_value = "10m", value_parser = duration)]
    pub ring_age: Duration,

    /// Keep the frames for screens that reconnect in the database too, so that these get what they missed also after a restart of the
    /// server. Each transaction then also writes what screens are told of it
    #[arg(long, env = "GAVEURS_JOURNAL")]
    pub journal: bool,

    /// Run as one of several servers on the same database, behind a load balancer: screens of each see what all of them store, in the same
    /// order and under the same positions. Each must be started with it. Implies --journal
    #[arg(long, env = "GAVEURS_CLUSTER")]
    pub cluster: bool,

    #[command(flatten)]
    pub transport: TransportArgs,

    /// How long a screen with a full queue may read nothing before it is disconnected
    #[arg(long, env = "GAVEURS_STALL_TIMEOUT", default_value = "1800ms", value_parser = period)]
    pub stall_timeout: Duration,
}

impl SessionArgs {
    pub fn keeps_journal(&self) -> bool {
        self.journal || self.cluster
    }
}

impl ServerArgs {
    /// Whether only those who may can reach a control panel.
    pub fn may_have_control(&self) -> bool {
        self.auth == Auth::On || self.bind.ip().to_canonical().is_loopback()
    }

    /// Rejects settings that contradict each other.
    ///
    /// # Errors
    /// A sentence that names the settings.
    pub fn check(&self) -> Result<(), String> {
        let (sessions, limits) = (&self.sessions, &self.limits);
        if self.auth == Auth::Off && !self.bind.ip().to_canonical().is_loopback() {
            return Err(format!(
                "everybody who reaches {} could read and write: set --auth on, or say --auth open",
                self.bind
            ));
        }
        if self.control && !self.may_have_control() {
            return Err(format!(
                "with --control everybody who reaches {} could start simulators: set --auth on, or --bind a loopback address",
                self.bind
            ));
        }
        self.oidc.check(self.auth)?;
        TrustedNetworks::check(&self.trust_network)?;
        let transport = sessions.transport.parse()?;
        let faults = [
            (
                !self.trust_network.is_empty() && self.auth != Auth::On,
                "--trust-network needs --auth on: without authentication everybody may write",
            ),
            (
                sessions.cluster && !self.database.is_outer(),
                "--cluster needs --database-url: the private database serves one server only",
            ),
            (
                transport != Transport::Notify && !sessions.cluster,
                "--transport nats://… needs --cluster: a server alone has nobody to tell",
            ),
            (
                sessions.heartbeat_timeout <= sessions.heartbeat_interval,
                "--heartbeat-timeout must be longer than --heartbeat-interval, or every peer is taken to be gone",
            ),
            (
                limits.ingest_queue < limits.max_gavage_message,
                "--ingest-queue must have room for at least one message of --max-gavage-message",
            ),
            (
                limits.sensor_queue < limits.max_sensor_message,
                "--sensor-queue must have room for at least one message of --max-sensor-message",
            ),
            (
                limits.unfinished_messages < limits.largest_message(),
                "--unfinished-messages must have room for at least one message of the largest size that is allowed",
            ),
        ];
        match faults.into_iter().find(|(wrong, _)| *wrong) {
            Some((_, sentence)) => Err(sentence.to_owned()),
            None => Ok(()),
        }
    }
}

impl DatabaseArgs {
    /// Settings of a pool of `max_size` connections to the database with this URL.
    pub fn pool(&self, url: impl Into<String>, max_size: usize) -> PoolSettings {
        PoolSettings {
            url: url.into(),
            ca: self.database_ca.clone(),
            max_size,
            connect_timeout: self.connect_timeout,
            acquire_timeout: self.acquire_timeout,
            statement_timeout: self.statement_timeout,
        }
    }

    /// Whether the database is not a private one.
    pub fn is_outer(&self) -> bool {
        let url = self.database_url.as_ref();
        url.is_some_and(|url| !url.trim().is_empty())
    }

    /// The data directory, unless an outer database is used and none is named.
    pub fn own_directory(&self) -> Option<PathBuf> {
        match (&self.data_dir, &self.database_url) {
            (None, Some(_)) => None,
            (given, _) => Some(given.clone().unwrap_or_else(default_data_dir)),
        }
    }

    pub fn cluster(&self) -> ClusterSettings {
        ClusterSettings {
            data_dir: self.data_dir.clone().unwrap_or_else(default_data_dir),
            binaries: self.postgres_bin.clone(),
            extra_settings: Vec::new(),
        }
    }
}

/// Root has its own directory, because root's home is closed to the user that PostgreSQL must run as.
fn default_data_dir() -> PathBuf {
    let state = std::env::var_os("XDG_STATE_HOME").map(PathBuf::from);
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/state"));
    if rustix::process::geteuid().is_root() {
        return PathBuf::from("/var/lib/gaveurs");
    }
    let state = state.or_else(home);
    state.unwrap_or_else(|| PathBuf::from(".")).join("gaveurs")
}

impl ServerArgs {
    pub fn input_rules(&self) -> InputRules {
        InputRules::new(
            self.zone.clone(),
            self.doubtful_clock_days,
            self.quality_rule,
        )
    }

    pub fn supervisor(&self) -> SupervisorSettings {
        let sessions = &self.sessions;
        SupervisorSettings {
            grace: sessions.grace,
            ring: RingBounds {
                frames: sessions.ring_frames,
                bytes: sessions.ring_bytes,
                total_bytes: sessions.ring_total_bytes,
                age: sessions.ring_age,
            },
            zone: self.zone.clone(),
            // One server of a cluster publishes for the screens of all.
            scopes: if sessions.cluster && self.auth == Auth::On {
                Scope::of_any_sites()
            } else {
                Vec::new()
            },
        }
    }

    pub fn session(&self) -> SessionSettings {
        SessionSettings {
            heartbeat_interval: self.sessions.heartbeat_interval,
            heartbeat_timeout: self.sessions.heartbeat_timeout,
            screen_ping_after: self.sessions.screen_ping_after,
            screen_beat: self.sessions.screen_beat,
            outbox: Capacity {
                frames: self.limits.outbox_frames,
                bytes: self.limits.outbox_bytes,
            },
            stall_timeout: self.sessions.stall_timeout,
            max_bad_messages: self.limits.max_bad_messages,
        }
    }
}
