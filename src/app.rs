//! The composition root: only this folder knows every concrete actor.

mod consumer_secrets;
mod core;
mod database;
mod file_limit;
mod follower;
mod journal;
mod keyring;
mod observer;
mod probe;
mod renewal;
mod server;
mod staleness;

pub use database::{Database, join_database, open_database};

use crate::{
    domain::{
        oidc::sealed::Seal, simulated_networks::SimulatedNetworks,
        trusted_networks::TrustedNetworks, unwritten::Unwritten,
    },
    http::{
        caller::{Authentication, Caller},
        caller_limits::CallerLimits,
        connection_limiter::ConnectionLimiter,
        consumer::limits::Consumers,
        login::Logins,
        panel::Panel,
        state::ApiState,
    },
    messages::{
        app_to_registrar::ClearRegistry,
        app_to_simulators::EndSimulators,
        app_to_supervisor::{Census, CloseAllSessions, CountSessions},
        app_to_writers::DrainQueue,
    },
    oidc::{self, Provider},
    panel::{Simulators, Surroundings},
    settings::{Auth, ServerArgs},
    store::{Pool, view::Reader},
    telemetry::{
        health::{Health, HealthSource},
        metrics::Metrics,
        status::Status,
    },
};
use actix::{Actor as _, Addr};
use actix_web::dev::ServerHandle;
use anyhow::{Context as _, anyhow};
use core::{Core, Services};
use file_limit::Connections;
use futures_util::{
    FutureExt as _,
    future::{Fuse, FusedFuture as _},
};
use renewal::Renewing;
use server::{Shared, listen};
use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener},
    sync::Arc,
    time::Duration,
};
use tokio::{
    sync::{mpsc::UnboundedReceiver, watch},
    task::{JoinError, JoinHandle},
    time::{Instant, sleep, timeout},
};

/// How long a clean shutdown may take. What the steps below leave of it is for the private database.
pub const STOPS_WITHIN: Duration = Duration::from_secs(14);
/// How long sessions may take to close; producers' sessions first wait for the answers to what they have submitted.
const FAREWELL: Duration = Duration::from_secs(4);
/// How long simulators may take to get the answers to what they have sent.
const SIMULATORS: Duration = Duration::from_secs(2);
/// Time limit for deleting this process's rows of the registry.
const CLEARING: Duration = Duration::from_secs(2);
/// Time limit for the writers to empty their queues.
const DRAIN: Duration = Duration::from_secs(5);

/// A running server.
pub struct Application {
    address: SocketAddr,
    health: Health,
    metrics: Metrics,
    database: Database,
    core: Core,
    simulators: Addr<Simulators>,
    limiter: ConnectionLimiter,
    server: ServerHandle,
    serving: Fuse<JoinHandle<std::io::Result<()>>>,
    /// The tasks that watch the database; aborted when the server stops.
    watches: Vec<JoinHandle<()>>,
    deaths: UnboundedReceiver<&'static str>,
}

/// Why a server has ended in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    Stopped,
    /// The journal that its streams belong to is over: it must be started again.
    StreamsLost,
}

