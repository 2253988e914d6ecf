//! The `filters` of a `subscribe` message.

use super::lenient::as_number;
use crate::domain::{
    audience::{Filter, Only},
    quality::Grade,
};
use serde_json::Value;

/// Reads filters; `null` or anything that is not an object is no filter, and a key whose value makes no sense filters nothing.
pub fn parse(filters: &Value) -> Filter {
    let text = |name: &str| filters.get(name).and_then(Value::as_str).map(str::to_owned);
    Filter {
        device_id: text("device_id"),
        site_code: text("site_code").and_then(|code| code.parse().ok()),
        min_grade: text("min_grade").and_then(|grade| grade.parse::<Grade>().ok()),
        only: match filters.get("data_type").and_then(Value::as_str) {
            Some("sqal_only") => Some(Only::Sqal),
            Some("gavage_only") => Some(Only::Gavage),
            _ => None,
        },
        code_lot: text("code_lot"),
        gaveur_id: filters
            .get("gaveur_id")
            .and_then(as_number)
            .map(|id| id as i32),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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
    fn a_numeric_string_is_a_gaveur() {
        assert_eq!(parse(&json!({"gaveur_id": "3"})).gaveur_id, Some(3));
    }
}
