//! French number formats, written without the page's own formatter.

/// Separates groups of digits, and a number from its unit.
const NARROW_SPACE: char = '\u{202f}';
const MINUS: char = '\u{2212}';

pub const MISSING: &str = "–";

pub fn number(value: f64, digits: usize) -> String {
    let plain = format!("{:.digits$}", value.abs());
    let (whole, decimals) = plain.split_once('.').unwrap_or((&plain, ""));
    let sign = if value < 0.0 {
        MINUS.to_string()
    } else {
        String::new()
    };
    let comma = if digits > 0 { "," } else { "" };
    format!("{sign}{}{comma}{decimals}", grouped(whole))
}

fn grouped(digits: &str) -> String {
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(NARROW_SPACE);
        }
        text.push(digit);
    }
    text
}

pub fn grams(value: f64, digits: usize) -> String {
    format!("{}{NARROW_SPACE}g", number(value, digits))
}

pub fn percent(value: f64, digits: usize) -> String {
    format!("{}{NARROW_SPACE}%", number(value, digits))
}

pub fn signed_percent(value: f64) -> String {
    let plus = if value > 0.0 { "+" } else { "" };
    format!("{plus}{}", percent(value, 1))
}

pub fn celsius(value: f64) -> String {
    format!("{}{NARROW_SPACE}°C", number(value, 1))
}

#[test]
fn figures_are_grouped_and_signed_the_french_way() {
    assert_eq!(number(1_234_567.0, 0), "1\u{202f}234\u{202f}567");
    assert_eq!(grams(987.65, 1), "987,6\u{202f}g");
    assert_eq!(signed_percent(-12.0), "\u{2212}12,0\u{202f}%");
    assert_eq!(signed_percent(0.5), "+0,5\u{202f}%");
}
