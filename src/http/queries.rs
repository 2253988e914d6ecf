//! Checks query parameters against the API description. An unknown parameter is refused, because ignoring it would return other data than
//! requested.

use super::{
    error::ApiError,
    old_screens::{ALIASES, IGNORED},
};
use actix_web::{
    dev::ServiceRequest,
    http::{Uri, uri::PathAndQuery},
};
use std::collections::BTreeMap;

/// Keeps only parameters that the handler knows, under our names, each once and not empty.
///
/// # Errors
/// A parameter is unknown or repeated.
pub fn admit(request: &mut ServiceRequest, known: &[String]) -> Result<(), ApiError> {
    let given = request.query_string();
    if given.is_empty() {
        return Ok(());
    }
    let query = translated(given, known)?;
    let path = request.path();
    let rewritten = format!("{path}?{query}");
    let mut parts = request.uri().clone().into_parts();
    let unreadable = |error: &dyn std::fmt::Display| {
        ApiError::BadParameter(format!("the query string cannot be read: {error}"))
    };
    let target = PathAndQuery::try_from(rewritten).map_err(|error| unreadable(&error))?;
    parts.path_and_query = Some(target);
    request.head_mut().uri = Uri::from_parts(parts).map_err(|error| unreadable(&error))?;
    Ok(())
}

fn translated(given: &str, known: &[String]) -> Result<String, ApiError> {
    let mut kept = BTreeMap::new();
    for (name, value) in form_urlencoded::parse(given.as_bytes()) {
        let is_ours = known.iter().any(|known| *known == *name);
        let ours = if is_ours {
            Some(&*name)
        } else {
            alias(&name, known)
        };
        let Some(ours) = ours else {
            if is_nothing(&name, &value) {
                continue;
            }
            return Err(unknown(&name, known));
        };
        if value.trim().is_empty() {
            continue;
        }
        let key = (ours.to_owned(), !is_ours);
        if kept.insert(key, value).is_some() {
            return Err(ApiError::BadParameter(format!("{name} is given twice")));
        }
    }
    let mut query = form_urlencoded::Serializer::new(String::new());
    let mut last = None;
    // If both names are given, ours wins.
    for ((name, _), value) in &kept {
        if last != Some(name) {
            query.append_pair(name, value);
        }
        last = Some(name);
    }
    Ok(query.finish())
}

/// Our name for theirs, if the path accepts it.
fn alias(name: &str, known: &[String]) -> Option<&'static str> {
    let means = |(theirs, ours): &(&str, &'static str)| {
        (*theirs == name && known.iter().any(|known| known == ours)).then_some(*ours)
    };
    ALIASES.iter().find_map(means)
}

/// True for empty pairs, as in `&&` and `=`.
fn is_nothing(name: &str, value: &str) -> bool {
    IGNORED.contains(&name) || name.is_empty() && value.is_empty()
}

fn unknown(name: &str, known: &[String]) -> ApiError {
    let known = match known {
        [] => "no parameter is known here".to_owned(),
        known => format!("known here: {}", known.join(", ")),
    };
    ApiError::BadParameter(format!("unknown parameter {name:?}; {known}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn translate(given: &str) -> Result<String, String> {
        let known = ["limit", "severite", "site"].map(str::to_owned);
        translated(given, &known).map_err(|error| error.to_string())
    }

    #[test]
    fn the_words_of_older_screens_are_ours_and_what_is_empty_is_not_there() {
        for (given, meant) in [
            ("limit=5&site=LL", "limit=5&site=LL"),
            ("niveau=critique&site_code=LL", "severite=critique&site=LL"),
            ("severity=critical&severite=info", "severite=info"),
            ("severite=&niveau=info", "severite=info"),
            ("limit=&site=+", ""),
            ("&&=&_t=17&token=a&token=b&mois=2026-11", ""),
            ("site=a%26b%C3%A9+c", "site=a%26b%C3%A9+c"),
        ] {
            assert_eq!(translate(given).as_deref(), Ok(meant), "{given}");
        }
    }

    #[test]
    fn an_unknown_parameter_is_named_with_the_known_ones_and_one_given_twice_is_refused() {
        assert_eq!(
            translate("limite=5").unwrap_err(),
            "unknown parameter \"limite\"; known here: limit, severite, site"
        );
        assert_eq!(
            translate("statut=clos").unwrap_err().split(';').next(),
            Some("unknown parameter \"statut\"")
        );
        assert_eq!(
            translate("limit=1&limit=2").unwrap_err(),
            "limit is given twice"
        );
        assert!(
            translate("niveau=info&criticite=critique")
                .unwrap_err()
                .contains("twice")
        );
        let none = translated("x=1", &[]).unwrap_err().to_string();
        assert_eq!(none, "unknown parameter \"x\"; no parameter is known here");
    }
}
