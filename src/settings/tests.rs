use super::*;
use clap::{Parser, error::ErrorKind};

#[derive(Debug, Parser)]
struct Line {
    #[command(flatten)]
    server: ServerArgs,
}

fn complaint(flags: &[&str]) -> String {
    let line = Line::try_parse_from([&["gaveurs"], flags].concat());
    match line {
        Ok(line) => line.server.check().unwrap_err(),
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::ValueValidation);
            error.to_string()
        }
    }
}

#[test]
fn the_defaults_are_accepted() {
    assert_eq!(
        Line::try_parse_from(["gaveurs"]).unwrap().server.check(),
        Ok(())
    );
}

#[test]
fn without_authentication_the_control_panel_is_only_for_this_machine() {
    let flags = ["--control", "--auth", "open", "--bind", "0.0.0.0:8000"];
    assert!(complaint(&flags).contains("could start simulators: set --auth on"));
    for flags in [
        &["--control"][..],
        &["--control", "--auth", "open", "--bind", "[::1]:8000"],
        &["--control", "--auth", "on", "--bind", "0.0.0.0:8000"],
    ] {
        let line = Line::try_parse_from([&["gaveurs"], flags].concat());
        assert_eq!(line.unwrap().server.check(), Ok(()), "{flags:?}");
    }
}

#[test]
fn bad_settings_are_refused_with_a_sentence_that_names_the_flag() {
    for (flags, word) in [
        (
            ["--heartbeat-timeout", "5s"],
            "--heartbeat-timeout must be longer",
        ),
        (
            ["--heartbeat-interval", "0s"],
            "--heartbeat-interval <HEARTBEAT_INTERVAL>': must be longer",
        ),
        (["--heartbeat-interval", "20"], "with its unit"),
        (
            ["--statement-timeout", "0s"],
            "--statement-timeout <STATEMENT_TIMEOUT>': must be",
        ),
        (
            ["--pool-size", "1"],
            "--pool-size <POOL_SIZE>': must be at least 3",
        ),
        (
            ["--unfinished-messages", "10"],
            "--unfinished-messages must have room",
        ),
        (["--ingest-queue", "10"], "--ingest-queue must have room"),
        (["--cors-origins", "http://a/x"], "is no origin"),
        (
            ["--keep-alive", "0s"],
            "--keep-alive <KEEP_ALIVE>': must be longer",
        ),
        (
            ["--body-timeout", "0s"],
            "--body-timeout <BODY_TIMEOUT>': must be longer",
        ),
        (["--zone", "Europe/Lantic"], "no time zone"),
        (["--transport", "redis://a"], "--transport must be"),
        (
            ["--transport", "nats://a"],
            "--transport nats://… needs --cluster",
        ),
        (["--bind", "localhost"], "--bind"),
        (["--hosts", "http://a.example"], "is no name of a host"),
        (
            ["--trust-network", "10.3.0.0/24"],
            "write network=role, such as 10.3.0.0/24=station:LL",
        ),
        (
            ["--trust-network", "10.3.0.0/24=station"],
            "--trust-network needs --auth on",
        ),
        (["--trusted-proxies", "10.0.0.0/33"], "is neither a network"),
        (
            ["--max-connections", "0"],
            "--max-connections <MAX_CONNECTIONS>': must be at least 1",
        ),
        (
            ["--max-bad-messages", "4294967296"],
            "--max-bad-messages <MAX_BAD_MESSAGES>': must be",
        ),
        (
            ["--sensor-queue", "4294967296"],
            "--sensor-queue <SENSOR_QUEUE>': must be bytes below 4 GiB",
        ),
    ] {
        let complaint = complaint(&flags);
        assert!(complaint.contains(word), "{flags:?}: {complaint}");
    }
}

#[test]
fn an_address_that_others_reach_needs_the_word_that_everybody_may_use_the_server() {
    for bind in ["0.0.0.0:8000", "192.0.2.7:80", "[::]:8000"] {
        let complaint = complaint(&["--bind", bind]);
        assert!(
            complaint.contains(bind) && complaint.contains("--auth open"),
            "{complaint}"
        );
        let open = Line::try_parse_from(["gaveurs", "--bind", bind, "--auth", "open"]);
        assert_eq!(open.unwrap().server.check(), Ok(()), "{bind}");
    }
    for bind in [
        "127.0.0.1:8000",
        "127.7.7.7:0",
        "[::1]:8000",
        "[::ffff:127.0.0.1]:1",
    ] {
        let line = Line::try_parse_from(["gaveurs", "--bind", bind]);
        assert_eq!(line.unwrap().server.check(), Ok(()), "{bind}");
    }
}
