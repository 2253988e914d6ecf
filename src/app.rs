//! The composition root: only this folder knows every concrete actor.

mod access;
mod consumer_secrets;
mod core;
mod database;
mod file_limit;
mod follower;
mod journal;
mod keyring;
mod observer;
mod probe;
mod remembered;
mod renewal;
mod server;
mod staleness;
mod stopping;
#[cfg(feature = "nats")]
mod transport;

pub use database::{Database, join_database, open_database};
pub use file_limit::raise_file_limit;
pub use stopping::STOPS_WITHIN;

use crate::{
    domain::simulated_networks::SimulatedNetworks,
    http::{
        connection_limiter::ConnectionLimiter, consumer::limits::Consumers, panel::Panel,
        state::ApiState,
    },
    messages::app_to_supervisor::{Census, CountSessions},
    oidc,
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
use futures_util::{FutureExt as _, future::Fuse};
use server::{Shared, listen};
use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
};
use tokio::{
    sync::{mpsc::UnboundedReceiver, watch},
    task::{JoinError, JoinHandle},
};

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
        let listener = server::bind(settings.bind).with_context(|| {
            format!(
                "cannot listen on {} (choose another address with --bind)",
                settings.bind
            )
        })?;
        let address = listener.local_addr()?;
        let allowed = file_limit::make_room(Connections {
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
        let access = access::open(settings, &services, address, accepted.as_ref()).await?;
        let renewing = access.renewing(&services.metrics);
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
            authentication: access.authentication,
            simulated: SimulatedNetworks::new(settings.simulated_network.clone()),
            reader: Reader::new(services.pools.shared.clone()),
            api: ApiState {
                zone: settings.zone.clone(),
                input: settings.input_rules(),
                most_lots: settings.lots_per_gaveur,
                is_open: settings.auth == Auth::Open,
                has_provider: access.logins.is_some(),
                public_url: settings.oidc.public_url.clone(),
                consumers: Consumers::new(settings.limits.proxies(), secrets),
            },
            logins: access.logins,
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
        if let Some(keyring) = access.keyring {
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
