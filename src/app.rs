//! The composition root: the only file that knows every concrete actor.

mod database;
mod probe;
mod server;
mod staleness;

pub use database::{Database, open_database};

use crate::{
    actors::{
        deathwatch::Deathwatch,
        group_commit,
        registrar::Registrar,
        sample_writer::SampleWriter,
        sentinel::Sentinel,
        session::{Entrance, Ingest, Peers, Room, SampleIngest},
        supervisor::{Neighbours, Supervisor, SupervisorSettings},
        writer::Writer,
    },
    domain::{lot::Statut, stream::Epoch, wall::WallLot},
    http::{
        sockets::SocketState,
        state::{Announcer, ApiState},
    },
    messages::{
        announcer_to_supervisor::Announce,
        app_to_registrar::ClearRegistry,
        app_to_supervisor::{
            Census, CloseAllSessions, CountSessions, RememberLots, RememberedFeed, WatchFeeds,
        },
        app_to_writer::DrainQueue,
        supervisor_to_sentinel::LotsFellSilent,
        writer_to_supervisor::ReadingsStored,
    },
    protocol::frames,
    settings::ServerArgs,
    store::{
        self, Pool,
        readings::ReadingStore,
        registry::{Process, RegistryStore},
        samples::SampleStore,
    },
    telemetry::{
        health::{Health, Witness},
        metrics::Metrics,
        sessions::SessionBooks,
    },
};
use actix::{Actor, Addr, Arbiter, Recipient};
use actix_web::dev::ServerHandle;
use anyhow::{Context as _, anyhow};
use server::{Shared, listen};
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
    sample_writer: Addr<SampleWriter>,
    entrance: Entrance,
    server: ServerHandle,
    serving: JoinHandle<std::io::Result<()>>,
    /// Look after the database; end with the server.
    watches: [JoinHandle<()>; 2],
    deaths: UnboundedReceiver<&'static str>,
}

