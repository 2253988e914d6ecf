//! What other users of the machine, and the server's own role, may not do.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::Command;

use rustix::process::geteuid;

use super::{connect, reachable_directory, settings, start, write_ducks};
use crate::embedded::identity::Identity;
use crate::embedded::{Cluster, binaries};

const NOBODY: u32 = 65_534;

/// What `psql` says, run as this user, who asks as superuser.
fn psql(cluster: &Cluster, user: u32) -> (bool, String) {
    let psql = binaries::find(None, Path::new("/"), None).unwrap();
    let mut command = Command::new("setpriv");
    command.args([format!("--reuid={user}"), format!("--regid={user}")]);
    command.args(["--clear-groups", "--"]);
    command.arg(psql.dir.join("psql"));
    command.args([
        "--no-password",
        "--tuples-only",
        "--command",
        "SELECT 6 * 7",
    ]);
    let output = command.arg(cluster.superuser_url("postgres")).output();
    let output = output.unwrap();
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    (output.status.success(), said)
}

#[tokio::test]
async fn another_user_of_the_machine_cannot_connect() {
    if !geteuid().is_root() {
        eprintln!("skipped: only root can become another user");
        return;
    }
    let directory = reachable_directory();
    let cluster = start(directory.path()).await;
    let (connected, said) = psql(&cluster, NOBODY);
    assert!(!connected && said.contains("Permission denied"), "{said}");
    let owner = Identity::current().unwrap().uid();
    let (connected, said) = psql(&cluster, owner);
    assert!(connected && said.contains("42"), "{said}");
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn nothing_of_the_data_directory_can_be_entered_or_read_by_others() {
    let directory = reachable_directory();
    let cluster = start(directory.path()).await;
    let owner = Identity::current().unwrap().uid();
    let data = fs::metadata(directory.path()).unwrap();
    assert_eq!((data.uid(), data.mode() & 0o777), (owner, 0o700));
    for entry in fs::read_dir(directory.path()).unwrap() {
        let entry = entry.unwrap();
        let open = entry.metadata().unwrap().permissions().mode() & 0o077;
        assert_eq!(open, 0, "{}", entry.path().display());
    }
    let socket = fs::metadata(cluster.socket()).unwrap();
    assert_eq!(socket.mode() & 0o077, 0);
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn the_role_of_the_server_owns_its_database_and_is_no_superuser() {
    let directory = reachable_directory();
    let cluster = start(directory.path()).await;
    write_ducks(&cluster).await;
    let client = connect(&cluster.url("ferme")).await;
    for forbidden in [
        "COPY (SELECT 1) TO PROGRAM 'true'",
        "COPY canards TO '/tmp/canards'",
        "SELECT pg_read_file('postgresql.conf')",
        "CREATE ROLE somebody SUPERUSER",
        "SET ROLE postgres",
        "CREATE DATABASE another",
        "ALTER SYSTEM SET listen_addresses = '*'",
    ] {
        let refused = client.batch_execute(forbidden).await.unwrap_err();
        let refused = refused.as_db_error().unwrap().message().to_owned();
        assert!(
            refused.contains("permission denied") || refused.contains("must be"),
            "{forbidden}: {refused}"
        );
    }
    let preloaded = "SELECT setting FROM pg_settings WHERE name = 'shared_preload_libraries'";
    assert_eq!(client.query(preloaded, &[]).await.unwrap().len(), 1);
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn a_database_that_an_earlier_build_made_as_superuser_goes_on_with_its_data() {
    let directory = reachable_directory();
    let cluster = start(directory.path()).await;
    let superuser = connect(&cluster.superuser_url("postgres")).await;
    superuser
        .batch_execute("CREATE DATABASE ferme")
        .await
        .unwrap();
    let superuser = connect(&cluster.superuser_url("ferme")).await;
    let made = "CREATE TABLE canards (id integer GENERATED ALWAYS AS IDENTITY, nom text);
        CREATE VIEW noms AS SELECT nom FROM canards;
        CREATE FUNCTION double(n integer) RETURNS integer LANGUAGE sql AS 'SELECT 2 * n';
        INSERT INTO canards (nom) VALUES ('Béa')";
    superuser.batch_execute(made).await.unwrap();
    assert!(!cluster.create_database("ferme").await.unwrap());
    let client = connect(&cluster.url("ferme")).await;
    let changed = "INSERT INTO canards (nom) VALUES ('Zoé');
        ALTER TABLE canards ADD COLUMN poids integer;
        DROP VIEW noms;
        CREATE OR REPLACE FUNCTION double(n integer) RETURNS integer LANGUAGE sql AS 'SELECT n + n';
        CREATE TABLE lots (code text)";
    client.batch_execute(changed).await.unwrap();
    let rows = client.query("SELECT id FROM canards", &[]).await.unwrap();
    assert_eq!(rows.len(), 2);
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn a_data_directory_with_a_long_path_has_its_socket_elsewhere_and_closed_too() {
    let directory = reachable_directory();
    let settings = settings(&directory.path().join("d".repeat(100)));
    let cluster = Cluster::start(&settings).await.unwrap();
    write_ducks(&cluster).await;
    let socket = cluster.socket();
    assert!(!socket.starts_with(directory.path()));
    let beside = fs::metadata(socket.parent().unwrap()).unwrap();
    assert_eq!(beside.mode() & 0o777, 0o700);
    cluster.stop().await.unwrap();
    fs::remove_dir(socket.parent().unwrap()).unwrap();
}

#[tokio::test]
async fn a_data_directory_may_have_any_name() {
    let directory = reachable_directory();
    let cluster = start(&directory.path().join("é@%, \"x\"")).await;
    write_ducks(&cluster).await;
    assert!(cluster.socket().starts_with(directory.path()));
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn the_log_of_a_server_that_complains_for_ever_does_not_fill_the_disk() {
    let directory = reachable_directory();
    let cluster = start(directory.path()).await;
    let client = connect(&cluster.url("postgres")).await;
    let complain = "DO $$ BEGIN FOR number IN 1..20 LOOP RAISE LOG '%', repeat('x', 1000000); END LOOP; END $$";
    client.batch_execute(complain).await.unwrap();
    let length = || {
        fs::metadata(directory.path().join("postgres.log"))
            .unwrap()
            .len()
    };
    super::crashes::wait_until("the log is short", || length() < 1_000_000).await;
    assert!(directory.path().join("postgres.log.1").exists());
    client
        .batch_execute("DO $$ BEGIN RAISE LOG 'still here'; END $$")
        .await
        .unwrap();
    let log = fs::read_to_string(directory.path().join("postgres.log")).unwrap();
    assert!(log.contains("still here"), "{log}");
    cluster.stop().await.unwrap();
}
