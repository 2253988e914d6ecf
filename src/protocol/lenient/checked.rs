//! JSON that any client can read: no lone surrogates, no number beyond a double, no endless nesting.

use crate::domain::text;
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, SeqAccess, Visitor},
};

/// Reads every part of a JSON text and keeps nothing but whether there is something [invisible](text::has_invisible) in it.
pub struct Checked {
    pub is_visible: bool,
}

const VISIBLE: Checked = Checked { is_visible: true };

impl<'de> Deserialize<'de> for Checked {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Check)
    }
}

struct Check;

impl<'de> Visitor<'de> for Check {
    type Value = Checked;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Checked, E> {
        Ok(VISIBLE)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Checked, E> {
        Ok(VISIBLE)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Checked, E> {
        Ok(VISIBLE)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Checked, E> {
        Ok(VISIBLE)
    }

    fn visit_str<E>(self, text: &str) -> Result<Checked, E> {
        let is_visible = !text::has_invisible(text);
        Ok(Checked { is_visible })
    }

    fn visit_unit<E>(self) -> Result<Checked, E> {
        Ok(VISIBLE)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Checked, A::Error> {
        let mut all = VISIBLE;
        while let Some(element) = elements.next_element::<Checked>()? {
            all.is_visible &= element.is_visible;
        }
        Ok(all)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Checked, A::Error> {
        let mut all = VISIBLE;
        while let Some((name, value)) = entries.next_entry::<Checked, Checked>()? {
            all.is_visible &= name.is_visible && value.is_visible;
        }
        Ok(all)
    }
}
