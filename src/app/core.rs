//! Starts the core actors and connects them. Each has its own thread, so that the work of HTTP workers does not delay it.

use super::{
    database::Pools,
    journal::{self, Followed},
    remembered,
};
use crate::{
    actors::{
        advisor::Advisor,
        deathwatch::Deathwatch,
        matrix_writer::{self, MatrixWriter},
        registrar::Registrar,
        session::{Identify, Ingest, IngestQuota, SampleIngest, SessionLinks},
        supervisor::{Supervisor, SupervisorLinks},
        writer::{self, JournalLinks, Writer},
    },
    domain::{presence::ProcessKey, rate::Rate, stream::Epoch},
    http::{connection_limiter::ConnectionLimiter, sockets::SocketState, state::Commands},
    messages::{
        app_to_advisor::BeginAdvising,
        app_to_supervisor::{BeginJournal, JoinCluster},
    },
    oidc::Issuer,
    settings::ServerArgs,
    store::{
        self,
        matrices::MatrixStore,
        moment::Moment,
        registry::{Process, RegistryStore},
        view::Reader,
        writer::WriterStore,
    },
    telemetry::{health::Health, metrics::Metrics, zones::ZoneWatch},
    websocket::Budget,
};
use actix::{Actor, Addr, Arbiter, ArbiterHandle};
use futures_util::future::AbortHandle;
use std::{
    net::SocketAddr,
    sync::{Arc, atomic::AtomicU64},
};
use tokio::sync::{
    Notify, Semaphore,
    mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
};

/// What every core actor receives.
pub(super) struct Services {
    pub(super) pools: Pools,
    pub(super) health: Health,
    pub(super) metrics: Metrics,
    deaths: UnboundedSender<&'static str>,
    /// Told when this process cannot go on with its streams.
    pub(super) lost: Arc<Notify>,
}

impl Services {
    /// Also returns the receiver for the names of actors that die.
    pub(super) fn new(pools: Pools, health: Health) -> (Self, UnboundedReceiver<&'static str>) {
        let (deaths, received) = unbounded_channel();
        let services = Services {
            pools,
            health,
            metrics: Metrics::new(),
            deaths,
            lost: Arc::default(),
        };
        (services, received)
    }

    pub(super) fn watch(&self, name: &'static str) -> Deathwatch {
        Deathwatch::new(name, self.health.clone(), self.deaths.clone())
    }
}

pub(super) struct Core {
    pub(super) supervisor: Addr<Supervisor>,
    pub(super) registrar: Addr<Registrar>,
    pub(super) writer: Addr<Writer>,
    pub(super) matrix_writer: Addr<MatrixWriter>,
    /// End the follower of the journal, and the transport of its news, if there are any.
    following: Vec<AbortHandle>,
    lost: Arc<Notify>,
}

impl Core {
    /// # Errors
    /// The lots and alerts stored before cannot be read.
    pub(super) async fn start(
        services: &Services,
        address: SocketAddr,
        settings: &ServerArgs,
    ) -> anyhow::Result<Core> {
        let identity: u64 = rand::random();
        let registrar = start_registrar(services, identity, address, settings);
        let supervisor = start_supervisor(services, identity, &registrar, settings);
        let keeps_journal = settings.sessions.keeps_journal();
        if keeps_journal {
            store::journal::begin_epoch(&services.pools.shared, &epoch(identity)).await?;
        } else {
            store::journal::close(&services.pools.shared).await?;
        }
        // The wall is that of the last entry of the journal: nothing falls between.
        let moment = Moment::begin(services.pools.probe.clone()).await?;
        let journal = if keeps_journal {
            let cluster = settings.sessions.cluster.then(|| JoinCluster {
                process: ProcessKey(identity.cast_signed()),
                place: registrar.clone().recipient(),
            });
            let streams = journal::continue_streams(&moment, &supervisor, cluster).await?;
            Some(Followed::new(identity, streams, &settings.sessions)?)
        } else {
            None
        };
        let advisor = start_advisor(services, settings);
        let writer = start_writer(services, &supervisor, &advisor, journal.as_ref(), settings);
        advisor.do_send(BeginAdvising {
            raise: writer.clone().recipient(),
            expire: writer.clone().recipient(),
        });
        if journal.is_some() {
            let keep = writer.clone().recipient();
            supervisor.send(BeginJournal { keep }).await?;
        }
        let raise = writer.clone().recipient();
        remembered::tell(&moment, &supervisor, raise).await?;
        moment.end().await?;
        let following = journal.map(|journal| journal.follow(services, &writer, &supervisor));
        Ok(Core {
            matrix_writer: start_matrix_writer(services, &writer, settings),
            writer,
            supervisor,
            registrar,
            following: following.unwrap_or_default(),
            lost: services.lost.clone(),
        })
    }

    /// Until this process cannot go on with its streams; never without a journal.
    pub(super) async fn streams_lost(&self) {
        self.lost.notified().await;
    }

    /// Reads no more of the journal: call when everything is written.
    pub(super) fn end_following(&self) {
        self.following.iter().for_each(AbortHandle::abort);
    }

    /// The interface through which requests change lots and alerts.
    pub(super) fn commands(&self, ingest: Arc<Semaphore>) -> Commands {
        Commands::new(&self.writer, ingest)
    }

