//! The composition root: the only file that knows every concrete actor.

mod probe;

use crate::{
    actors::{
        deathwatch::Deathwatch,
        registrar::Registrar,
        session::{Entrance, Ingest, Peers},
        supervisor::{Neighbours, Supervisor, SupervisorSettings},
        writer::Writer,
    },
    domain::{stream::Epoch, wall::WallLot},
    embedded::Cluster,
    http::{self, sockets::SocketState, state::ApiState},
    messages::{
        app_to_registrar::ClearRegistry,
        app_to_supervisor::{Census, CloseAllSessions, CountSessions, RememberLots},
        app_to_writer::DrainQueue,
    },
    protocol::frames,
    settings::{DatabaseArgs, ServerArgs},
    store::{
        self, Pool,
        migrate::MigrationReport,
        readings::ReadingStore,
        registry::{Process, RegistryStore},
    },
    telemetry::{health::Health, metrics::Metrics, sessions::SessionBooks},
    websocket::PeerSocket,
};
use actix::{Actor, Addr, Arbiter};
use actix_web::{App, HttpServer, dev::ServerHandle, web};
use anyhow::{Context as _, anyhow};
use std::{
    net::{SocketAddr, TcpListener},
    sync::{Arc, atomic::AtomicU64},
    time::Duration,
};
use tokio::{
    sync::{
        Semaphore,
        mpsc::{UnboundedReceiver, unbounded_channel},
    },
    task::JoinHandle,
    time::{sleep, timeout},
};

/// Lots that a starting server puts on its wall.
const REMEMBERED_LOTS: i64 = 2_000;
/// How long sessions may take to say goodbye.
const FAREWELL: Duration = Duration::from_secs(2);
/// How long the writer may take to empty its queue.
const DRAIN: Duration = Duration::from_secs(5);

/// A running server.
pub struct Application {
    address: SocketAddr,
    health: Health,
    metrics: Metrics,
    database: Database,
    supervisor: Addr<Supervisor>,
    registrar: Addr<Registrar>,
    writer: Addr<Writer>,
    server: ServerHandle,
    serving: JoinHandle<std::io::Result<()>>,
    probing: JoinHandle<()>,
    deaths: UnboundedReceiver<&'static str>,
}

