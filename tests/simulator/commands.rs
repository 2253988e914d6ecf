//! The simulators as an operator runs them.

use crate::fake_server::FakeServer;
use serde_json::{Value, json};
use std::{io::Write, process::Output, time::Duration};
use tokio::{process::Command, time::timeout};

const HEADER: &str =
    "CodeLot;dStart;Gaveur;Souche;Nb_MEG;feedTarget_1;feedCornReal_1;feedTarget_2;feedCornReal_2";

pub fn export(lines: &[&str]) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    writeln!(file, "{HEADER}\n{}", lines.join("\n")).unwrap();
    file
}

pub async fn gaveurs(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gaveurs"));
    command
        .args(args)
        .env_remove("GAVEURS_URL")
        .kill_on_drop(true);
    let output = timeout(Duration::from_secs(20), command.output());
    output.await.expect("the command ends").unwrap()
}

pub fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[tokio::test]
async fn a_dry_run_prints_readings_on_stdout_and_the_report_on_stderr() {
    let file = export(&[
        "LL3307701;2023-03-07;GAVEUR 7;S1;500;210.0;206.0;230.0;233.0",
        "LL3307702;yesterday;GAVEUR 8;S1;500;210.0;206.0;230.0;233.0",
    ]);
    let output = gaveurs(&["replay", file.path().to_str().unwrap(), "--dry-run"]).await;
    assert!(output.status.success());
    let readings: Vec<Value> = text(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(readings.len(), 2);
    assert_eq!(readings[0]["timestamp"], "2023-03-07T06:00:00Z");
    assert_eq!(readings[1]["pret_abattage"], json!(true));
    let report = text(&output.stderr);
    assert!(report.contains("line 3: start date"), "{report}");
    assert!(
        report.contains("lines left out, unreadable start date: 1"),
        "{report}"
    );
}

#[tokio::test]
async fn a_refused_meal_is_named_with_the_servers_words_and_makes_the_command_fail() {
    let server = FakeServer::start().await;
    let file = export(&["LL3307701;2023-03-07;GAVEUR 7;S1;500;210.0;206.0;230.0;233.0"]);
    let (path, url) = (file.path().to_str().unwrap().to_owned(), server.url());
    let run = tokio::spawn(async move { gaveurs(&["replay", &path, "--url", &url]).await });
    let mut connection = server.accept().await;
    let first = connection.reading().await.unwrap();
    connection
        .send(json!({"type": "error", "error": "field `site` is odd", "data": first}))
        .await;
    connection.serve().await;
    let output = run.await.unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stderr);
    assert!(
        said.contains("REFUSED LL3307701 jour 0 matin: field `site` is odd"),
        "{said}"
    );
    assert!(
        said.contains("2 readings sent, 1 acked, 0 retried, 1 refused"),
        "{said}"
    );
}

#[tokio::test]
async fn a_replay_that_the_server_takes_over_succeeds() {
    let server = FakeServer::start().await;
    let file = export(&["LL3307701;2023-03-07;GAVEUR 7;S1;500;210.0;206.0;230.0;233.0"]);
    let (path, url) = (file.path().to_str().unwrap().to_owned(), server.url());
    let run = tokio::spawn(async move { gaveurs(&["replay", &path, "--url", &url]).await });
    server.accept().await.serve().await;
    let output = run.await.unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
}

#[tokio::test]
async fn a_file_that_is_no_export_fails_with_one_sentence() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    writeln!(file, "name;first name\nA;B").unwrap();
    let output = gaveurs(&["replay", file.path().to_str().unwrap()]).await;
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("is no export of lots: it lacks CodeLot"));
}
