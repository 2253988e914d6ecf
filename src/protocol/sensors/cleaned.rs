//! JSON whose texts are cleaned and which otherwise stands as it came.

use crate::domain::text::visible;
use std::str::Chars;

/// The same JSON, which must be valid, with every text in it as [`crate::domain::text::free`] keeps it.
pub fn cleaned(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    let (mut rest, mut inside) = (json.chars(), false);
    while let Some(c) = rest.next() {
        match c {
            '"' => {
                inside = !inside;
                out.push(c);
            }
            '\\' => escape(&mut rest, &mut out),
            c if inside => out.extend(visible(c)),
            c => out.push(c),
        }
    }
    out
}

/// What stands behind a backslash.
fn escape(rest: &mut Chars<'_>, out: &mut String) {
    match rest.next() {
        Some('u') => {
            let from = rest.as_str();
            let c = unicode(rest);
            let written = &from[..from.len() - rest.as_str().len()];
            match c.and_then(visible) {
                kept if kept == c => out.extend(["\\u", written]),
                kept => out.extend(kept),
            }
        }
        Some('n' | 't' | 'r' | 'f') => out.push(' '),
        Some('b') | None => {}
        Some(other) => out.extend(['\\', other]),
    }
}

/// The character of one escape, or of the two that a character beyond U+FFFF takes.
fn unicode(rest: &mut Chars<'_>) -> Option<char> {
    let first = unit(rest)?;
    let Some(Err(lone)) = char::decode_utf16([first]).next() else {
        return char::from_u32(first.into());
    };
    let mut behind = rest.clone();
    behind.by_ref().take(2).for_each(drop);
    let second = unit(&mut behind)?;
    *rest = behind;
    let both = [lone.unpaired_surrogate(), second];
    char::decode_utf16(both).next()?.ok()
}

fn unit(rest: &mut Chars<'_>) -> Option<u16> {
    let digits = rest.as_str().get(..4)?;
    rest.by_ref().take(4).for_each(drop);
    u16::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::text::free;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    #[test]
    fn numbers_and_space_outside_of_texts_stand_as_they_came() {
        let json = "{\n\t\"a\\u00ad\": 0.10,\"b\":\"x\\u202Ey\\\\n\\\"\\n\\ud83e\\udd86\"}";
        assert_eq!(
            cleaned(json),
            "{\n\t\"a\": 0.10,\"b\":\"xy\\\\n\\\" \\ud83e\\udd86\"}"
        );
    }

    /// The text as JSON with every character escaped.
    fn escaped(text: &str) -> String {
        let units = text.encode_utf16().map(|unit| format!("\\u{unit:04x}"));
        format!("\"{}\"", units.collect::<String>())
    }

    proptest! {
        #[test]
        fn a_text_is_cleaned_alike_however_it_is_written(text in any::<String>()) {
            for json in [json!(text).to_string(), escaped(&text)] {
                let read: Value = serde_json::from_str(&cleaned(&json)).unwrap();
                prop_assert_eq!(read.as_str().unwrap().trim(), &*free(&text));
            }
        }
    }
}
