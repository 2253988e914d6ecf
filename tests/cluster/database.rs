//! A private PostgreSQL that crashes, loses its connections and fails over.

use crate::{common::server::until, process::postmaster};
use gaveurs::embedded::{Cluster, ClusterSettings};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::os::unix::fs::MetadataExt;
use tokio_postgres::{Client, NoTls};

/// It comes back at the same place when it has ended.
pub struct Database {
    cluster: Cluster,
    data_dir: String,
}

impl Database {
    pub async fn start(data_dir: String) -> Self {
        Self::start_with(data_dir, &[]).await
    }

    /// With these settings of PostgreSQL.
    pub async fn start_with(data_dir: String, extra: &[(&str, &str)]) -> Self {
        let extra = extra.iter();
        let settings = ClusterSettings {
            data_dir: data_dir.clone().into(),
            extra_settings: extra
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            ..ClusterSettings::default()
        };
        let cluster = Cluster::start(&settings).await.unwrap();
        cluster.create_database("gaveurs").await.unwrap();
        Database { cluster, data_dir }
    }

    pub fn url(&self) -> String {
        self.cluster.url("gaveurs")
    }

    async fn client(&self) -> Option<Client> {
        let url = self.cluster.superuser_url("gaveurs");
        let (client, connection) = tokio_postgres::connect(&url, NoTls).await.ok()?;
        tokio::task::spawn_local(connection);
        Some(client)
    }

    pub async fn rows(&self, query: &str) -> Vec<Value> {
        let client = self.client().await.unwrap();
        let query = format!("SELECT row_to_json(t) FROM ({query}) t");
        let rows = client.query(&query, &[]).await.unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    }

    /// As a superuser.
    pub async fn execute(&self, statements: &str) {
        let client = self.client().await.unwrap();
        client.batch_execute(statements).await.unwrap();
    }

    /// As when the system kills one of its processes: it ends all others and recovers, as often as it happens.
    pub async fn crash(&self) {
        let of_another = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'walwriter'";
        let pid = self.rows(of_another).await[0]["pid"].as_i64().unwrap();
        let pid = Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
        self.falls(pid, Signal::KILL).await;
    }

    /// Returns when it has ended all connections and takes new ones.
    async fn falls(&self, pid: Pid, signal: Signal) {
        let connected = self.client().await.unwrap();
        kill_process(pid, signal).unwrap();
        until("its connections have ended", async || connected.is_closed()).await;
        until("the database has come back", async || {
            self.client().await.is_some()
        })
        .await;
    }

    pub async fn end_connections(&self) {
        let all = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'gaveurs' AND pid <> pg_backend_pid()";
        self.execute(all).await;
    }

    /// As if a standby with everything that was committed took over: the positions of its log belong to another timeline.
    pub async fn fail_over(&self) {
        let standby = format!("{}/cluster/standby.signal", self.data_dir);
        std::fs::write(&standby, "").unwrap();
        let owner = std::fs::metadata(format!("{}/cluster", self.data_dir)).unwrap();
        std::os::unix::fs::chown(&standby, Some(owner.uid()), Some(owner.gid())).unwrap();
        self.falls(postmaster(&self.data_dir), Signal::QUIT).await;
        self.execute("SELECT pg_promote()").await;
    }

    pub async fn stop(self) {
        self.cluster.stop().await.unwrap();
    }
}
