//! `gaveurs bench` runs a separate program.

use crate::process::Process;
use std::process::Command;

#[tokio::test]
async fn bench_is_understood_by_the_program_beside_the_servers() {
    let ended = Process::start(&["bench", "ingest", "--help"]).ended().await;
    assert_eq!(ended.code, Some(0));
    assert!(
        ended.stdout.contains("gaveurs bench ingest --producers 20"),
        "{}",
        ended.stdout
    );
}

#[test]
fn without_the_program_beside_it_bench_says_how_to_build_it() {
    let elsewhere = tempfile::tempdir().unwrap();
    let alone = elsewhere.path().join("gaveurs");
    std::fs::copy(env!("CARGO_BIN_EXE_gaveurs"), &alone).unwrap();
    let ended = Command::new(alone)
        .args(["bench", "soak", "--faults"])
        .output()
        .unwrap();
    let said = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(1), "{said}");
    assert!(
        said.starts_with("error: ")
            && said.contains("gaveurs-bench")
            && said.contains("--features bench"),
        "{said}"
    );
}
