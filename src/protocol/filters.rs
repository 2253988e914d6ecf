//! Parses the `filters` of a `subscribe` message.

use super::lenient::{self, Object, Scalar};
use crate::domain::audience::Filter;
use std::str::FromStr;

/// Reads filters; `null` or anything that is not an object is no filter, and a key whose value makes no sense filters nothing.
///
/// `None` if other parsers would refuse them, e.g. because of half a surrogate pair.
pub fn parse(filters: &str) -> Option<Filter> {
    lenient::check(filters).ok()?;
    let filters = Object::read(filters).unwrap_or_default();
    Some(Filter {
        device_id: key(&filters, "device_id"),
        site_code: word(&filters, "site_code"),
        min_grade: word(&filters, "min_grade"),
        only: word(&filters, "data_type"),
        code_lot: key(&filters, "code_lot"),
        gaveur_id: gaveur_id(&filters),
    })
}

/// A text that can name something.
fn key(filters: &Object<'_>, name: &str) -> Option<String> {
    /// No code and no id is longer.
    const MAX_CHARS: usize = 128;
    filters.key(name, MAX_CHARS).ok()
}

fn word<T: FromStr>(filters: &Object<'_>, name: &str) -> Option<T> {
    key(filters, name)?.parse().ok()
}

/// A whole number, or the digits of one, that can be a gaveur's.
fn gaveur_id(filters: &Object<'_>) -> Option<i32> {
    let name = "gaveur_id";
    match filters.scalar(name) {
        Scalar::Text(digits) => digits.trim().parse().ok().filter(|id| *id >= 0),
        _ => filters.integer(name, 0..=i32::MAX).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{quality::Grade, site::Site};
    use serde_json::{Value, json};

    fn parse(filters: &Value) -> Filter {
        super::parse(&filters.to_string()).expect("it can be read")
    }

    #[test]
    fn null_and_what_is_not_an_object_filter_nothing() {
        for filters in [
            json!(null),
            json!([]),
            json!("LL"),
            json!({}),
            json!({"site_code": null, "gaveur_id": null}),
        ] {
            assert_eq!(parse(&filters), Filter::default(), "{filters}");
        }
    }

    #[test]
    fn a_whole_number_or_its_digits_are_a_gaveur_and_nothing_else_is() {
        for id in [json!(3), json!(3.0), json!("3"), json!(" 3 ")] {
            assert_eq!(parse(&json!({"gaveur_id": id})).gaveur_id, Some(3), "{id}");
        }
        for id in [
            json!(2.9),
            json!(-1),
            json!(-0.5),
            json!(3e9),
            json!(1e300),
            json!("2.5"),
            json!("1e3"),
            json!("99999999999"),
            json!(""),
            json!("trois"),
            json!(true),
            json!([3]),
        ] {
            assert_eq!(parse(&json!({"gaveur_id": id})).gaveur_id, None, "{id}");
        }
    }

    #[test]
    fn a_text_is_read_without_the_space_around_it_and_an_empty_one_filters_nothing() {
        let filter = parse(&json!({"code_lot": " LL1 ", "site_code": "ll ", "min_grade": " A"}));
        assert_eq!(filter.code_lot.as_deref(), Some("LL1"));
        assert_eq!(filter.site_code, Some(Site::Ll));
        assert_eq!(filter.min_grade, Some(Grade::A));
        let nothing = json!({"code_lot": "", "device_id": "  ", "site_code": "", "min_grade": "Z", "data_type": ""});
        assert_eq!(parse(&nothing), Filter::default());
        let unusable = json!({"code_lot": "x".repeat(129), "device_id": "a\u{0}b"});
        assert_eq!(parse(&unusable), Filter::default());
        let number = json!({"code_lot": 12, "site_code": ["LL"], "device_id": {}});
        assert_eq!(parse(&number), Filter::default());
    }

    #[test]
    fn what_cannot_be_read_whole_is_no_filter_at_all() {
        assert_eq!(super::parse(r#"{"code_lot": "LL1", "x": "\ud800"}"#), None);
    }
}
