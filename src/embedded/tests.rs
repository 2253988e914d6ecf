//! Real clusters. They need PostgreSQL on the machine; as root they also need its `postgres` user.

use std::env;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, geteuid, kill_process};
use tempfile::TempDir;
use tokio::time::{Instant, sleep};
use tokio_postgres::Client;

use super::{Cluster, ClusterError, ClusterSettings};

const DEADLINE: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(10);
/// Tells a copy of this test program to be the owner of a cluster in that directory.
const OWNED_DIRECTORY: &str = "GAVEURS_TEST_OWNED_DIRECTORY";

/// A directory the `postgres` user can pass through, unlike what `TempDir` makes by itself.
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

async fn refusal(settings: &ClusterSettings) -> ClusterError {
    match Cluster::start(settings).await {
        Ok(_) => panic!("started although it should not"),
        Err(error) => error,
    }
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

/// Line `number` (from 1) of `postmaster.pid`.
fn pid_file_line(directory: &Path, number: usize) -> Option<String> {
    let text = fs::read_to_string(pid_file(directory)).ok()?;
    Some(text.lines().nth(number - 1)?.trim().to_owned())
}

fn kill(pid: &str) {
    let pid = Pid::from_raw(pid.parse().unwrap()).unwrap();
    kill_process(pid, Signal::KILL).unwrap();
}

async fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + DEADLINE;
    while !condition() {
        assert!(Instant::now() < deadline, "waited in vain until {what}");
        sleep(POLL).await;
    }
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
        ("listen_addresses", "127.0.0.1"),
        ("unix_socket_directories", ""),
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
async fn a_setting_the_server_refuses_is_told_in_its_own_words() {
    let directory = reachable_directory();
    let mut settings = settings(directory.path());
    settings.extra_settings = vec![("max_ducks".to_owned(), "3".to_owned())];
    let message = refusal(&settings).await.to_string();
    assert!(message.contains("max_ducks"), "{message}");
    assert!(message.contains("postgres.log"), "{message}");
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
async fn a_second_start_on_the_same_directory_is_refused_with_the_holder() {
    let directory = reachable_directory();
    let cluster = start(directory.path()).await;
    let message = refusal(&settings(directory.path())).await.to_string();
    let expected = format!("already in use by process {}", std::process::id());
    assert!(message.contains(&expected), "{message}");
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

#[tokio::test]
async fn a_start_nobody_waits_for_any_more_leaves_no_server_behind() {
    let directory = reachable_directory();
    let log = directory.path().join("postgres.log");
    let abandoned = tokio::spawn({
        let settings = settings(directory.path());
        async move { Cluster::start(&settings).await }
    });
    wait_until("the server is spawned", || log.exists()).await;
    abandoned.abort();
    drop(abandoned.await);
    let free = || super::directory::DataDirectory::claim(directory.path()).is_ok();
    wait_until("the directory is free", free).await;
    assert!(!pid_file(directory.path()).exists());
}

#[tokio::test]
async fn committed_data_survives_a_killed_server_whose_handle_is_dropped() {
    let directory = reachable_directory();
    let cluster = start(directory.path()).await;
    write_ducks(&cluster).await;
    kill(&pid_file_line(directory.path(), 1).unwrap());
    drop(cluster);
    let cluster = start(directory.path()).await;
    assert_eq!(ducks(&cluster).await, ["BÉA", "ZOÉ"]);
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn a_start_waits_for_a_busy_session_a_killed_server_left_behind() {
    let directory = reachable_directory();
    let cluster = start(directory.path()).await;
    let busy = connect(&cluster.url("postgres")).await;
    let watcher = connect(&cluster.url("postgres")).await;
    // A session in a loop does not notice the death of its server; this one ends by itself.
    let loop_for_a_while =
        "DO $$ BEGIN WHILE clock_timestamp() < now() + interval '3 s' LOOP END LOOP; END $$";
    let busy = tokio::spawn(async move { busy.batch_execute(loop_for_a_while).await });
    let sql = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'DO %'";
    let deadline = Instant::now() + DEADLINE;
    while watcher.query_one(sql, &[]).await.unwrap().get::<_, i64>(0) == 0 {
        assert!(Instant::now() < deadline, "the session never became busy");
    }
    kill(&pid_file_line(directory.path(), 1).unwrap());
    drop(cluster);
    let cluster = start(directory.path()).await;
    cluster.stop().await.unwrap();
    drop(busy.await);
    let log = fs::read_to_string(directory.path().join("postgres.log")).unwrap();
    assert!(log.contains("pre-existing shared memory block"), "{log}");
}

#[tokio::test]
async fn stopping_a_server_which_ended_by_itself_says_so_and_where_to_read_why() {
    let directory = reachable_directory();
    let cluster = start(directory.path()).await;
    let server = pid_file_line(directory.path(), 1).unwrap();
    kill(&server);
    let gone = || !Path::new("/proc").join(&server).exists();
    wait_until("the server is gone", gone).await;
    let free = || super::directory::DataDirectory::claim(directory.path()).is_ok();
    wait_until("its end is noticed", free).await;
    let message = cluster.stop().await.unwrap_err().to_string();
    assert!(message.contains("had already ended"), "{message}");
    assert!(message.contains("postgres.log"), "{message}");
}

/// Runs in two roles: the test starts its own program again as the owner of a cluster, kills that owner and looks what becomes of the
/// server.
#[tokio::test]
async fn the_server_ends_in_order_when_its_owner_is_killed_and_the_next_start_is_clean() {
    if let Some(directory) = env::var_os(OWNED_DIRECTORY) {
        let _cluster = start(Path::new(&directory)).await;
        return std::future::pending().await;
    }
    let directory = reachable_directory();
    let path = directory.path();
    let mut owner = tokio::process::Command::new(env::current_exe().unwrap())
        .arg("--exact")
        .arg(concat!(
            "embedded::tests::",
            "the_server_ends_in_order_when_its_owner_is_killed_and_the_next_start_is_clean"
        ))
        .env(OWNED_DIRECTORY, path)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let ready = || pid_file_line(path, 8).as_deref() == Some("ready");
    wait_until("the owner's server is ready", ready).await;
    let port = pid_file_line(path, 4).unwrap();
    let client = connect(&format!("postgres://postgres@127.0.0.1:{port}/postgres")).await;
    let sql = "CREATE TABLE kept AS SELECT 7 AS n";
    client.batch_execute(sql).await.unwrap();

    owner.kill().await.unwrap();
    wait_until("the server is gone", || !pid_file(path).exists()).await;
    let cluster = start(path).await;
    let client = connect(&cluster.url("postgres")).await;
    let kept: i32 = client
        .query_one("SELECT n FROM kept", &[])
        .await
        .unwrap()
        .get(0);
    assert_eq!(kept, 7);
    cluster.stop().await.unwrap();
    let log = fs::read_to_string(path.join("postgres.log.1")).unwrap();
    assert!(log.contains("received fast shutdown request"), "{log}");
}

#[tokio::test]
async fn a_half_made_initdb_is_not_mistaken_for_a_cluster() {
    let directory = reachable_directory();
    let half_made = directory.path().join("cluster.new.4711");
    fs::create_dir(&half_made).unwrap();
    fs::write(half_made.join("PG_VERSION"), "15\n").unwrap();
    let cluster = start(directory.path()).await;
    assert!(cluster.create_database("ferme").await.unwrap());
    assert!(!half_made.exists());
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn a_directory_without_binaries_is_refused_with_what_to_do() {
    let directory = reachable_directory();
    let mut settings = settings(directory.path());
    settings.binaries = Some(directory.path().join("nowhere"));
    let message = refusal(&settings).await.to_string();
    assert!(
        message.starts_with("no PostgreSQL of version 14 or later in "),
        "{message}"
    );
    assert!(
        message.contains("both `initdb` and `postgres`"),
        "{message}"
    );
}

#[tokio::test]
async fn an_unreachable_data_directory_is_refused_with_the_closed_part_of_its_path() {
    let directory = tempfile::tempdir().unwrap();
    let closed = directory.path().canonicalize().unwrap();
    // Root passes every mode itself and hands over to `postgres`, whom 700 keeps out; anybody else needs a stricter one.
    let mode = if geteuid().is_root() { 0o700 } else { 0o000 };
    fs::set_permissions(&closed, Permissions::from_mode(mode)).unwrap();
    let message = refusal(&settings(&closed.join("data"))).await.to_string();
    assert!(message.contains(closed.to_str().unwrap()), "{message}");
    assert!(
        message.contains("start as") || message.contains("--data-dir"),
        "{message}"
    );
    if geteuid().is_root() {
        let chmod = format!("`chmod o+x {}`", closed.display());
        assert!(message.contains(&chmod), "{message}");
    }
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
