//! Starts after a process was killed.

use std::env;
use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, PidfdFlags, Signal, kill_process, pidfd_open};
use tokio::time::{Instant, sleep};
use tokio_postgres::Client;

use super::{connect, ducks, pid_file, reachable_directory, settings, start, write_ducks};
use crate::embedded::directory::DataDirectory;
use crate::embedded::identity::Identity;
use crate::embedded::pause::Paused;
use crate::embedded::{Cluster, ROLE, socket};

const DEADLINE: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(10);
/// Tells a copy of this test program to own a cluster in that directory.
const OWNED_DIRECTORY: &str = "GAVEURS_TEST_OWNED_DIRECTORY";

/// Line `number` (from 1) of `postmaster.pid`.
fn pid_file_line(directory: &Path, number: usize) -> Option<String> {
    let text = fs::read_to_string(pid_file(directory)).ok()?;
    Some(text.lines().nth(number - 1)?.trim().to_owned())
}

fn kill(pid: &str) {
    let pid = Pid::from_raw(pid.parse().unwrap()).unwrap();
    kill_process(pid, Signal::KILL).unwrap();
}

pub(super) async fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + DEADLINE;
    while !condition() {
        assert!(Instant::now() < deadline, "waited in vain until {what}");
        sleep(POLL).await;
    }
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
    let identity = Identity::current().unwrap();
    let free = || DataDirectory::claim(directory.path(), identity).is_ok();
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
    // A query in a loop does not notice that its server has died; this one ends by itself.
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
async fn a_killed_server_is_started_again_at_its_address_with_what_was_committed() {
    let directory = reachable_directory();
    let cluster = start(directory.path()).await;
    write_ducks(&cluster).await;
    let killed = pid_file_line(directory.path(), 1).unwrap();
    kill(&killed);
    let runs_again = || {
        let pid = pid_file_line(directory.path(), 1);
        let state = pid_file_line(directory.path(), 8);
        pid.is_some_and(|pid| pid != killed) && state.as_deref() == Some("ready")
    };
    wait_until("it runs again", runs_again).await;
    assert_eq!(ducks(&cluster).await, ["BÉA", "ZOÉ"]);
    cluster.stop().await.unwrap();
    assert!(!pid_file(directory.path()).exists());
}

#[tokio::test]
async fn a_server_that_cannot_be_started_again_is_given_up_with_the_reason() {
    let directory = reachable_directory();
    let cluster = start(directory.path()).await;
    let lost = cluster.lost();
    let control = directory.path().join("cluster/global/pg_control");
    fs::remove_file(&control).unwrap();
    kill(&pid_file_line(directory.path(), 1).unwrap());
    let message = tokio::time::timeout(DEADLINE, lost).await;
    let message = message.expect("it is given up").to_string();
    assert!(
        message.contains("pg_control") && message.contains("postgres.log"),
        "{message}"
    );
    let identity = Identity::current().unwrap();
    let free = || DataDirectory::claim(directory.path(), identity).is_ok();
    wait_until("the directory is free", free).await;
    let message = cluster.stop().await.unwrap_err().to_string();
    assert!(message.contains("had already ended"), "{message}");
}

#[tokio::test]
async fn a_lock_of_postgresql_that_nobody_holds_is_put_right() {
    let directory = reachable_directory();
    start(directory.path()).await.stop().await.unwrap();
    // A live process that is not PostgreSQL.
    let mut sleeper = std::process::Command::new("sleep")
        .arg("600")
        .spawn()
        .unwrap();
    let sleeping = format!("{}\n{}\n", sleeper.id(), directory.path().display());
    for broken in ["", "quack\n", "0\n", &sleeping] {
        fs::write(pid_file(directory.path()), broken).unwrap();
        chown_like(directory.path(), &pid_file(directory.path()));
        let cluster = start(directory.path()).await;
        cluster.stop().await.unwrap();
    }
    let of_socket = socket::socket_in(&directory.path().join("run")).with_added_extension("lock");
    fs::write(&of_socket, &sleeping).unwrap();
    start(directory.path()).await.stop().await.unwrap();
    assert!(!of_socket.exists());
    sleeper.kill().unwrap();
    sleeper.wait().unwrap();
}

