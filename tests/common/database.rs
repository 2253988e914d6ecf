//! Creates a database for each test with the current schema, and drops it afterwards.

use super::turn::Turn;
use gaveurs::embedded::{Cluster, ClusterError, ClusterSettings, ROLE};
use gaveurs::store::{
    Pool,
    migrate::migrate,
    pool::{self, PoolSettings},
};
use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};
use tokio::{sync::OnceCell, task::JoinHandle};
use tokio_postgres::{Client, NoTls};

static NUMBER: AtomicU32 = AtomicU32::new(0);

pub struct TestDatabase {
    server: Server,
    name: String,
    pool: Pool,
    /// The engine in WebAssembly needs a core.
    _turn: Option<Turn>,
}

/// The kinds of database that tests run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    PostgreSql,
    TimescaleDb,
}

impl Kind {
    /// Tests of the binary `timescale` run on TimescaleDB, all others on plain PostgreSQL.
    pub const OF_THIS_BINARY: Kind = match env!("CARGO_CRATE_NAME").as_bytes() {
        b"timescale" => Kind::TimescaleDb,
        _ => Kind::PostgreSql,
    };
}

impl TestDatabase {
    /// An empty database with the current schema.
    pub async fn create() -> Self {
        Self::create_on(Kind::OF_THIS_BINARY).await
    }

    pub async fn create_on(kind: Kind) -> Self {
        let turn = turn_at(kind).await;
        let server = server_of(kind).await;
        if server.is_private {
            let template = || make_template(&server);
            TEMPLATES[kind as usize].get_or_init(template).await;
            return Self::make(turn, server, &format!("TEMPLATE {TEMPLATE}")).await;
        }
        let database = Self::make(turn, server, "").await;
        migrate(&database.pool).await.unwrap();
        database
    }

    /// A database without tables.
    pub async fn create_bare() -> Self {
        let kind = Kind::OF_THIS_BINARY;
        Self::make(turn_at(kind).await, server_of(kind).await, "").await
    }

    async fn make(turn: Option<Turn>, server: Server, options: &str) -> Self {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("gaveurs_test_{}_{number}", std::process::id());
        let pool = make_database(&server, &name, options).await;
        TestDatabase {
            server,
            name,
            pool,
            _turn: turn,
        }
    }

    /// As it was when it was created, but for records that only grow: another database would cost seconds.
    pub async fn empty(&self) {
        let tables = "SELECT string_agg(format('%I', relname), ', ') FROM pg_class
            WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
                AND relname NOT IN ('refinery_schema_history', 'sites_euralis', 'gaveurs_euralis')
                AND NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = pg_class.oid AND tgtype::integer & 32 > 0)";
        let client = self.client().await;
        let tables: String = client.query_one(tables, &[]).await.unwrap().get(0);
        let truncate = format!("TRUNCATE {tables} RESTART IDENTITY");
        client.batch_execute(&truncate).await.unwrap();
    }

    pub fn pool(&self) -> &Pool {
        &self.pool
    }

    pub fn url(&self) -> String {
        url_of(&self.server.url, &self.name)
    }

    /// The rows of a query as JSON objects.
    pub async fn rows(&self, query: &str) -> Vec<serde_json::Value> {
        let query = format!("SELECT row_to_json(t) FROM ({query}) t");
        let rows = self.client().await.query(&query, &[]).await.unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    }

    /// A session of somebody who may do more than the server.
    pub async fn superuser(&self) -> Client {
        connect(&url_of(&self.server.maintenance, &self.name))
            .await
            .0
    }

    pub async fn client(&self) -> deadpool_postgres::Client {
        self.pool.get().await.unwrap()
    }
}

impl Drop for TestDatabase {
    /// Runs on its own thread, because a drop cannot wait for the test's runtime.
    fn drop(&mut self) {
        let server = self.server.maintenance.clone();
        let statement = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(on_server(&server, statement));
        });
        assert!(
            dropping.join().is_ok() || std::thread::panicking(),
            "the test database was not dropped"
        );
    }
}

