use crate::process::{Ended, Process, data_dir, reachable_directory};
use tokio::net::TcpListener;

/// The error of a run that must fail: one sentence that does not look like a bug.
fn complaint(ended: &Ended) -> String {
    assert!(ended.code.is_some_and(|code| code > 0), "{:#?}", ended.said);
    let all = ended.said.join("\n");
    assert!(
        !all.contains("panicked") && !all.contains("backtrace"),
        "{all}"
    );
    let errors = ended.said.iter().filter(|line| line.starts_with("error: "));
    let errors: Vec<_> = errors.cloned().collect();
    assert_eq!(errors.len(), 1, "{all}");
    errors[0].clone()
}

async fn refusal(args: &[&str]) -> String {
    complaint(&Process::start(args).ended().await)
}

#[tokio::test]
async fn bad_settings_end_the_server_at_once_with_a_sentence_that_names_them() {
    let directory = reachable_directory();
    let data_dir = data_dir(&directory);
    for (flag, value, words) in [
        ("--bind", "localhost", "--bind"),
        ("--auth", "keys", "--auth <AUTH>"),
        ("--zone", "Europe/Lantic", "no time zone"),
        ("--cors-origins", "http://a/x, http://b", "is no origin"),
        ("--heartbeat-interval", "20", "with its unit"),
        (
            "--heartbeat-timeout",
            "5s",
            "longer than --heartbeat-interval",
        ),
        (
            "--pool-size",
            "1",
            "--pool-size <POOL_SIZE>': must be at least 3",
        ),
        (
            "--max-connections",
            "0",
            "--max-connections <MAX_CONNECTIONS>': must be at least 1",
        ),
        (
            "--max-http-connections",
            "0",
            "--max-http-connections <MAX_HTTP_CONNECTIONS>': must be at least 1",
        ),
        ("--ingest-queue", "10", "--ingest-queue must have room"),
        ("--postgres-bin", "/nowhere", "/nowhere"),
        ("--database-url", "not an address", "database"),
    ] {
        let args = [
            "serve",
            "--bind",
            "127.0.0.1:0",
            "--data-dir",
            &data_dir,
            flag,
            value,
        ];
        let said = refusal(&args).await;
        assert!(said.contains(words), "{flag} {value}: {said}");
    }
}

#[tokio::test]
async fn an_address_that_others_reach_is_refused_unless_everybody_may_use_the_server() {
    for command in ["serve", "demo"] {
        let said = refusal(&[command, "--bind", "0.0.0.0:0"]).await;
        assert!(
            said.contains("0.0.0.0:0") && said.contains("--auth open"),
            "{said}"
        );
    }
}

#[tokio::test]
async fn a_bad_setting_of_the_environment_is_refused_as_the_flag_is() {
    let server = Process::start_with(&["serve"], &[("GAVEURS_POOL_SIZE", "many")]);
    let said = complaint(&server.ended().await);
    assert!(
        said.contains("--pool-size") && said.contains("many"),
        "{said}"
    );
}

#[tokio::test]
async fn an_address_that_is_taken_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for command in ["serve", "demo"] {
        let said = refusal(&[command, "--bind", &address]).await;
        assert!(
            said.contains(&format!("cannot listen on {address}")),
            "{said}"
        );
    }
}

#[tokio::test]
async fn a_database_that_is_not_there_ends_serve_and_migrate_with_a_sentence() {
    // Bound but not listening: no other process gets the port, and every connection to it is refused.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let url = format!("postgres://nobody@{}/nothing", socket.local_addr().unwrap());
    for args in [&["serve", "--bind", "127.0.0.1:0"][..], &["migrate"][..]] {
        let said = refusal(&[args, &["--database-url", &url]].concat()).await;
        assert!(said.contains("database"), "{said}");
        let cause = "Connection refused";
        assert_eq!(
            said.matches(cause).count(),
            1,
            "causes are said once: {said}"
        );
    }
}

#[tokio::test]
async fn senders_refuse_bad_settings_with_a_sentence() {
    for (args, words) in [
        (
            &["simulate", "gavage", "--acceleration", "86401"][..],
            "from 1 (real time) to 86400",
        ),
        (&["simulate", "gavage", "--lots", "0"][..], "from 1 to 999"),
        (
            &["simulate", "gavage", "--url", "http://x/"][..],
            "ws://host:port/ws/gavage",
        ),
        (
            &["replay", "/nowhere/export.csv"][..],
            "cannot read /nowhere/export.csv",
        ),
        (
            &["replay", "x.csv", "--starting", "tomorrow"][..],
            "YYYY-MM-DD",
        ),
    ] {
        let said = refusal(args).await;
        assert!(said.contains(words), "{args:?}: {said}");
    }
}
