use super::*;
use crate::domain::reading::sample;
use serde_json::{Value, json};

fn value(frame: &[u8]) -> Value {
    serde_json::from_slice(frame).unwrap()
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
fn a_data_frame_is_whole_once_its_seq_is_there() {
    let data = reading_data(&sample("LL2611001", 0, Moment::Matin));
    let open = data_frame("gavage_realtime", &data, Timestamp::UNIX_EPOCH);
    let frame = value(&[open.as_ref(), seq_tail(7).as_bytes()].concat());
    assert_eq!(
        (&frame["type"], &frame["seq"]),
        (&json!("gavage_realtime"), &json!(7))
    );
    assert_eq!(frame["timestamp"], "1970-01-01T00:00:00.000Z");
}

#[test]
fn an_error_quotes_short_json_as_json_and_cuts_long_input() {
    let now = Timestamp::UNIX_EPOCH;
    assert_eq!(
        value(&error("no", r#"{"a":1}"#, None, now))["data"],
        json!({"a": 1})
    );
    assert_eq!(value(&error("no", "{a", None, now))["data"], json!("{a"));
    let long = "é".repeat(5_000);
    assert_eq!(
        value(&error("no", &long, Some(500), now))["data"]
            .as_str()
            .unwrap()
            .len(),
        QUOTED_INPUT_BYTES
    );
}
