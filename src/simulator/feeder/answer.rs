//! Parses the server's answers on `/ws/gavage`.

use crate::domain::{moment::Moment, reading::MealKey};
use serde::Deserialize;
use serde_json::Value;
use std::time::Duration;

/// Longer `retry_after` hints are cut to this: one absurd number must not stop a feeder for ever.
const LONGEST_RETRY: Duration = Duration::from_secs(60);

/// One frame of the server, as a sender of readings sees it.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// The reading is committed.
    Ack { meal: Option<MealKey> },
    /// Nothing was stored. With `retry_after` the same reading may succeed later.
    Error {
        meal: Option<MealKey>,
        sentence: String,
        retry_after: Option<Duration>,
    },
    /// A welcome, a ping, or a type that this client does not know.
    Other,
}

#[derive(Deserialize)]
struct Frame {
    r#type: String,
    #[serde(flatten)]
    meal: Meal,
    #[serde(default)]
    error: Option<String>,
    #[serde(default)]
    data: Value,
    #[serde(default)]
    retry_after_ms: Option<u64>,
}

#[derive(Deserialize)]
struct Meal {
    #[serde(default)]
    code_lot: Option<String>,
    #[serde(default)]
    jour: Option<i32>,
    #[serde(default)]
    moment: Option<Moment>,
}

impl Meal {
    fn key(self) -> Option<MealKey> {
        Some(MealKey {
            code_lot: self.code_lot?,
            jour: self.jour?,
            moment: self.moment?,
        })
    }
}

/// Parses one text frame. A frame that does not answer a reading is [`Answer::Other`].
pub fn parse(text: &str) -> Answer {
    let Ok(frame) = serde_json::from_str::<Frame>(text) else {
        return Answer::Other;
    };
    match frame.r#type.as_str() {
        "ack" => Answer::Ack {
            meal: frame.meal.key(),
        },
        "error" => Answer::Error {
            meal: Meal::deserialize(frame.data).ok().and_then(Meal::key),
            sentence: frame
                .error
                .unwrap_or_else(|| "an error without an explanation".to_owned()),
            retry_after: frame
                .retry_after_ms
                .map(|ms| Duration::from_millis(ms).min(LONGEST_RETRY)),
        },
        _ => Answer::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::reading::sample,
        protocol::frames::{ServerFrame, reading_data},
    };
    use jiff::Timestamp;

    fn read(frame: &[u8]) -> Answer {
        parse(std::str::from_utf8(frame).unwrap())
    }

    #[test]
    fn the_ack_of_our_server_names_its_meal() {
        let reading = sample("LL2611001", 3, Moment::Soir);
        let ack = read(&ServerFrame::reading_ack(&reading, Timestamp::UNIX_EPOCH).encode());
        assert_eq!(
            ack,
            Answer::Ack {
                meal: Some(reading.key())
            }
        );
    }

    #[test]
    fn an_error_names_the_meal_that_it_quotes_and_says_when_to_come_back() {
        let reading = sample("LL2611001", 3, Moment::Soir);
        let quoted = reading_data(&reading);
        let quoted = std::str::from_utf8(&quoted).unwrap();
        let error = ServerFrame::error("busy", quoted, Some(500), Timestamp::UNIX_EPOCH);
        let error = read(&error.encode());
        assert_eq!(
            error,
            Answer::Error {
                meal: Some(reading.key()),
                sentence: "busy".to_owned(),
                retry_after: Some(Duration::from_millis(500))
            }
        );
    }

    #[test]
    fn an_error_that_quotes_text_or_nothing_names_no_meal() {
        for text in [
            r#"{"type":"error","error":"x","data":"{cut"}"#,
            r#"{"type":"error","error":"x"}"#,
        ] {
            assert!(
                matches!(parse(text), Answer::Error { meal: None, .. }),
                "{text}"
            );
        }
    }

    #[test]
    fn an_endless_retry_hint_is_cut() {
        let text = format!(
            r#"{{"type":"error","error":"x","retry_after_ms":{}}}"#,
            u64::MAX
        );
        let Answer::Error { retry_after, .. } = parse(&text) else {
            panic!("not an error")
        };
        assert_eq!(retry_after, Some(LONGEST_RETRY));
    }

    #[test]
    fn everything_else_is_no_answer() {
        for text in [
            "",
            "[]",
            "{}",
            "12",
            r#"{"type":"connection_established"}"#,
            r#"{"type":"ping"}"#,
        ] {
            assert_eq!(parse(text), Answer::Other, "{text}");
        }
    }
}