impl Application {
    /// Opens the database, migrates it to this build's schema, starts the actors and listens.
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
        let allowed = file_limit::raise_file_limit(Connections {
            websockets: settings.limits.max_connections,
            http: settings.limits.max_http_connections,
        });
        let database = open_database(&settings.database).await?;
        let health = Health::default();
        health.database_answered(HealthSource::Probe);
        let (services, deaths) = Services::new(database.pools.clone(), health.clone());
        let core = Core::start(&services, address, settings).await?;
        let issuer = settings.oidc.terms().map(oidc::begin).transpose()?;
        let accepted = issuer.as_ref().map(|(issuer, _)| issuer.clone());
        let mut logins = None;
        let (authentication, keyring) = match settings.auth {
            Auth::Off | Auth::Open => (Authentication::Off(Caller::anyone()), None),
            Auth::On => {
                let keys = keyring::read_or_begin(&services.pools.shared).await?;
                let (keyring, keys) = watch::channel(Arc::new(keys));
                let issuer = accepted.clone();
                if let Some((issuer, client)) = issuer.clone().zip(settings.oidc.client(address)) {
                    let secret = client.secret.as_deref();
                    logins = Some(Logins {
                        seal: secret.and_then(Seal::of_secret).map(Arc::new),
                        provider: Provider::new(issuer, client),
                        relays_passwords: settings.oidc.auth_legacy_login,
                        lifetime: settings.oidc.login_lifetime,
                        keys: keys.clone(),
                        pool: services.pools.shared.clone(),
                        proxies: settings.limits.proxies(),
                    });
                }
                let networks = settings.trust_network.clone();
                let authentication = Authentication::On {
                    keys,
                    issuer,
                    networks: Arc::new(TrustedNetworks::new(networks)),
                    proxies: settings.limits.proxies(),
                    limits: CallerLimits::new(
                        settings.limits.callers(),
                        settings.limits.proxies(),
                        services.metrics.clone(),
                    ),
                };
                (authentication, Some(keyring))
            }
        };
        let renewing = logins
            .as_ref()
            .and_then(|logins| renewing(logins, &services.metrics));
        let status = Status::new(health.clone(), services.metrics.clone());
        let limiter = ConnectionLimiter::new(settings.limits.connections(allowed.websockets));
        let simulators = Simulators::new(Surroundings {
            server: reachable(address),
            pool: services.pools.shared.clone(),
            beside_real_data: settings.control_beside_real_data,
            asks_for_keys: settings.auth == Auth::On,
            zone: settings.zone.clone(),
            pause: settings
                .database
                .may_be_paused
                .then(|| database.pause())
                .flatten(),
        });
        let report = simulators.report();
        let simulators = simulators.start();
        let panel = settings.control.then(|| Panel::new(&simulators, report));
        let supervisor = &core.supervisor;
        let ingest = core::ingest_quota(settings);
        let commands = core.commands(ingest.bytes.clone());
        let secrets_in = settings.database.own_directory();
        let secrets = consumer_secrets::open(secrets_in.as_deref())
            .context("the secrets for consumers' addresses cannot be kept in the data directory")?;
        let (renewed, secrets) = watch::channel(Arc::new(secrets));
        let shared = Shared {
            sockets: core.sockets(
                &services,
                limiter.clone(),
                accepted.as_ref(),
                settings,
                ingest,
            ),
            authentication,
            simulated: SimulatedNetworks::new(settings.simulated_network.clone()),
            reader: Reader::new(services.pools.shared.clone()),
            api: ApiState {
                zone: settings.zone.clone(),
                input: settings.input_rules(),
                most_lots: settings.lots_per_gaveur,
                is_open: settings.auth == Auth::Open,
                has_provider: logins.is_some(),
                public_url: settings.oidc.public_url.clone(),
                consumers: Consumers::new(settings.limits.proxies(), secrets),
            },
            logins,
            commands,
            panel,
            wall: supervisor.clone().recipient(),
            metrics: services.metrics.clone(),
            status: status.clone(),
        };
        let server = listen(
            listener,
            settings,
            settings.limits.http(allowed.http),
            shared,
        )?;
        let handle = server.handle();
        let serving = actix::spawn(server).fuse();
        let mut watches = vec![
            actix::spawn(probe::probe(services.pools.probe.clone(), health.clone())),
            actix::spawn(staleness::tell(
                health.clone(),
                supervisor.clone().recipient(),
            )),
            actix::spawn(observer::observe(status.clone())),
            actix::spawn(observer::describe(services.pools.shared.clone(), status)),
            actix::spawn(consumer_secrets::renew(renewed, secrets_in)),
        ];
        if let Some(keyring) = keyring {
            let supervisor = supervisor.clone().recipient();
            let watch = keyring::watch_keys(services.pools.probe, keyring, supervisor);
            watches.push(actix::spawn(watch));
        }
        if let Some(renewing) = renewing {
            watches.push(actix::spawn(renewing.run()));
        }
        if let Some((_, reading)) = issuer {
            watches.push(actix::spawn(reading.run()));
        }
        health.set_started();
        log::info!("listening on http://{address}");
        if settings.auth == Auth::Open {
            log::warn!("--auth open: everybody who reaches {address} can read and write");
        }
        Ok(Application {
            address,
            health,
            metrics: services.metrics,
            database,
            core,
            simulators,
            limiter,
            server: handle,
            serving,
            watches,
            deaths,
        })
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its address for a client on this machine.
    pub fn reached_at(&self) -> SocketAddr {
        reachable(self.address)
    }

    /// The simulators inside this server.
    pub fn simulators(&self) -> &Addr<Simulators> {
        &self.simulators
    }

    pub fn pool(&self) -> &Pool {
        &self.database.pools.shared
    }

    pub fn health(&self) -> &Health {
        &self.health
    }

    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// Current counts of the supervisor.
    ///
    /// # Errors
    /// The supervisor is dead.
    pub async fn census(&self) -> anyhow::Result<Census> {
        Ok(self.core.supervisor.send(CountSessions).await?)
    }

    /// The HTTP server alone.
    pub fn http(&self) -> &ServerHandle {
        &self.server
    }

