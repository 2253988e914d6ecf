//! Parses path and query parameters from text, so that the error can name them.

use super::error::ApiError;
use crate::domain::{
    alert::Severity, horodatage::Horodatage, lives::LAST_JOUR, lot::Statut, quality::Grade,
    site::Site, text,
};
use actix_web::web::QueryConfig;
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use std::{fmt::Display, ops::RangeInclusive, str::FromStr};

/// For a query string that cannot be parsed at all, e.g. because a parameter is repeated.
pub fn query_config() -> QueryConfig {
    QueryConfig::default().error_handler(|error, _request| {
        let problem = match error {
            actix_web::error::QueryPayloadError::Deserialize(problem) => problem.to_string(),
            other => other.to_string(),
        };
        ApiError::BadParameter(format!("the query string cannot be read: {problem}")).into()
    })
}

/// # Errors
/// A sentence that says which values are valid.
pub fn gaveur_id(text: &str) -> Result<i32, ApiError> {
    whole_number("gaveur_id", text, 0..=i32::MAX)
}

/// How many elements to skip.
///
/// # Errors
/// A sentence that says which values are valid.
pub fn offset(text: Option<&str>) -> Result<i64, ApiError> {
    text.map_or(Ok(0), |text| whole_number("offset", text, 0..=1_000_000))
}

/// An instant; without an offset it is local time in `zone`.
///
/// # Errors
/// A sentence that says which values are valid.
pub fn instant(
    name: &str,
    text: Option<&str>,
    zone: &TimeZone,
) -> Result<Option<Timestamp>, ApiError> {
    let read = |text: &str| match Horodatage::parse(text, zone) {
        Ok(time) => Ok(time.instant),
        Err(problem) => Err(bad(name, &problem, text)),
    };
    given(text).map(read).transpose()
}

/// A calendar day.
///
/// # Errors
/// A sentence that says which values are valid.
pub fn day(name: &str, text: Option<&str>) -> Result<Option<Date>, ApiError> {
    let read = |text: &str| {
        text.parse::<Date>()
            .map_err(|_| bad(name, &"must be a day as in 2026-11-29", text))
    };
    given(text).map(read).transpose()
}

/// Maximum number of elements in the answer.
///
/// # Errors
/// A sentence that says which values are valid.
pub fn limit(
    text: Option<&str>,
    default: i64,
    allowed: RangeInclusive<i64>,
) -> Result<i64, ApiError> {
    text.map_or(Ok(default), |text| whole_number("limit", text, allowed))
}

/// How many of something.
///
/// # Errors
/// A sentence that says what the parameter takes.
pub fn count(
    name: &str,
    text: Option<&str>,
    default: i64,
    allowed: RangeInclusive<i64>,
) -> Result<i64, ApiError> {
    text.map_or(Ok(default), |text| whole_number(name, text, allowed))
}

/// The states that a word of any vocabulary covers; empty or absent means all.
///
/// # Errors
/// A sentence that says which values are valid.
pub fn statut(text: Option<&str>) -> Result<Option<Vec<Statut>>, ApiError> {
    let read = |word: &str| {
        Statut::covered_by(word).ok_or_else(|| {
            let words = Statut::ALL.map(Statut::as_str).join(", ");
            let problem = format!("must be one of {words}, en_cours or termine");
            bad("statut", &problem, word)
        })
    };
    given(text).map(read).transpose()
}

/// Number of days.
///
/// # Errors
/// A sentence that says what the parameter takes.
pub fn days(
    text: Option<&str>,
    default: i64,
    allowed: RangeInclusive<i64>,
) -> Result<i64, ApiError> {
    text.map_or(Ok(default), |text| whole_number("days", text, allowed))
}

/// Day of a lot as older screens count it: the first is 1.
///
/// # Errors
/// A sentence that says what the parameter takes.
pub fn jour(text: &str) -> Result<i32, ApiError> {
    whole_number("jour", text, 1..=100)
}

/// Day of a lot as we count it: 0 is the first day of feeding.
///
/// # Errors
/// A sentence that says which values are valid.
pub fn jour_of_lot(text: &str) -> Result<i32, ApiError> {
    whole_number("jour", text, -1..=LAST_JOUR)
}

/// Number of a version.
///
/// # Errors
/// A sentence that says which values are valid.
pub fn version(text: &str) -> Result<i32, ApiError> {
    whole_number("version", text, 1..=i32::MAX)
}

/// Id of a lot.
///
/// # Errors
/// A sentence that says which values are valid.
pub fn lot_id(text: &str) -> Result<i64, ApiError> {
    whole_number("lot_id", text, 0..=i64::MAX)
}

/// White around a QR code, in modules.
///
/// # Errors
/// A sentence that says which values are valid.
pub fn margin(text: Option<&str>, default: i32) -> Result<i32, ApiError> {
    text.map_or(Ok(default), |text| whole_number("marge", text, 0..=20))
}

