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
fn bad_settings_are_refused_with_a_sentence_that_names_the_flag() {
    for (flags, word) in [
        (
            ["--heartbeat-timeout", "5s"],
            "--heartbeat-timeout must be longer",
        ),
        (
            ["--heartbeat-interval", "0s"],
            "--heartbeat-interval must be longer",
        ),
        (["--heartbeat-interval", "20"], "with its unit"),
        (["--statement-timeout", "0s"], "--statement-timeout must be"),
        (["--pool-size", "1"], "--pool-size must be at least 3"),
        (
            ["--unfinished-messages", "10"],
            "--unfinished-messages must have room",
        ),
        (["--ingest-queue", "10"], "--ingest-queue must have room"),
        (["--cors-origins", "http://a/x"], "is no origin"),
        (["--keep-alive", "0s"], "--keep-alive and"),
        (["--zone", "Europe/Lantic"], "no time zone"),
        (["--bind", "localhost"], "--bind"),
        (["--max-connections", "0"], "--max-connections"),
    ] {
        let complaint = complaint(&flags);
        assert!(complaint.contains(word), "{flags:?}: {complaint}");
    }
}
