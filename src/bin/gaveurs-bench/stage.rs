//! Sessions and supervisor as in the server, without a database.

use actix::{Actor, Addr, Arbiter, Context, Handler};
use actix_web::{App, web};
use gaveurs::{
    actors::{
        deathwatch::Deathwatch,
        session::{Ingest, IngestQuota, SampleIngest, SessionLinks, SessionSettings},
        supervisor::{Supervisor, SupervisorLinks, SupervisorSettings},
    },
    domain::{
        connection_limits::ConnectionLimits,
        proxies::Proxies,
        stream::{Epoch, RingBounds},
    },
    http::{
        caller::{Authentication, Caller},
        connection_limiter::ConnectionLimiter,
        connections::HttpConnections,
        serving,
        sockets::{self, SocketState},
    },
    messages::{
        session_to_matrix_writer::{DeviceReported, StoreSample},
        session_to_writer::StoreReadings,
        supervisor_to_registrar::{ClearUser, RegisterUser},
    },
    protocol::input::InputRules,
    telemetry::{health::Health, metrics::Metrics, zones::ZoneWatch},
    websocket::{Budget, Capacity, Limits, SocketOptions},
};
use jiff::tz::TimeZone;
use std::{
    net::{SocketAddr, TcpListener},
    sync::{Arc, atomic::AtomicU64},
    time::Duration,
};
use tokio::sync::{Semaphore, mpsc::unbounded_channel};

/// Stands in for the writers and the registrar; ignores every message.
struct Nobody;

impl Actor for Nobody {
    type Context = Context<Self>;
}

impl Handler<StoreReadings> for Nobody {
    type Result = ();
    fn handle(&mut self, _: StoreReadings, _: &mut Self::Context) {}
}

impl Handler<StoreSample> for Nobody {
    type Result = ();
    fn handle(&mut self, _: StoreSample, _: &mut Self::Context) {}
}

impl Handler<DeviceReported> for Nobody {
    type Result = ();
    fn handle(&mut self, _: DeviceReported, _: &mut Self::Context) {}
}

impl Handler<RegisterUser> for Nobody {
    type Result = ();
    fn handle(&mut self, _: RegisterUser, _: &mut Self::Context) {}
}

impl Handler<ClearUser> for Nobody {
    type Result = ();
    fn handle(&mut self, _: ClearUser, _: &mut Self::Context) {}
}

/// A server for a number of subscribers.
pub struct Stage {
    pub address: SocketAddr,
    pub supervisor: Addr<Supervisor>,
}

impl Stage {
    pub fn start(subscribers: usize) -> anyhow::Result<Self> {
        let health = Health::default();
        let metrics = Metrics::new();
        let (deaths, _) = unbounded_channel();
        let watch = Deathwatch::new("supervisor", health.clone(), deaths);
        let nobody = Nobody.start();
        let links = SupervisorLinks {
            register: nobody.clone().recipient(),
            clear: nobody.clone().recipient(),
            metrics: metrics.clone(),
        };
        let settings = SupervisorSettings {
            grace: Duration::from_secs(5),
            ring: RingBounds {
                frames: 16_384,
                bytes: 16 << 20,
                total_bytes: 64 << 20,
                age: Duration::from_secs(600),
            },
            zone: TimeZone::UTC,
            scopes: Vec::new(),
        };
        let supervisor = Supervisor::start_in_arbiter(&Arbiter::new().handle(), move |_| {
            Supervisor::new(Epoch::new("1"), settings, links, watch)
        });
        let state = socket_state(&supervisor, nobody, health, metrics, subscribers);
        let options = SocketOptions {
            user_timeout: None,
            send_buffer: Some(32 * 1024),
            nodelay: true,
        };
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let server = serving::serve(
            listener,
            1,
            options,
            HttpConnections::default(),
            move || {
                App::new()
                    .app_data(web::Data::new(Authentication::Off(Caller::anyone())))
                    .app_data(web::Data::new(state.clone()))
                    .configure(sockets::configure)
            },
        );
        actix::spawn(server?);
        Ok(Stage {
            address,
            supervisor,
        })
    }
}

fn socket_state(
    supervisor: &Addr<Supervisor>,
    nobody: Addr<Nobody>,
    health: Health,
    metrics: Metrics,
    subscribers: usize,
) -> SocketState {
    let limits = Limits {
        max_frame: 16 * 1024,
        max_message: 16 * 1024,
    };
    let quota = IngestQuota {
        bytes: Arc::new(Semaphore::new(1)),
        patience: Duration::ZERO,
    };
    SocketState {
        links: SessionLinks {
            opened: supervisor.clone().recipient(),
            closed: supervisor.clone().recipient(),
            set_filter: supervisor.clone().recipient(),
            set_grant: supervisor.clone().recipient(),
            identify: None,
            settings: SessionSettings {
                heartbeat_interval: Duration::from_secs(20),
                heartbeat_timeout: Duration::from_secs(600),
                screen_ping_after: Duration::from_secs(600),
                screen_beat: Duration::from_secs(600),
                outbox: Capacity {
                    frames: 16 * 1024,
                    bytes: 16 << 20,
                },
                stall_timeout: Duration::from_secs(5),
                max_bad_messages: 1_000,
            },
            unfinished: Budget::new(16 << 20),
            metrics,
        },
        ingest: Ingest {
            store: nobody.clone().recipient(),
            quota: quota.clone(),
            rules: InputRules::usual(TimeZone::UTC),
            zones: ZoneWatch::default(),
        },
        sample_ingest: SampleIngest {
            store: nobody.clone().recipient(),
            reported: nobody.recipient(),
            quota,
            rules: InputRules::usual(TimeZone::UTC),
            zones: ZoneWatch::default(),
        },
        sensor_limits: limits,
        gavage_limits: limits,
        screen_limits: limits,
        health,
        is_one_of_several: false,
        next_cid: Arc::new(AtomicU64::new(1)),
        limiter: ConnectionLimiter::new(ConnectionLimits {
            in_all: subscribers,
            per_address: subscribers,
            per_user: subscribers,
            per_person: subscribers,
            handshakes: None,
        }),
        screen_rate: None,
        proxies: Proxies::default(),
    }
}