/// Number of a row.
///
/// # Errors
/// A sentence that says which values are valid.
pub fn id(text: &str) -> Result<i64, ApiError> {
    whole_number("id", text, 0..=i64::MAX)
}

/// # Errors
/// A sentence that says which values are valid.
pub fn site(text: Option<&str>) -> Result<Option<Site>, ApiError> {
    word("site", text)
}

/// A severity in the words of supervision or of the farmers' screens.
///
/// # Errors
/// A sentence that says which values are valid.
pub fn severity(text: Option<&str>) -> Result<Option<Severity>, ApiError> {
    let problem = "must be one of info, warning, critical (or important, critique)";
    given(text)
        .map(|word| {
            Severity::in_either_vocabulary(word).ok_or_else(|| bad("severite", &problem, word))
        })
        .transpose()
}

/// # Errors
/// A sentence that says which values are valid.
pub fn grade(text: Option<&str>) -> Result<Option<Grade>, ApiError> {
    // In a query a plus sign means a space.
    let read = |word: &str| match word {
        "A " => Ok(Grade::APlus),
        word => word.parse().map_err(|problem| bad("grade", &problem, word)),
    };
    text.filter(|text| !text.is_empty()).map(read).transpose()
}

/// Length of a window, in hours: up to 90 days.
///
/// # Errors
/// A sentence that says which values are valid.
pub fn hours(text: Option<&str>, default: i64) -> Result<i64, ApiError> {
    text.map_or(Ok(default), |text| whole_number("heures", text, 1..=2160))
}

/// Length of a window, in calendar days.
///
/// # Errors
/// A sentence that says which values are valid.
pub fn periode(text: Option<&str>, default: i64) -> Result<i64, ApiError> {
    text.map_or(Ok(default), |text| whole_number("periode", text, 1..=365))
}

/// One of the words of an enum.
///
/// # Errors
/// A sentence that says which values are valid.
pub fn word<T>(name: &str, text: Option<&str>) -> Result<Option<T>, ApiError>
where
    T: FromStr,
    T::Err: Display,
{
    let read = |word: &str| {
        word.parse::<T>()
            .map_err(|problem| bad(name, &problem, word))
    };
    given(text).map(read).transpose()
}

/// # Errors
/// A sentence that says which values are valid.
pub fn flag(name: &str, text: Option<&str>) -> Result<Option<bool>, ApiError> {
    let read = |word: &str| match word.to_ascii_lowercase().as_str() {
        "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        _ => Err(bad(name, &"must be true or false", word)),
    };
    given(text).map(read).transpose()
}

/// An identifier.
///
/// # Errors
/// A sentence that says which values are valid.
pub fn text(name: &str, text: Option<&str>) -> Result<Option<String>, ApiError> {
    let read = |text: &str| match text::key(text) {
        Err(problem) => Err(bad(name, &problem, text)),
        Ok(key) => Ok(key.to_owned()),
    };
    given(text).map(read).transpose()
}

/// Empty or absent means all.
fn given(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

fn bad(name: &str, problem: &dyn Display, text: &str) -> ApiError {
    ApiError::BadParameter(format!("{name} {problem}, not {text:?}"))
}

/// A whole number within its bounds.
///
/// # Errors
/// A sentence that names it and says which values are valid.
pub fn whole_number<T>(name: &str, text: &str, allowed: RangeInclusive<T>) -> Result<T, ApiError>
where
    T: FromStr + PartialOrd + Display,
{
    let number = text.trim().parse().ok().filter(|n| allowed.contains(n));
    number.ok_or_else(|| {
        let (least, most) = (allowed.start(), allowed.end());
        ApiError::BadParameter(format!(
            "{name} must be a whole number from {least} to {most}, not {text:?}"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_outside_its_range_is_refused_with_the_range() {
        for text in ["0", "501", "-1", "ten", "", "1.5", "99999999999999999999"] {
            let complaint = limit(Some(text), 10, 1..=500).unwrap_err().to_string();
            assert!(
                complaint.starts_with("limit must be a whole number from 1 to 500"),
                "{complaint}"
            );
        }
        assert_eq!(limit(Some("500"), 10, 1..=500).unwrap(), 500);
        assert_eq!(limit(None, 10, 1..=500).unwrap(), 10);
    }

    #[test]
    fn both_vocabularies_name_a_lot_that_is_being_fed() {
        let feeding = Some(vec![Statut::EnGavage]);
        assert_eq!(statut(Some("en_cours")).unwrap(), feeding);
        assert_eq!(statut(Some("en_gavage")).unwrap(), feeding);
        assert_eq!(statut(Some("")).unwrap(), None);
    }

    #[test]
    fn an_unknown_statut_is_refused_with_the_known_ones() {
        let complaint = statut(Some("fini")).unwrap_err().to_string();
        assert!(complaint.contains("pret_abattage") && complaint.contains("\"fini\""));
    }
}
