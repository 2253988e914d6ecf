//! Texts that clients choose. A key (`uid`, codes, ids) must be the same text everywhere, so one with invisible characters is refused. In
//! a free text (names, remarks, defects) they are removed, because nothing should be lost over a soft hyphen.

use std::borrow::Cow;

/// Characters that nobody sees: those that format others (Unicode category Cf: bidi marks, joiners, soft hyphens, byte order marks, tags), those
/// that fonts leave out (Default_Ignorable_Code_Point: fillers, variation selectors), and some that are no characters.
const UNSEEN: [(char, char); 26] = [
    ('\u{ad}', '\u{ad}'),
    ('\u{34f}', '\u{34f}'),
    ('\u{600}', '\u{605}'),
    ('\u{61c}', '\u{61c}'),
    ('\u{6dd}', '\u{6dd}'),
    ('\u{70f}', '\u{70f}'),
    ('\u{890}', '\u{891}'),
    ('\u{8e2}', '\u{8e2}'),
    ('\u{115f}', '\u{1160}'),
    ('\u{17b4}', '\u{17b5}'),
    ('\u{180b}', '\u{180f}'),
    ('\u{200b}', '\u{200f}'),
    ('\u{202a}', '\u{202e}'),
    ('\u{2060}', '\u{206f}'),
    ('\u{3164}', '\u{3164}'),
    ('\u{fdd0}', '\u{fdef}'),
    ('\u{fe00}', '\u{fe0f}'),
    ('\u{feff}', '\u{feff}'),
    ('\u{ffa0}', '\u{ffa0}'),
    ('\u{fff0}', '\u{fffb}'),
    ('\u{110bd}', '\u{110bd}'),
    ('\u{110cd}', '\u{110cd}'),
    ('\u{13430}', '\u{1343f}'),
    ('\u{1bca0}', '\u{1bca3}'),
    ('\u{1d173}', '\u{1d17a}'),
    ('\u{e0000}', '\u{e0fff}'),
];

/// Why a text is not a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must not hold control or format characters (U+{:04X})", u32::from(*.0))]
pub struct Invisible(pub char);

/// The key without surrounding white space.
///
/// # Errors
/// The text contains a control or format character, which would be invisible.
pub fn key(text: &str) -> Result<&str, Invisible> {
    let key = text.trim();
    match key.chars().find(|c| is_invisible(*c)) {
        Some(invisible) => Err(Invisible(invisible)),
        None => Ok(key),
    }
}

/// Cleans a free text: line breaks and tabs become spaces, invisible characters and surrounding white space are removed.
pub fn free(text: &str) -> Cow<'_, str> {
    if !has_invisible(text) {
        return Cow::Borrowed(text.trim());
    }
    let kept: String = text.chars().filter_map(visible).collect();
    Cow::Owned(kept.trim().to_owned())
}

/// The character as kept in a free text; `None` if it is removed.
pub fn visible(c: char) -> Option<char> {
    match c {
        '\t' | '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some(' '),
        c if is_invisible(c) => None,
        c => Some(c),
    }
}

/// Whether a text holds an [invisible](is_invisible) character. Nearly every text is plain ASCII, which is seen byte by byte.
pub fn has_invisible(text: &str) -> bool {
    let is_plain = text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    !is_plain && text.contains(is_invisible)
}

/// Control characters, what nobody sees, and the separators of lines and paragraphs.
pub fn is_invisible(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_control();
    }
    let holds = |(first, last): &(char, char)| (*first..=*last).contains(&c);
    // The last two of each plane are no characters.
    let is_none = u32::from(c) & 0xFFFE == 0xFFFE;
    c.is_control() || is_none || matches!(c, '\u{2028}' | '\u{2029}') || UNSEEN.iter().any(holds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_key_is_trimmed_and_refused_when_it_holds_what_nobody_sees() {
        assert_eq!(key(" LL9645488 \n"), Ok("LL9645488"));
        assert_eq!(key("Élevage d’Anne-Marie"), Ok("Élevage d’Anne-Marie"));
        for hidden in [
            '\0',
            '\n',
            '\u{7f}',
            '\u{85}',
            '\u{ad}',
            '\u{200b}',
            '\u{202e}',
            '\u{2029}',
            '\u{feff}',
            '\u{e0041}',
            '\u{34f}',
            '\u{3164}',
            '\u{fe0f}',
            '\u{ffff}',
        ] {
            assert_eq!(key(&format!("LL{hidden}1")), Err(Invisible(hidden)));
        }
        let sentence = key("a\u{202e}b").unwrap_err().to_string();
        assert_eq!(
            sentence,
            "must not hold control or format characters (U+202E)"
        );
    }

    #[test]
    fn a_free_text_keeps_all_that_can_be_seen() {
        assert_eq!(
            free(" Jean\u{ad}-Pierre\u{202e}\0\nDupont\t"),
            "Jean-Pierre Dupont"
        );
        assert!(matches!(free("Anne"), Cow::Borrowed("Anne")));
        assert_eq!(free("\u{200b}"), "");
    }

    proptest! {
        #[test]
        fn what_is_kept_of_any_text_is_a_key(text in any::<String>()) {
            let kept = free(&text);
            prop_assert_eq!(key(&kept), Ok(&*kept));
            prop_assert_eq!(has_invisible(&text), text.contains(is_invisible));
        }

        /// The standard library shows no character of these kinds as it is, but for the fillers of Hangul.
        #[test]
        fn nothing_is_taken_for_invisible_that_the_standard_library_shows(c in any::<char>()) {
            let is_filler = matches!(c, '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}');
            prop_assert!(!is_invisible(c) || is_filler || c.escape_debug().len() > 1);
        }
    }
}
