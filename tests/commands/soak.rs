//! Short runs of `gaveurs bench soak`.

use std::time::Duration;
use tokio::{
    net::TcpListener,
    process::Command,
    time::{Instant, timeout},
};

/// Longer than any of these runs, even on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// Exit code and standard output.
async fn soak(flags: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gaveurs-bench"));
    command
        .arg("soak")
        .args(flags)
        .env_remove("DATABASE_URL")
        .kill_on_drop(true);
    let ended = timeout(PATIENCE, command.output()).await.unwrap().unwrap();
    let said = [ended.stdout, ended.stderr].concat();
    (ended.status.code(), String::from_utf8(said).unwrap())
}

#[tokio::test]
async fn a_soak_of_twenty_seconds_loses_and_repeats_nothing_while_connections_and_database_go_away()
{
    let (code, said) = soak(&[
        "--duration",
        "20s",
        "--every",
        "2s",
        "--stay",
        "3s",
        "--faults",
    ])
    .await;
    assert_eq!(code, Some(0), "{said}");
    for words in [
        "verdict    good",
        "drift      memory of the server",
        "fault: the database's connections",
        "gavage_data",
    ] {
        assert!(said.contains(words), "{words} is not in {said}");
    }
    let readings = said
        .lines()
        .find_map(|line| line.strip_prefix("readings "))
        .unwrap();
    let acked: u64 = readings.split_whitespace().next().unwrap().parse().unwrap();
    assert!(acked > 100, "{said}");
}

#[tokio::test]
async fn a_soak_of_a_server_that_never_answers_is_not_good() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let begun = Instant::now();
    let (code, said) = soak(&["--url", &url, "--duration", "2s", "--every", "1s"]).await;
    assert_eq!(code, Some(1), "{said}");
    // One look at the server takes ten seconds; it ended after any number of them.
    assert!(begun.elapsed() < Duration::from_secs(19), "{said}");
    assert!(
        said.contains("FAILED     no readings were acked") && said.contains("did not answer"),
        "{said}"
    );
}
