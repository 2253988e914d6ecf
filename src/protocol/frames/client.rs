//! Messages that a screen sends.

use serde::Deserialize;
use serde_json::value::RawValue;

/// A message of a screen.
#[derive(Debug)]
pub enum ClientFrame {
    Heartbeat,
    /// Replaces the screen's filters. They are kept as sent, for the echo; `null` if there are none.
    Subscribe {
        filters: Box<RawValue>,
    },
    /// Removes the filters.
    Unsubscribe,
    /// Replaces the token that admitted the screen.
    Auth {
        token: String,
    },
}

impl ClientFrame {
    /// Parses a message; `None` for anything else, which is ignored.
    pub fn read(text: &str) -> Option<Self> {
        // Not a tagged enum: to find the tag serde would parse the filters, and they could not be echoed as sent.
        #[derive(Deserialize)]
        struct Message {
            r#type: String,
            #[serde(default)]
            filters: Option<Box<RawValue>>,
            #[serde(default)]
            token: Option<Box<RawValue>>,
        }
        let message: Message = serde_json::from_str(text).ok()?;
        match message.r#type.as_str() {
            "heartbeat" => Some(ClientFrame::Heartbeat),
            "subscribe" => Some(ClientFrame::Subscribe {
                filters: message.filters.unwrap_or_else(|| RawValue::NULL.to_owned()),
            }),
            "unsubscribe" => Some(ClientFrame::Unsubscribe),
            "auth" => {
                let token = message.token.as_deref().unwrap_or(RawValue::NULL);
                Some(ClientFrame::Auth {
                    // What is no text is no token either.
                    token: serde_json::from_str(token.get()).unwrap_or_default(),
                })
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_are_kept_as_they_were_sent() {
        let filters = |text: &str| match ClientFrame::read(text) {
            Some(ClientFrame::Subscribe { filters }) => filters.get().to_owned(),
            other => panic!("{other:?}"),
        };
        let sent = r#"{"filters": {"gaveur_id" : 1.0, "gaveur_id": "2"}, "type": "subscribe"}"#;
        assert_eq!(filters(sent), r#"{"gaveur_id" : 1.0, "gaveur_id": "2"}"#);
        assert_eq!(filters(r#"{"type":"subscribe"}"#), "null");
        assert_eq!(filters(r#"{"type":"subscribe","filters":null}"#), "null");
    }

    #[test]
    fn a_token_is_a_text_and_anything_else_an_empty_one() {
        let token = |text: &str| match ClientFrame::read(text) {
            Some(ClientFrame::Auth { token }) => token,
            other => panic!("{other:?}"),
        };
        assert_eq!(token(r#"{"type":"auth","token":"a.b.c"}"#), "a.b.c");
        for none in [
            r#"{"type":"auth"}"#,
            r#"{"type":"auth","token":null}"#,
            r#"{"type":"auth","token":7}"#,
        ] {
            assert_eq!(token(none), "", "{none}");
        }
    }

    #[test]
    fn what_a_screen_may_not_say_is_nothing() {
        for text in ["", "[]", "{}", r#"{"type":"ping"}"#, r#"{"type":7}"#] {
            assert!(ClientFrame::read(text).is_none(), "{text}");
        }
    }
}