    /// What a new session receives.
    pub(super) fn sockets(
        &self,
        services: &Services,
        limiter: ConnectionLimiter,
        issuer: Option<&Issuer>,
        settings: &ServerArgs,
        ingest: IngestQuota,
    ) -> SocketState {
        let limits = &settings.limits;
        let zones = ZoneWatch::default();
        SocketState {
            links: SessionLinks {
                opened: self.supervisor.clone().recipient(),
                closed: self.supervisor.clone().recipient(),
                set_filter: self.supervisor.clone().recipient(),
                set_grant: self.supervisor.clone().recipient(),
                identify: issuer.cloned().map(identify),
                settings: settings.session(),
                unfinished: Budget::new(limits.unfinished_messages),
                metrics: services.metrics.clone(),
            },
            ingest: Ingest {
                store: self.writer.clone().recipient(),
                quota: ingest,
                rules: settings.input_rules(),
                zones: zones.clone(),
            },
            sample_ingest: SampleIngest {
                store: self.matrix_writer.clone().recipient(),
                reported: self.matrix_writer.clone().recipient(),
                quota: quota(limits.sensor_queue, settings),
                rules: settings.input_rules(),
                zones,
            },
            gavage_limits: limits.gavage(),
            sensor_limits: limits.sensor(),
            screen_limits: limits.screen(),
            health: services.health.clone(),
            is_one_of_several: settings.sessions.cluster,
            next_cid: Arc::new(AtomicU64::new(1)),
            limiter,
            screen_rate: Rate::per_second(limits.screen_rate),
            proxies: limits.proxies(),
        }
    }
}

/// Of the meals of streams and of people together.
pub(super) fn ingest_quota(settings: &ServerArgs) -> IngestQuota {
    quota(settings.limits.ingest_queue, settings)
}

fn quota(bytes: usize, settings: &ServerArgs) -> IngestQuota {
    IngestQuota {
        bytes: Arc::new(Semaphore::new(bytes)),
        patience: settings.limits.ingest_patience,
    }
}

/// As a session asks who bears a token.
fn identify(issuer: Issuer) -> Identify {
    Arc::new(move |token| {
        let issuer = issuer.clone();
        Box::pin(async move {
            let bearer = issuer.identify(&token).await;
            bearer.map_err(|unidentified| format!("token: {unidentified}"))
        })
    })
}

fn thread() -> ArbiterHandle {
    Arbiter::new().handle()
}

fn start_registrar(
    services: &Services,
    identity: u64,
    address: SocketAddr,
    settings: &ServerArgs,
) -> Addr<Registrar> {
    let process = Process {
        key: identity.cast_signed(),
        pid: std::process::id().cast_signed(),
        address: address.to_string(),
    };
    let patience = settings.database.statement_timeout;
    let mut registry = RegistryStore::new(services.pools.shared.clone(), process, patience);
    if settings.sessions.cluster {
        registry = registry.shared();
    }
    let watch = services.watch("registrar");
    let metrics = services.metrics.clone();
    Registrar::start_in_arbiter(&thread(), |_| Registrar::new(registry, metrics, watch))
}

/// The text of the epoch that this process begins, unless it continues one.
fn epoch(identity: u64) -> String {
    format!("{identity:016x}")
}

fn start_supervisor(
    services: &Services,
    identity: u64,
    registrar: &Addr<Registrar>,
    settings: &ServerArgs,
) -> Addr<Supervisor> {
    let links = SupervisorLinks {
        register: registrar.clone().recipient(),
        clear: registrar.clone().recipient(),
        metrics: services.metrics.clone(),
    };
    let (settings, watch) = (settings.supervisor(), services.watch("supervisor"));
    Supervisor::start_in_arbiter(&thread(), move |_| {
        Supervisor::new(Epoch::new(epoch(identity)), settings, links, watch)
    })
}

fn start_advisor(services: &Services, settings: &ServerArgs) -> Addr<Advisor> {
    let reader = Reader::new(services.pools.shared.clone());
    let (zone, watch) = (settings.zone.clone(), services.watch("advisor"));
    Advisor::start_in_arbiter(&thread(), move |_| Advisor::new(reader, zone, watch))
}

fn start_writer(
    services: &Services,
    supervisor: &Addr<Supervisor>,
    advisor: &Addr<Advisor>,
    journal: Option<&Followed>,
    settings: &ServerArgs,
) -> Addr<Writer> {
    let patience = settings.database.statement_timeout;
    let pool = services.pools.writer.clone();
    let mut store = WriterStore::new(pool, settings.zone.clone(), patience);
    if let Some(journal) = journal {
        let position = *journal.published.borrow();
        let is_announced = journal.is_announced();
        store = store.with_journal(journal.process, position, journal.age, is_announced);
    }
    let links = writer::WriterLinks {
        committed: supervisor.clone().recipient(),
        moved: advisor.clone().recipient(),
        rated: advisor.clone().recipient(),
        journal: journal.map(|journal| JournalLinks {
            published: journal.published.clone(),
            missing: journal.wake.clone(),
            written: journal.written.clone(),
        }),
        health: services.health.clone(),
        metrics: services.metrics.clone(),
        deathwatch: services.watch("writer"),
    };
    Writer::start_in_arbiter(&thread(), move |_| Writer::new(store, patience, links))
}

fn start_matrix_writer(
    services: &Services,
    writer: &Addr<Writer>,
    settings: &ServerArgs,
) -> Addr<MatrixWriter> {
    let patience = settings.database.statement_timeout;
    let store = MatrixStore::new(services.pools.matrices.clone(), patience);
    let links = matrix_writer::MatrixWriterLinks {
        scores: writer.clone().recipient(),
        stations: writer.clone().recipient(),
        health: services.health.clone(),
        metrics: services.metrics.clone(),
        deathwatch: services.watch("matrix writer"),
    };
    MatrixWriter::start_in_arbiter(&thread(), move |_| {
        MatrixWriter::new(store, patience, links)
    })
}
