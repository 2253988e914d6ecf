//! The system under load: our own server with a private database, or an existing server; with relays if faults are injected.

use super::{
    BenchSoak,
    faults::Faults,
    relay::{Line, Relay, Target},
    storage::Storage,
};
use crate::server::{Server, scratch};
use anyhow::Context as _;
use gaveurs::embedded::{Cluster, ClusterSettings, ROLE};
use std::{future::pending, net::SocketAddr, path::PathBuf, time::Duration};

/// Longest fault; longer ones would test the server's timeouts instead.
const LONGEST_FAULT: Duration = Duration::from_secs(10);
const DATABASE: &str = "gaveurs";

pub struct Surroundings {
    pub server: SocketAddr,
    pub storage: Option<Storage>,
    own: Option<Own>,
    /// Only if faults are injected.
    clients: Option<Relay>,
}

/// What the run has started itself.
struct Own {
    server: Server,
    cluster: Cluster,
    directory: PathBuf,
    database: Option<Relay>,
}

impl Surroundings {
    pub async fn prepare(soak: &BenchSoak, prefix: &str) -> anyhow::Result<Self> {
        let (server, own, database_url) = match &soak.url {
            Some(url) => (resolve(url).await?, None, soak.database_url.clone()),
            None => {
                let (own, url) = Own::start(soak.faults).await?;
                (own.server.address, Some(own), Some(url))
            }
        };
        let storage = match database_url {
            Some(url) => Some(Storage::open(&url, prefix)?),
            None => None,
        };
        let clients = if soak.faults {
            Some(Relay::start(Target::Tcp(server)).await?)
        } else {
            None
        };
        Ok(Surroundings {
            server,
            storage,
            own,
            clients,
        })
    }

    pub fn clients_connect_to(&self) -> SocketAddr {
        self.clients
            .as_ref()
            .map_or(self.server, |relay| relay.address)
    }

    /// Injects faults for ever, or only waits if there are none.
    pub async fn trouble(&self, every: Duration) {
        let Some(clients) = &self.clients else {
            return pending().await;
        };
        let faults = Faults {
            clients,
            database: self.own.as_ref().and_then(|own| own.database.as_ref()),
            server: self.server,
            every,
            lasting: LONGEST_FAULT.min(every / 2),
        };
        faults.run().await
    }

    /// Ends the current fault.
    pub fn calm(&self) {
        let database = self.own.as_ref().and_then(|own| own.database.as_ref());
        for relay in self.clients.iter().chain(database) {
            relay.set(Line::Open);
        }
    }

    pub async fn end(self) -> anyhow::Result<()> {
        let Some(own) = self.own else { return Ok(()) };
        drop(self.storage);
        own.server.end().await?;
        own.cluster.stop().await?;
        Ok(std::fs::remove_dir_all(own.directory)?)
    }
}

impl Own {
    /// If faults are injected, the server reaches its database through a relay. The returned address is the direct one.
    async fn start(with_faults: bool) -> anyhow::Result<(Self, String)> {
        let directory = scratch()?;
        let settings = ClusterSettings {
            data_dir: directory.join("data"),
            ..ClusterSettings::default()
        };
        let cluster = Cluster::start(&settings).await?;
        cluster.create_database(DATABASE).await?;
        let url = cluster.url(DATABASE);
        let database = if with_faults {
            Some(Relay::start(Target::Unix(cluster.socket())).await?)
        } else {
            None
        };
        let through = match &database {
            Some(relay) => format!("postgres://{ROLE}@{}/{DATABASE}", relay.address),
            None => url.clone(),
        };
        let server = Server::start(Some(&through), CONNECTIONS, |line| {
            if line.contains(" ERROR ") {
                eprintln!("{line}");
            }
        });
        let server = server.await?;
        Ok((
            Own {
                server,
                cluster,
                directory,
                database,
            },
            url,
        ))
    }
}

const CONNECTIONS: usize = 8_000;

async fn resolve(url: &str) -> anyhow::Result<SocketAddr> {
    let host = url.trim_start_matches("http://");
    let addresses = tokio::net::lookup_host(host).await;
    let found = addresses
        .with_context(|| format!("there is no {host}"))?
        .next();
    found.with_context(|| format!("{host} has no address"))
}

pub fn http_url(text: &str) -> Result<String, String> {
    let uri: Option<actix_web::http::Uri> = text.parse().ok();
    let has_port =
        |uri: &actix_web::http::Uri| uri.scheme_str() == Some("http") && uri.port().is_some();
    if uri.is_some_and(|uri| has_port(&uri)) {
        Ok(text.trim_end_matches('/').to_owned())
    } else {
        Err("the address has the form http://host:port".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_named_by_host_and_port() {
        assert_eq!(http_url("http://h:1/"), Ok("http://h:1".to_owned()));
        for text in ["", "h:1", "ws://h:1", "http://h"] {
            assert!(http_url(text).is_err(), "{text}");
        }
    }
}