    /// Runs until `stop` resolves, or until its streams have to begin anew, then shuts down cleanly. Shuts down with an error if an essential part
    /// ends before.
    ///
    /// # Errors
    /// A core actor died, the HTTP server or the private database ended, or the clean shutdown failed.
    pub async fn run(mut self, stop: impl Future<Output = ()>) -> anyhow::Result<Ended> {
        let reason = tokio::select! {
            () = stop => {
                self.stop().await?;
                return Ok(Ended::Stopped);
            }
            () = self.core.streams_lost() => {
                // What is not written was not acked, and its producers send it again.
                if let Err(error) = self.stop().await {
                    log::error!("{error:#}");
                }
                return Ok(Ended::StreamsLost);
            }
            Some(name) = self.deaths.recv() => {
                anyhow!("the {name} actor died: the server cannot go on")
            }
            end = &mut self.serving => {
                self.health.set_broken();
                end_of_http(end)
            }
            error = self.database.lost() => anyhow!(error),
        };
        // The error that ended the server is more important than one of the shutdown.
        if let Err(error) = self.stop().await {
            log::error!("{error:#}");
        }
        Err(reason)
    }

    /// Shuts down within [`STOPS_WITHIN`], also if the database does not answer: accepts no new sockets, sends Close on every open one,
    /// writes what is queued, closes the pools, stops the private database.
    ///
    /// # Errors
    /// Readings or samples could not be written in time (they were never acked), or the private database did not stop.
    pub async fn stop(self) -> anyhow::Result<()> {
        let begun = Instant::now();
        self.health.set_stopping();
        log::info!("stopping");
        // Before the server, so that what they sent is acked.
        let _ = timeout(SIMULATORS, self.simulators.send(EndSimulators)).await;
        let open = self
            .core
            .supervisor
            .send(CloseAllSessions)
            .await
            .unwrap_or(0);
        self.await_farewells().await;
        // Rows that stay in the registry are deleted by the next process.
        let clear = ClearRegistry { within: CLEARING };
        let (unwritten, _) = tokio::join!(self.drain(), self.core.registrar.send(clear));
        self.server.stop(true).await;
        if !self.serving.is_terminated() {
            let _ = self.serving.await;
        }
        self.core.end_following();
        self.watches.iter().for_each(JoinHandle::abort);
        let left = STOPS_WITHIN.saturating_sub(begun.elapsed());
        let closed = self.database.close(left).await;
        log::info!("stopped: {open} sessions closed");
        if unwritten.is_empty() {
            return closed;
        }
        if let Err(error) = closed {
            log::warn!("{error:#}");
        }
        Err(anyhow!(
            "{unwritten} could not be written before the end; none of them was acked"
        ))
    }

    /// Lets the writers write what is queued. The matrix writer comes first: it sends scores to the other writer.
    async fn drain(&self) -> Unwritten {
        let until = Instant::now() + DRAIN;
        let samples = self.core.matrix_writer.send(DrainQueue { until }).await;
        let others = self.core.writer.send(DrainQueue { until }).await;
        // A dead writer has no answer.
        [samples, others].into_iter().flatten().sum()
    }

    /// Counts sockets as well as sessions: a Close frame may still be unsent on a socket whose session has ended.
    async fn is_occupied(&self) -> bool {
        let census = self.core.supervisor.send(CountSessions).await;
        census.is_ok_and(|census| census.sessions + census.cleaning + self.limiter.taken() > 0)
    }

    async fn await_farewells(&self) {
        let gone = async {
            while self.is_occupied().await {
                sleep(Duration::from_millis(20)).await;
            }
        };
        // Connections that are still open then are cut when the server stops.
        let _ = timeout(FAREWELL, gone).await;
    }
}

/// An address of this machine for a server that may listen on all addresses.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    address
}

/// `None` if logins are not renewed.
fn renewing(logins: &Logins, metrics: &Metrics) -> Option<Renewing> {
    Some(Renewing {
        provider: logins.provider.clone(),
        seal: logins.seal.clone()?,
        lifetime: logins.lifetime,
        pool: logins.pool.clone(),
        metrics: metrics.clone(),
    })
}

fn end_of_http(end: Result<std::io::Result<()>, JoinError>) -> anyhow::Error {
    let sentence = "the HTTP server ended: the server cannot go on";
    match end {
        Ok(Ok(())) => anyhow!(sentence),
        Ok(Err(error)) => anyhow!(error).context(sentence),
        Err(error) => anyhow!(error).context(sentence),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_on_all_addresses_is_reached_on_this_machines_own() {
        for (listens, reached) in [
            ("0.0.0.0:80", "127.0.0.1:80"),
            ("[::]:80", "[::1]:80"),
            ("192.0.2.7:80", "192.0.2.7:80"),
        ] {
            let address = reachable(listens.parse().unwrap());
            assert_eq!(address.to_string(), reached);
        }
    }
}
