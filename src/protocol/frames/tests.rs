mod examples;

use super::*;
use crate::domain::{reading::sample, stream::Topic};
use serde_json::{Value, json};

/// The contract, one frame of each kind per line: clients that cannot be changed depend on these bytes.
const CONTRACT: &str = include_str!("../../../tests/frames/server_frames.jsonl");

fn value(frame: &[u8]) -> Value {
    serde_json::from_slice(frame).unwrap()
}

#[test]
fn every_frame_goes_out_byte_for_byte_as_clients_know_it() {
    let frames = examples::all();
    let contract: Vec<_> = CONTRACT.lines().collect();
    for (frame, expected) in frames.iter().zip(&contract) {
        assert_eq!(frame, expected);
    }
    assert_eq!(frames.len(), contract.len());
}

#[test]
fn a_reading_has_sixteen_fields_and_a_simulated_one_says_so() {
    let mut reading = sample("LL2611001", 0, Moment::Matin);
    assert_eq!(
        value(&reading_data(&reading)).as_object().unwrap().len(),
        16
    );
    reading.simule = true;
    assert_eq!(value(&reading_data(&reading))["simule"], json!(true));
}

#[test]
fn a_frame_of_a_stream_is_whole_once_its_seq_is_there() {
    let reading = sample("LL2611001", 0, Moment::Matin);
    let open = OpenFrame::from(&ServerFrame::GavageRealtime {
        data: ReadingData::from(&reading),
        timestamp: At(Timestamp::UNIX_EPOCH),
    });
    for (topic, kind) in [
        (Topic::Realtime, "gavage_realtime"),
        (Topic::Gaveur(9), "gavage"),
    ] {
        let frame = value(&open.close(topic, 7, |parts| parts.concat()));
        assert_eq!((&frame["type"], &frame["seq"]), (&json!(kind), &json!(7)));
        assert_eq!(frame["timestamp"], "1970-01-01T00:00:00.000Z");
    }
}

#[test]
fn an_error_quotes_short_json_as_json_and_cuts_long_input() {
    let quoted = |input: &str| {
        let frame = ServerFrame::error("no", input, None, Timestamp::UNIX_EPOCH);
        value(&frame.encode())["data"].take()
    };
    assert_eq!(quoted(r#"{"a":1}"#), json!({"a": 1}));
    assert_eq!(quoted("{a"), json!("{a"));
    let long = "é".repeat(5_000);
    assert_eq!(
        quoted(&long).as_str().unwrap().len(),
        data::QUOTED_INPUT_BYTES
    );
}
