//! Tests on real clusters. They need PostgreSQL on the machine and, when run as root, its `postgres` user.

mod crashes;
mod others;
mod refusals;

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use tokio_postgres::Client;

use super::{Cluster, ClusterError, ClusterSettings};

/// A directory that the `postgres` user can pass through, unlike a plain `TempDir`.
fn reachable_directory() -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    fs::set_permissions(directory.path(), Permissions::from_mode(0o755)).unwrap();
    directory
}

fn settings(directory: &Path) -> ClusterSettings {
    ClusterSettings {
        data_dir: directory.to_path_buf(),
        ..ClusterSettings::default()
    }
}

async fn start(directory: &Path) -> Cluster {
    Cluster::start(&settings(directory)).await.unwrap()
}

async fn connect(address: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(address, tokio_postgres::NoTls)
        .await
        .unwrap();
    tokio::spawn(connection);
    client
}

async fn write_ducks(cluster: &Cluster) {
    assert!(cluster.create_database("ferme").await.unwrap());
    let client = connect(&cluster.url("ferme")).await;
    let sql = "CREATE TABLE canards (nom text); INSERT INTO canards VALUES ('Béa'), ('Zoé')";
    client.batch_execute(sql).await.unwrap();
}

async fn ducks(cluster: &Cluster) -> Vec<String> {
    let client = connect(&cluster.url("ferme")).await;
    let rows = client
        .query("SELECT upper(nom) FROM canards ORDER BY nom", &[])
        .await
        .unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

fn pid_file(directory: &Path) -> PathBuf {
    directory.join("cluster/postmaster.pid")
}

#[tokio::test]
async fn a_first_start_answers_with_the_settings_of_a_small_safe_server() {
    let directory = reachable_directory();
    let cluster = start(directory.path()).await;
    let client = connect(&cluster.url("postgres")).await;
    let one: i32 = client.query_one("SELECT 1", &[]).await.unwrap().get(0);
    assert_eq!(one, 1);
    for (setting, expected) in [
        ("fsync", "on"),
        ("max_connections", "100"),
        ("TimeZone", "UTC"),
        ("server_encoding", "UTF8"),
        ("listen_addresses", ""),
        ("unix_socket_permissions", "0700"),
    ] {
        let row = client
            .query_one("SELECT current_setting($1)", &[&setting])
            .await;
        assert_eq!(row.unwrap().get::<_, &str>(0), expected, "{setting}");
    }
    cluster.stop().await.unwrap();
    assert!(!pid_file(directory.path()).exists());
}

#[tokio::test]
async fn a_setting_of_the_caller_wins_over_the_built_in_one() {
    let directory = reachable_directory();
    let mut settings = settings(directory.path());
    settings.extra_settings = vec![("max_connections".to_owned(), "12".to_owned())];
    let cluster = Cluster::start(&settings).await.unwrap();
    let client = connect(&cluster.url("postgres")).await;
    let row = client.query_one("SHOW max_connections", &[]).await.unwrap();
    assert_eq!(row.get::<_, &str>(0), "12");
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn a_database_is_created_once_and_a_name_which_needs_quoting_is_refused() {
    let directory = reachable_directory();
    let cluster = start(directory.path()).await;
    assert!(cluster.create_database("ferme-2").await.unwrap());
    assert!(!cluster.create_database("ferme-2").await.unwrap());
    for name in ["", "a b", "a\"b", "é", "a/b", &"x".repeat(64)] {
        let refused = cluster.create_database(name).await.unwrap_err();
        assert!(matches!(refused, ClusterError::DatabaseName { .. }));
    }
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn two_who_create_the_same_database_at_once_both_succeed_and_one_created_it() {
    let directory = reachable_directory();
    let cluster = start(directory.path()).await;
    let both = tokio::join!(
        cluster.create_database("ferme"),
        cluster.create_database("ferme")
    );
    assert_ne!(both.0.unwrap(), both.1.unwrap());
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn the_data_is_there_again_after_stop_and_start() {
    let directory = reachable_directory();
    let cluster = start(directory.path()).await;
    write_ducks(&cluster).await;
    cluster.stop().await.unwrap();
    let cluster = start(directory.path()).await;
    assert!(!cluster.create_database("ferme").await.unwrap());
    assert_eq!(ducks(&cluster).await, ["BÉA", "ZOÉ"]);
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn dropping_the_handle_ends_the_server_and_frees_the_directory() {
    let directory = reachable_directory();
    let cluster = start(directory.path()).await;
    write_ducks(&cluster).await;
    drop(cluster);
    assert!(!pid_file(directory.path()).exists());
    let cluster = start(directory.path()).await;
    assert_eq!(ducks(&cluster).await, ["BÉA", "ZOÉ"]);
    cluster.stop().await.unwrap();
}

#[test]
fn a_cluster_starts_and_stops_inside_an_actix_arbiter() {
    let directory = reachable_directory();
    let path = directory.path().to_path_buf();
    let (tell, told) = tokio::sync::oneshot::channel();
    let answer = actix::System::new().block_on(async move {
        let arbiter = actix::Arbiter::new();
        arbiter.spawn(async move {
            let cluster = start(&path).await;
            let created = cluster.create_database("ferme").await.unwrap();
            cluster.stop().await.unwrap();
            tell.send(created).unwrap();
        });
        told.await.unwrap()
    });
    assert!(answer);
}
