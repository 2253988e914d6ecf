//! Who is behind a connection: a user, one of the user's tabs, or an anonymous client.

use super::{stream::Topic, text};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{fmt, sync::Arc};

/// Maximum length of an id chosen by a client, bytes.
const LONGEST: usize = 128;

/// A gaveur's id, or the `uid` of a supervision screen. A screen cannot choose the id of a gaveur.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct UserId(#[serde(with = "as_text")] Arc<str>);

/// One browser tab (`sid`); it keeps its id when it reconnects.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TabId(#[serde(with = "as_text")] Arc<str>);

/// Ids that the server writes for itself; what it reads back was checked when it came from a client.
mod as_text {
    use super::{Arc, Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(id: &Arc<str>, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(id)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<str>, D::Error> {
        Ok(String::deserialize(deserializer)?.into())
    }
}

impl UserId {
    /// The user of a screen. `None` if the text is empty, longer than 128 bytes or no [key](text::key): such a client is served as
    /// anonymous. A number is a gaveur's, so a screen that chose one is told apart.
    pub fn new(text: &str) -> Option<Self> {
        let chosen = usable(text)?;
        Some(UserId(if chosen.parse::<i32>().is_ok() {
            format!("supervision:{chosen}").into()
        } else {
            chosen
        }))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Copies the id into its own allocation. If the ids of departed users lay between the memory of their connections, the allocator
    /// could not return that memory.
    pub fn reallocated(&self) -> Self {
        UserId((*self.0).into())
    }
}

impl TabId {
    /// `None` if the text is empty, longer than 128 bytes or no [key](text::key).
    pub fn new(text: &str) -> Option<Self> {
        usable(text).map(TabId)
    }
}

fn usable(text: &str) -> Option<Arc<str>> {
    let key = text::key(text).ok()?;
    (1..=LONGEST).contains(&key.len()).then(|| key.into())
}

impl From<i32> for UserId {
    fn from(gaveur_id: i32) -> Self {
        UserId(gaveur_id.to_string().into())
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        one_word(&self.0, f)
    }
}

impl fmt::Display for TabId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        one_word(&self.0, f)
    }
}

/// Formats a text for the log. Clients choose the text, so it is escaped: it cannot forge fields or lines, and two texts never look the
/// same. A single dash means that there is no text.
fn one_word(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let is_dash = text == "-";
    text.chars().try_for_each(|c| match c {
        '\\' => f.write_str("\\\\"),
        c if is_dash || c.is_whitespace() || text::is_invisible(c) => {
            write!(f, "{}", c.escape_unicode())
        }
        c => write!(f, "{c}"),
    })
}

/// The ids that a connection gives.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    pub user: Option<UserId>,
    pub tab: Option<Tab>,
}

/// A tab has at most one connection to a topic; a second one replaces the first.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Tab {
    pub sid: TabId,
    /// A page may subscribe to several topics with one `sid`.
    pub topic: Topic,
}

impl fmt::Display for Identity {
    /// `uid=… sid=…`, with a dash for an unknown one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.user {
            Some(user) => write!(f, "uid={user}")?,
            None => f.write_str("uid=-")?,
        }
        match &self.tab {
            Some(tab) => write!(f, " sid={}", tab.sid),
            None => f.write_str(" sid=-"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_forge_a_field_of_the_log() {
        let written = |text: &str| {
            let user = Some(UserId::new(text).unwrap());
            Identity { user, tab: None }.to_string()
        };
        assert_eq!(
            written("7 code=1000\u{3000}ws_connect"),
            "uid=7\\u{20}code=1000\\u{3000}ws_connect sid=-"
        );
        assert_eq!(written("7\\u{20}x"), "uid=7\\\\u{20}x sid=-");
        assert_eq!(written("-"), "uid=\\u{2d} sid=-");
    }

    #[test]
    fn a_name_with_something_invisible_is_no_name_and_space_around_it_does_not_matter() {
        for hidden in ["a\0b", "a\nb", "a\u{202e}b", "\u{feff}ab"] {
            assert_eq!(UserId::new(hidden), None, "{hidden:?}");
            assert_eq!(TabId::new(hidden), None, "{hidden:?}");
        }
        assert_eq!(UserId::new(" José "), UserId::new("José"));
    }

    #[test]
    fn no_screen_is_taken_for_a_gaveur() {
        for chosen in ["3", " 3", "+3", "03", "-3"] {
            assert_ne!(UserId::new(chosen), Some(UserId::from(3)), "{chosen}");
        }
        assert_eq!(UserId::new("3").unwrap().as_str(), "supervision:3");
        assert_eq!(UserId::new("ecran-3").unwrap().as_str(), "ecran-3");
    }

    #[test]
    fn an_empty_or_endless_name_is_no_name() {
        assert_eq!(UserId::new(""), None);
        assert_eq!(UserId::new(" "), None);
        assert_eq!(TabId::new(&"x".repeat(129)), None);
        assert!(TabId::new(&"x".repeat(128)).is_some());
    }
}
