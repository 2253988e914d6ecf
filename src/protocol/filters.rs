//! Parses the `filters` of a `subscribe` message.

use super::lenient::as_number;
use crate::domain::{
    audience::{Filter, Only},
    quality::Grade,
    text,
};
use serde_json::Value;

/// Parses filters. `null` or anything but an object is an empty filter; a key with an invalid value is ignored.
pub fn parse(filters: &Value) -> Filter {
    let text = |name: &str| key(filters.get(name)?);
    Filter {
        device_id: text("device_id").map(str::to_owned),
        site_code: text("site_code").and_then(|code| code.parse().ok()),
        min_grade: text("min_grade").and_then(|grade| grade.parse::<Grade>().ok()),
        only: match text("data_type") {
            Some("sqal_only") => Some(Only::Sqal),
            Some("gavage_only") => Some(Only::Gavage),
            _ => None,
        },
        code_lot: text("code_lot").map(str::to_owned),
        gaveur_id: filters.get("gaveur_id").and_then(gaveur_id),
    }
}

/// A text that can be a code or an id.
fn key(value: &Value) -> Option<&str> {
    /// Codes and ids are not longer.
    const LONGEST: usize = 128;
    let key = text::key(value.as_str()?).ok()?;
    (1..=LONGEST).contains(&key.len()).then_some(key)
}

/// A gaveur's number, as a whole number or as digits.
fn gaveur_id(value: &Value) -> Option<i32> {
    let id: i32 = match value {
        Value::String(digits) => digits.trim().parse().ok()?,
        value => {
            let number = as_number(value)?;
            let is_whole = number.fract() == 0.0 && number <= f64::from(i32::MAX);
            is_whole.then_some(number as i32)?
        }
    };
    (id >= 0).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::site::Site;
    use serde_json::json;

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
    }
}