/// Files of a cluster must belong to the cluster's owner.
fn chown_like(directory: &Path, file: &Path) {
    use std::os::unix::fs::{MetadataExt, chown};
    let owner = fs::metadata(directory.join("cluster")).unwrap();
    chown(file, Some(owner.uid()), Some(owner.gid())).unwrap();
}

/// Starts this test program again as the owner of a cluster in `directory`, by the test of that name, and connects to its database.
async fn owned_by_another(test: &str, directory: &Path) -> (tokio::process::Child, Client) {
    let owner = tokio::process::Command::new(env::current_exe().unwrap())
        .args(["--exact", &format!("embedded::tests::crashes::{test}")])
        .env(OWNED_DIRECTORY, directory)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let url = database_of(directory);
    let deadline = Instant::now() + DEADLINE;
    loop {
        match tokio_postgres::connect(&url, tokio_postgres::NoTls).await {
            Ok((client, connection)) => {
                tokio::spawn(connection);
                return (owner, client);
            }
            Err(error) => assert!(Instant::now() < deadline, "{error}"),
        }
        sleep(POLL).await;
    }
}

fn database_of(directory: &Path) -> String {
    socket::url(ROLE, &directory.join("run"), "ferme")
}

/// In the copy of this program: owns a cluster until it is killed.
async fn own_until_killed() {
    if let Some(directory) = env::var_os(OWNED_DIRECTORY) {
        let cluster = start(Path::new(&directory)).await;
        cluster.create_database("ferme").await.unwrap();
        std::future::pending::<()>().await;
    }
}

/// What was committed is there after the next start.
async fn keeps_its_data(directory: &Path) {
    let cluster = start(directory).await;
    let client = connect(&database_of(directory)).await;
    let kept = client.query_one("SELECT n FROM kept", &[]).await.unwrap();
    assert_eq!(kept.get::<_, i32>(0), 7);
    cluster.stop().await.unwrap();
}

const KEEP: &str = "CREATE TABLE kept AS SELECT 7 AS n";

#[tokio::test]
async fn the_server_ends_in_order_when_its_owner_is_killed_and_the_next_start_is_clean() {
    own_until_killed().await;
    let directory = reachable_directory();
    let path = directory.path();
    let test = "the_server_ends_in_order_when_its_owner_is_killed_and_the_next_start_is_clean";
    let (mut owner, client) = owned_by_another(test, path).await;
    client.batch_execute(KEEP).await.unwrap();
    owner.kill().await.unwrap();
    wait_until("the server is gone", || !pid_file(path).exists()).await;
    keeps_its_data(path).await;
    let log = fs::read_to_string(path.join("postgres.log.1")).unwrap();
    assert!(log.contains("received fast shutdown request"), "{log}");
}

#[tokio::test]
async fn a_server_that_stood_still_when_its_owner_was_killed_is_ended_in_order_by_the_next_start() {
    own_until_killed().await;
    let directory = reachable_directory();
    let path = directory.path();
    let test =
        "a_server_that_stood_still_when_its_owner_was_killed_is_ended_in_order_by_the_next_start";
    let (mut owner, client) = owned_by_another(test, path).await;
    client.batch_execute(KEEP).await.unwrap();
    let server = pid_file_line(path, 1).unwrap().parse().unwrap();
    let server = Pid::from_raw(server).unwrap();
    let process = pidfd_open(server, PidfdFlags::empty()).unwrap();
    let paused = Paused::stop(server, &process).unwrap();
    // Nobody lets it go on any more, as after a SIGKILL.
    std::mem::forget(paused);
    owner.kill().await.unwrap();
    keeps_its_data(path).await;
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