impl Application {
    /// Opens the database, brings it to the schema of this build, starts the actors and listens.
    ///
    /// # Errors
    /// A sentence that says what is missing and what to do.
    pub async fn build(settings: &ServerArgs) -> anyhow::Result<Application> {
        settings.check().map_err(|sentence| anyhow!(sentence))?;
        let listener = TcpListener::bind(settings.bind)
            .with_context(|| format!("cannot listen on {}", settings.bind))?;
        let address = listener.local_addr()?;
        let database = open_database(&settings.database).await?;
        let pool = database.pool.clone();
        let health = Health::default();
        health.set_database(true);
        let metrics = Metrics::new();
        let (death_notices, deaths) = unbounded_channel();
        let watch = |name| Deathwatch::new(name, health.clone(), death_notices.clone());

        let identity: u64 = rand::random();
        let process = Process {
            key: identity.cast_signed(),
            pid: std::process::id().cast_signed(),
            address: address.to_string(),
        };
        let patience = settings.database.statement_timeout;
        let registry = RegistryStore::new(pool.clone(), process, patience);
        let registrar = start_registrar(registry, watch("registrar"));
        let books = SessionBooks::default();
        let supervisor = start_supervisor(
            Epoch::new(identity),
            settings.sessions.supervisor(),
            Neighbours {
                register: registrar.clone().recipient(),
                clear: registrar.clone().recipient(),
                books: books.clone(),
                metrics: metrics.clone(),
            },
            watch("supervisor"),
        );
        remember_wall(&pool, &supervisor).await?;
        let readings = ReadingStore::new(
            pool.clone(),
            settings.zone.clone(),
            settings.database.statement_timeout,
        );
        let writer = start_writer(
            readings,
            &supervisor,
            health.clone(),
            metrics.clone(),
            watch("writer"),
        );

        let sockets = SocketState {
            peers: Peers {
                opened: supervisor.clone().recipient(),
                closed: supervisor.clone().recipient(),
                set_filter: supervisor.clone().recipient(),
                settings: settings.session(),
                metrics: metrics.clone(),
            },
            ingest: Ingest {
                store: writer.clone().recipient(),
                room: Arc::new(Semaphore::new(settings.limits.ingest_queue)),
                patience: settings.limits.ingest_patience,
                zone: settings.zone.clone(),
            },
            gavage_limits: settings.limits.gavage(),
            screen_limits: settings.limits.screen(),
            health: health.clone(),
            next_cid: Arc::new(AtomicU64::new(1)),
            entrance: Entrance::new(settings.limits.places()),
        };
        let api = ApiState {
            pool: pool.clone(),
            zone: settings.zone.clone(),
        };
        let server = listen(listener, settings, sockets, api, books, metrics.clone())?;
        let handle = server.handle();
        let serving = actix::spawn(server);
        let probing = actix::spawn(probe::probe(pool.clone(), health.clone()));
        health.set_started();
        log::info!("listening on http://{address}");
        Ok(Application {
            address,
            health,
            metrics,
            database,
            supervisor,
            registrar,
            writer,
            server: handle,
            serving,
            probing,
            deaths,
        })
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn pool(&self) -> &Pool {
        &self.database.pool
    }

    pub fn health(&self) -> &Health {
        &self.health
    }

    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// What the supervisor holds just now.
    ///
    /// # Errors
    /// The supervisor is dead.
    pub async fn census(&self) -> anyhow::Result<Census> {
        Ok(self.supervisor.send(CountSessions).await?)
    }

    /// Runs until `stop` resolves, then ends in order; ends with an error when a core actor dies.
    ///
    /// # Errors
    /// A core actor died, or something could not be ended in order.
    pub async fn run(mut self, stop: impl Future<Output = ()>) -> anyhow::Result<()> {
        tokio::select! {
            () = stop => self.stop().await,
            Some(name) = self.deaths.recv() => {
                let _ = self.stop().await;
                Err(anyhow!("the {name} actor died: the server cannot go on"))
            }
        }
    }

    /// No new sockets, a Close for every open one, what is queued written, the pool closed, the private database stopped.
    ///
    /// # Errors
    /// Readings that could not be written in time (they were never acked), or a private database that would not stop.
    pub async fn stop(self) -> anyhow::Result<()> {
        self.health.set_stopping();
        log::info!("stopping");
        let open = self.supervisor.send(CloseAllSessions).await.unwrap_or(0);
        self.await_farewells().await;
        // Whatever stays in the registry is swept by the next process.
        let _ = timeout(FAREWELL, self.registrar.send(ClearRegistry)).await;
        let unwritten = self
            .writer
            .send(DrainQueue { within: DRAIN })
            .await
            .unwrap_or(0);
        self.server.stop(true).await;
        let _ = self.serving.await;
        self.probing.abort();
        self.database.close().await?;
        log::info!("stopped: {open} sessions closed");
        match unwritten {
            0 => Ok(()),
            count => Err(anyhow!(
                "{count} readings could not be written before the end; none of them was acked"
            )),
        }
    }

    async fn await_farewells(&self) {
        let gone = async {
            while self
                .supervisor
                .send(CountSessions)
                .await
                .is_ok_and(|census| census.sessions + census.cleaning > 0)
            {
                sleep(Duration::from_millis(20)).await;
            }
        };
        // Whoever has not left by then is cut with the server.
        let _ = timeout(FAREWELL, gone).await;
    }
}

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

/// Core actors have a thread of their own: what the workers do does not delay them.
fn start_supervisor(
    epoch: Epoch,
    settings: SupervisorSettings,
    neighbours: Neighbours,
    watch: Deathwatch,
) -> Addr<Supervisor> {
    Supervisor::start_in_arbiter(&Arbiter::new().handle(), move |_| {
        Supervisor::new(epoch, settings, neighbours, watch)
    })
}

fn start_registrar(registry: RegistryStore, watch: Deathwatch) -> Addr<Registrar> {
    Registrar::start_in_arbiter(&Arbiter::new().handle(), |_| {
        Registrar::new(registry, watch)
    })
}

fn start_writer(
    readings: ReadingStore,
    supervisor: &Addr<Supervisor>,
    health: Health,
    metrics: Metrics,
    watch: Deathwatch,
) -> Addr<Writer> {
    let published = supervisor.clone().recipient();
    Writer::start_in_arbiter(&Arbiter::new().handle(), |_| {
        Writer::new(readings, published, health, metrics, watch)
    })
}

async fn remember_wall(pool: &Pool, supervisor: &Addr<Supervisor>) -> anyhow::Result<()> {
    let remembered = store::readings::remembered_wall(pool, REMEMBERED_LOTS).await?;
    let lots = remembered.iter().map(|known| {
        WallLot::new(
            &known.lot,
            frames::reading_data(&known.latest),
            known.recu_le,
        )
    });
    supervisor
        .send(RememberLots {
            lots: lots.collect(),
        })
        .await?;
    Ok(())
}

fn listen(
    listener: TcpListener,
    settings: &ServerArgs,
    sockets: SocketState,
    api: ApiState,
    books: SessionBooks,
    metrics: Metrics,
) -> anyhow::Result<actix_web::dev::Server> {
    let origins = settings.cors_origins.clone();
    let socket_options = settings.limits.socket();
    let server = HttpServer::new(move || {
        App::new()
            .app_data(web::Data::new(sockets.clone()))
            .app_data(web::Data::new(api.clone()))
            .app_data(web::Data::new(sockets.health.clone()))
            .app_data(web::Data::new(sockets.entrance.clone()))
            .app_data(web::Data::new(books.clone()))
            .app_data(web::Data::new(metrics.clone()))
            .wrap(http::cors(&origins))
            .configure(http::sockets::configure)
            .configure(http::configure)
    });
    Ok(server
        .workers(workers())
        // With any linger the TCP connection outlives our Close frame by that long, and a client that sends one message and
        // closes waits for its end.
        .client_disconnect_timeout(Duration::ZERO)
        .on_connect(PeerSocket::on_connect(socket_options))
        .disable_signals()
        .shutdown_timeout(1)
        .listen(listener)?
        .run())
}

fn workers() -> usize {
    std::thread::available_parallelism().map_or(2, std::num::NonZero::get)
}