/// A database with the current schema, of which others are copies. It stays until another process replaces it.
const TEMPLATE: &str = "gaveurs_test_template";
/// Whether it was made, on each kind of server.
static TEMPLATES: [OnceCell<()>; 2] = [const { OnceCell::const_new() }; 2];

async fn make_template(server: &Server) {
    let pool = make_database(server, TEMPLATE, "").await;
    migrate(&pool).await.unwrap();
    // It is copied only while nobody is connected to it.
    pool.close();
}

async fn make_database(server: &Server, name: &str, options: &str) -> Pool {
    let drop = format!("DROP DATABASE IF EXISTS {name}");
    on_server(&server.maintenance, drop).await;
    let create = format!("CREATE DATABASE {name} {} {options}", server.owner);
    on_server(&server.maintenance, create).await;
    let mut settings = PoolSettings::new(url_of(&server.url, name));
    // A test may hold a lock for long.
    settings.statement_timeout = Duration::from_secs(120);
    pool::build(&settings).unwrap()
}

async fn turn_at(kind: Kind) -> Option<Turn> {
    match kind {
        Kind::TimescaleDb => Some(Turn::take().await),
        Kind::PostgreSql => None,
    }
}

/// A server on which databases can be created.
struct Server {
    /// Nobody else uses it.
    is_private: bool,
    /// The address of one of its databases, for whoever creates and drops others.
    maintenance: String,
    /// The same for their users.
    url: String,
    /// The clause that says who owns a new database.
    owner: String,
}

/// The server of `GAVEURS_TEST_DATABASE_URL` or `TIMESCALE_URL`, otherwise a private one shared by all tests of this process.
async fn server_of(kind: Kind) -> Server {
    let variable = match kind {
        Kind::PostgreSql => "GAVEURS_TEST_DATABASE_URL",
        Kind::TimescaleDb => "TIMESCALE_URL",
    };
    let given = std::env::var(variable).ok();
    let is_private = given.is_none();
    let url = match (given, kind) {
        (Some(url), _) => url,
        (None, Kind::TimescaleDb) => super::timescale::front_url().await,
        (None, Kind::PostgreSql) => {
            let cluster = CLUSTER.get_or_init(private_cluster).await;
            return Server {
                is_private,
                maintenance: cluster.superuser_url("postgres"),
                url: cluster.url("postgres"),
                owner: format!("OWNER {ROLE}"),
            };
        }
    };
    Server {
        is_private,
        maintenance: url.clone(),
        url,
        owner: String::new(),
    }
}

/// The kernel stops it when this process ends.
static CLUSTER: OnceCell<Cluster> = OnceCell::const_new();

/// Uses a directory that is kept between runs, or the next one while another test process uses it.
async fn private_cluster() -> Cluster {
    for number in 0..16 {
        let data_dir = std::env::temp_dir().join(format!("gaveurs-tests-{number}"));
        // What is lost when the machine stops is of no use then.
        let extra_settings = [("max_connections", "300"), ("fsync", "off")];
        let extra_settings =
            extra_settings.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let settings = ClusterSettings {
            data_dir,
            binaries: None,
            extra_settings: extra_settings.into(),
        };
        match Cluster::start(&settings).await {
            Ok(cluster) => return cluster,
            Err(ClusterError::InUse { .. }) => {}
            Err(error) => panic!("{error}"),
        }
    }
    panic!("16 test processes have a private cluster each");
}

/// `server` with another database name in its path.
fn url_of(server: &str, name: &str) -> String {
    let (address, query) = server.split_once('?').unwrap_or((server, ""));
    let authority_at = address.find("://").map_or(0, |at| at + 3);
    let authority_end = address[authority_at..]
        .find('/')
        .map_or(address.len(), |at| authority_at + at);
    format!("{}/{name}?{query}", &address[..authority_end])
}

async fn on_server(server: &str, statement: String) {
    let (client, connection) = connect(server).await;
    client.batch_execute(&statement).await.unwrap();
    drop(client);
    connection.await.unwrap().unwrap();
}

async fn connect(url: &str) -> (Client, JoinHandle<Result<(), tokio_postgres::Error>>) {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    (client, tokio::spawn(connection))
}
