//! Starts that are refused, and their error messages.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use rustix::process::geteuid;

use super::{reachable_directory, settings, start};
use crate::embedded::{Cluster, ClusterError, ClusterSettings};

async fn refusal(settings: &ClusterSettings) -> ClusterError {
    match Cluster::start(settings).await {
        Ok(_) => panic!("started although it should not"),
        Err(error) => error,
    }
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
async fn a_second_start_on_the_same_directory_is_refused_with_the_holder() {
    let directory = reachable_directory();
    let cluster = start(directory.path()).await;
    let message = refusal(&settings(directory.path())).await.to_string();
    let expected = format!("already in use by process {}", std::process::id());
    assert!(message.contains(&expected), "{message}");
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
    // Root ignores file modes and runs the server as `postgres`, which 700 keeps out; other users need a stricter mode.
    let mode = if geteuid().is_root() { 0o700 } else { 0o000 };
    fs::set_permissions(&closed, Permissions::from_mode(mode)).unwrap();
    let message = refusal(&settings(&closed.join("data"))).await.to_string();
    // An ordinary user could not remove the directory with its current mode.
    fs::set_permissions(&closed, Permissions::from_mode(0o700)).unwrap();
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
