//! The 301 cases of the Autobahn suite that need no compression, run by the PyPI package `kosoku` against the echo endpoint.

use crate::{installation, server::TestServer};
use serde_json::Value;
use std::{
    ffi::OsStr,
    path::Path,
    process::{Command, Output, Stdio},
};

const PACKAGE: &str = "kosoku==0.1.0";
const CASES: usize = 301;
/// Chapters 12 and 13 test compression, which is not offered here.
const EXCLUDED: [&str; 2] = ["12.*", "13.*"];

fn run<S: AsRef<OsStr>>(program: impl AsRef<OsStr>, arguments: &[S]) -> Result<Output, String> {
    let program = program.as_ref();
    let output = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("{}: {error}", program.display()))?;
    if output.status.success() {
        return Ok(output);
    }
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(format!("{} failed: {said}", program.display()))
}

fn failures(report: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(report).expect("the runner writes index.json");
    let report: Value = serde_json::from_str(&text).expect("the report is JSON");
    let results: Vec<_> = report
        .as_object()
        .into_iter()
        .flat_map(|agents| agents.values())
        .filter_map(Value::as_object)
        .flatten()
        .collect();
    assert_eq!(results.len(), CASES, "cases that were run");
    results
        .into_iter()
        .filter(|(_, result)| !passed(result))
        .map(|(case, result)| format!("{case}: {result}"))
        .collect()
}

fn passed(result: &Value) -> bool {
    // NON-STRICT and INFORMATIONAL are verdicts on choices that the protocol leaves open.
    let fine = |key| {
        matches!(
            result[key].as_str(),
            Some("OK" | "NON-STRICT" | "INFORMATIONAL")
        )
    };
    fine("behavior") && fine("behaviorClose")
}

#[actix_web::test]
async fn all_autobahn_cases_without_compression_pass() {
    let Some(bin) = installation::python(PACKAGE).await else {
        return;
    };
    let runner = bin.join("kosoku");
    let server = TestServer::start();
    let report = Path::new(env!("CARGO_TARGET_TMPDIR")).join("autobahn");
    let _ = std::fs::remove_dir_all(&report); // an earlier report must not stand in for this one
    let address = server.address.to_string();
    let directory = report.clone();
    let run = actix_web::rt::task::spawn_blocking(move || {
        let mut arguments = vec![address.into(), "-o".into(), directory.into_os_string()];
        for pattern in EXCLUDED {
            arguments.extend(["-x".into(), pattern.into()]);
        }
        run(runner, &arguments)
    });
    let outcome = run.await.unwrap();
    let failures = failures(&report.join("index.json"));
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    outcome.expect("the runner agrees with its report");
    server.finish().await;
}
