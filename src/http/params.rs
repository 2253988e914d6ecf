//! Path and query parameters, read from their text so that the complaint can name them.

use super::error::ApiError;
use crate::domain::lot::Statut;
use actix_web::web::QueryConfig;
use std::{fmt::Display, ops::RangeInclusive, str::FromStr};

/// A query string that cannot be read at all, such as one that gives a parameter twice.
pub fn query_config() -> QueryConfig {
    QueryConfig::default().error_handler(|error, _request| {
        let problem = match error {
            actix_web::error::QueryPayloadError::Deserialize(problem) => problem.to_string(),
            other => other.to_string(),
        };
        ApiError::BadParameter(format!("the query string cannot be read: {problem}")).into()
    })
}

pub fn gaveur_id(text: &str) -> Result<i32, ApiError> {
    whole_number("gaveur_id", text, 0..=i32::MAX)
}

/// How many elements to answer with.
pub fn limit(
    text: Option<&str>,
    default: i64,
    allowed: RangeInclusive<i64>,
) -> Result<i64, ApiError> {
    text.map_or(Ok(default), |text| whole_number("limit", text, allowed))
}

/// A life-cycle word of either vocabulary; empty or absent means all.
pub fn statut(text: Option<&str>) -> Result<Option<Statut>, ApiError> {
    let Some(word) = text.map(str::trim).filter(|word| !word.is_empty()) else {
        return Ok(None);
    };
    let statut = Statut::parse(word).ok_or_else(|| {
        let words = Statut::ALL.map(Statut::as_str).join(", ");
        ApiError::BadParameter(format!(
            "statut must be one of {words} or en_cours, not {word:?}"
        ))
    })?;
    Ok(Some(statut))
}

fn whole_number<T>(name: &str, text: &str, allowed: RangeInclusive<T>) -> Result<T, ApiError>
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
        assert_eq!(statut(Some("en_cours")).unwrap(), Some(Statut::EnGavage));
        assert_eq!(statut(Some("en_gavage")).unwrap(), Some(Statut::EnGavage));
        assert_eq!(statut(Some("")).unwrap(), None);
    }

    #[test]
    fn an_unknown_statut_is_refused_with_the_known_ones() {
        let complaint = statut(Some("fini")).unwrap_err().to_string();
        assert!(complaint.contains("pret_abattage") && complaint.contains("\"fini\""));
    }
}