impl Application {
    /// Opens the database, brings it to the schema of this build, starts the actors and listens.
    ///
    /// # Errors
    /// A sentence that says what is missing and what to do.
    pub async fn build(settings: &ServerArgs) -> anyhow::Result<Application> {
        settings.check().map_err(|sentence| anyhow!(sentence))?;
        let listener = TcpListener::bind(settings.bind).with_context(|| {
            format!(
                "cannot listen on {} (choose another address with --bind)",
                settings.bind
            )
        })?;
        let address = listener.local_addr()?;
        let database = open_database(&settings.database).await?;
        let pool = database.pool.clone();
        let health = Health::default();
        health.database_answered(Witness::Probe);
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
        let sentinel = start_sentinel(&pool, &supervisor, watch("sentinel"));
        remember_lots(&pool, &supervisor, sentinel.recipient()).await?;
        let readings = ReadingStore::new(
            pool.clone(),
            settings.zone.clone(),
            settings.database.statement_timeout,
        );
        let writer = start_writer(
            readings,
            group_commit::Neighbours {
                news: supervisor.clone().recipient(),
                health: health.clone(),
                metrics: metrics.clone(),
                deathwatch: watch("writer"),
            },
        );
        let sample_writer = start_sample_writer(
            SampleStore::new(pool.clone(), settings.database.statement_timeout),
            group_commit::Neighbours {
                news: supervisor.clone().recipient(),
                health: health.clone(),
                metrics: metrics.clone(),
                deathwatch: watch("sample writer"),
            },
        );
        let room = |bytes| Room {
            bytes: Arc::new(Semaphore::new(bytes)),
            patience: settings.limits.ingest_patience,
        };

        let entrance = Entrance::new(settings.limits.places());
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
                room: room(settings.limits.ingest_queue),
                zone: settings.zone.clone(),
            },
            sample_ingest: SampleIngest {
                store: sample_writer.clone().recipient(),
                sighted: sample_writer.clone().recipient(),
                room: room(settings.limits.sensor_queue),
                zone: settings.zone.clone(),
            },
            gavage_limits: settings.limits.gavage(),
            sensor_limits: settings.limits.sensor(),
            screen_limits: settings.limits.screen(),
            health: health.clone(),
            next_cid: Arc::new(AtomicU64::new(1)),
            entrance: entrance.clone(),
        };
        let announcer = Announcer {
            announce: supervisor.clone().recipient(),
        };
        let api = ApiState {
            pool: pool.clone(),
            zone: settings.zone.clone(),
        };
        let shared = Shared {
            sockets,
            api,
            announcer,
            books,
            metrics: metrics.clone(),
        };
        let server = listen(listener, settings, shared)?;
        let handle = server.handle();
        let serving = actix::spawn(server);
        let watches = [
            actix::spawn(probe::probe(pool.clone(), health.clone())),
            actix::spawn(staleness::tell(
                health.clone(),
                supervisor.clone().recipient(),
            )),
        ];
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
            sample_writer,
            entrance,
            server: handle,
            serving,
            watches,
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
        let lost = self.sample_writer.send(DrainQueue { within: DRAIN });
        let unwritten_samples = lost.await.unwrap_or(0);
        self.server.stop(true).await;
        let _ = self.serving.await;
        self.watches.iter().for_each(JoinHandle::abort);
        self.database.close().await?;
        log::info!("stopped: {open} sessions closed");
        let lost = match (unwritten, unwritten_samples) {
            (0, 0) => return Ok(()),
            (readings, 0) => format!("{readings} readings"),
            (0, samples) => format!("{samples} samples"),
            (readings, samples) => format!("{readings} readings and {samples} samples"),
        };
        Err(anyhow!(
            "{lost} could not be written before the end; none of them was acked"
        ))
    }

    /// A Close frame may still be on its way to a socket whose session has ended.
    async fn is_occupied(&self) -> bool {
        let census = self.supervisor.send(CountSessions).await;
        census.is_ok_and(|census| census.sessions + census.cleaning + self.entrance.taken() > 0)
    }

    async fn await_farewells(&self) {
        let gone = async {
            while self.is_occupied().await {
                sleep(Duration::from_millis(20)).await;
            }
        };
        // Whoever has not left by then is cut with the server.
        let _ = timeout(FAREWELL, gone).await;
    }
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
    neighbours: group_commit::Neighbours<ReadingsStored>,
) -> Addr<Writer> {
    Writer::start_in_arbiter(&Arbiter::new().handle(), |_| {
        Writer::new(readings, neighbours)
    })
}

fn start_sample_writer(
    samples: SampleStore,
    neighbours: group_commit::Neighbours<Announce>,
) -> Addr<SampleWriter> {
    SampleWriter::start_in_arbiter(&Arbiter::new().handle(), |_| {
        SampleWriter::new(samples, neighbours)
    })
}

/// It waits for the database, which must not delay anybody.
fn start_sentinel(pool: &Pool, supervisor: &Addr<Supervisor>, watch: Deathwatch) -> Addr<Sentinel> {
    let (pool, announce) = (pool.clone(), supervisor.clone().recipient());
    Sentinel::start_in_arbiter(&Arbiter::new().handle(), |_| {
        Sentinel::new(pool, announce, watch)
    })
}

async fn remember_lots(
    pool: &Pool,
    supervisor: &Addr<Supervisor>,
    sentinel: Recipient<LotsFellSilent>,
) -> anyhow::Result<()> {
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
    let fed = remembered
        .into_iter()
        .filter(|known| known.lot.statut == Statut::EnGavage);
    let feeds = fed.map(|known| RememberedFeed {
        position: known.lot.position(),
        code_lot: known.lot.code_lot,
        arrivals: known.arrivals.into_iter().rev().collect(),
    });
    let feeds = feeds.collect();
    supervisor.send(WatchFeeds { feeds, sentinel }).await?;
    Ok(())
}
