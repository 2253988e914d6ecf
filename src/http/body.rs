//! Values of a POST, from its JSON body or its query: old clients use either.

use super::{error::ApiError, params};
use crate::domain::text;
use actix_web::{FromRequest, HttpRequest, dev::Payload, web};
use futures_util::future::LocalBoxFuture;
use serde_json::{Map, Value};
use std::collections::HashMap;

/// Maximum length of a name, in characters.
const LONGEST_NAME: usize = 100;
/// Maximum length of a comment, in characters.
const LONGEST_COMMENT: usize = 500;

/// Of a password or a token, bytes.
const LONGEST_SECRET: usize = 8 * 1_024;

/// Named values of a POST; those of the body override those of the query.
pub struct Given {
    body: Map<String, Value>,
    query: HashMap<String, String>,
}

impl Given {
    /// The first given value of these names, as a person's name.
    ///
    /// # Errors
    /// None is given, or the value is not a valid name.
    pub fn name(&self, names: &[&str]) -> Result<String, ApiError> {
        self.first_name(names)?.ok_or_else(|| {
            ApiError::BadBody(format!(
                "{} is missing: say who, in the body {{\"{}\": \"…\"}} or in the query",
                names[0], names[0]
            ))
        })
    }

    /// The first given value of these names, as it is, and only from the body: proxies log addresses. No error quotes it.
    ///
    /// # Errors
    /// None is given, or it is no text, or too long.
    pub fn secret(&self, names: &[&str]) -> Result<String, ApiError> {
        let mut given = names
            .iter()
            .filter_map(|name| self.body.get(*name)?.as_str());
        let text = given.find(|text| !text.is_empty());
        let text = text.filter(|text| text.len() <= LONGEST_SECRET);
        text.map(str::to_owned).ok_or_else(|| {
            let sentence = format!("{} must be a text in the body, not too long", names[0]);
            ApiError::BadBody(sentence)
        })
    }

    /// The first of the names that is given, as the name of somebody; `None` when none is.
    ///
    /// # Errors
    /// The value is no usable name.
    pub fn first_name(&self, names: &[&str]) -> Result<Option<String>, ApiError> {
        let given = names
            .iter()
            .find_map(|name| self.optional_name(name).transpose());
        given.transpose()
    }

    /// `None` if it is absent, `null` or empty. Invisible characters are removed.
    ///
    /// # Errors
    /// The value is not a valid name.
    pub fn optional_name(&self, name: &str) -> Result<Option<String>, ApiError> {
        self.free(name, LONGEST_NAME)
    }

    /// The same for a comment.
    ///
    /// # Errors
    /// The value is no text, or too long.
    pub fn comment(&self, name: &str) -> Result<Option<String>, ApiError> {
        self.free(name, LONGEST_COMMENT)
    }

    fn free(&self, name: &str, longest: usize) -> Result<Option<String>, ApiError> {
        let text = self.text(name, longest)?;
        let text = text.map(|text| text::free(&text).into_owned());
        Ok(text.filter(|text| !text.is_empty()))
    }

    /// The same for an identifier, such as a station's.
    ///
    /// # Errors
    /// The value is not a valid key.
    pub fn optional_key(&self, name: &str) -> Result<Option<String>, ApiError> {
        params::text(name, self.text(name, LONGEST_NAME)?.as_deref())
    }

    /// # Errors
    /// The value is not true or false.
    pub fn flag(&self, name: &str) -> Result<Option<bool>, ApiError> {
        match self.body.get(name) {
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            _ => params::flag(name, self.text(name, LONGEST_NAME)?.as_deref()),
        }
    }

    /// # Errors
    /// The value is no number.
    pub fn number(&self, name: &str) -> Result<Option<f64>, ApiError> {
        let text = self.text(name, LONGEST_NAME)?;
        let text = text
            .as_deref()
            .map(str::trim)
            .filter(|text| !text.is_empty());
        let read = |text: &str| text.parse::<f64>().ok().filter(|number| number.is_finite());
        let bad = || ApiError::BadBody(format!("{name} must be a number"));
        text.map(|text| read(text).ok_or_else(bad)).transpose()
    }

    fn text(&self, name: &str, longest: usize) -> Result<Option<String>, ApiError> {
        let value = match self.body.get(name) {
            None | Some(Value::Null) => self.query.get(name).cloned(),
            Some(Value::String(text)) => Some(text.clone()),
            Some(Value::Number(number)) => Some(number.to_string()),
            Some(_) => return Err(ApiError::BadBody(format!("{name} must be a text"))),
        };
        let is_long = |text: &String| text.trim().chars().count() > longest;
        match value {
            Some(text) if is_long(&text) => Err(ApiError::BadBody(format!(
                "{name} must have at most {longest} characters"
            ))),
            text => Ok(text),
        }
    }
}

impl FromRequest for Given {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let query = web::Query::<HashMap<String, String>>::from_query(request.query_string());
        let body = read(request, payload);
        Box::pin(async move {
            let query = query.map_err(unreadable)?;
            Ok(Given {
                body: object(&body.await?)?,
                query: query.into_inner(),
            })
        })
    }
}

/// The body of a POST as text.
pub struct Text(pub String);

impl FromRequest for Text {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let body = read(request, payload);
        Box::pin(async move {
            let body = body.await?;
            let text = std::str::from_utf8(without_mark(&body)).map_err(unreadable)?;
            Ok(Text(text.to_owned()))
        })
    }
}

fn read(
    request: &HttpRequest,
    payload: &mut Payload,
) -> impl Future<Output = Result<web::Bytes, ApiError>> + use<> {
    let payload = web::Payload::from_request(request, payload);
    async move {
        let payload = payload.await.map_err(unreadable)?;
        payload.to_bytes().await.map_err(unreadable)
    }
}

/// The bytes of a body, which may not be longer.
///
/// # Errors
/// It is longer, or cannot be read.
pub async fn at_most(payload: web::Payload, most: usize) -> Result<web::Bytes, ApiError> {
    match payload.to_bytes_limited(most).await {
        Ok(body) => body.map_err(unreadable),
        Err(_) => Err(ApiError::TooLarge(most)),
    }
}

/// The same as text.
///
/// # Errors
/// It is longer, or cannot be read.
pub async fn text_of_at_most(payload: web::Payload, most: usize) -> Result<String, ApiError> {
    let body = at_most(payload, most).await?;
    let text = std::str::from_utf8(without_mark(&body)).map_err(unreadable)?;
    Ok(text.to_owned())
}

fn unreadable(problem: impl std::fmt::Display) -> ApiError {
    ApiError::BadBody(format!("the request cannot be read: {problem}"))
}

/// Windows programs add a byte order mark.
fn without_mark(body: &[u8]) -> &[u8] {
    body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body)
}

fn object(body: &[u8]) -> Result<Map<String, Value>, ApiError> {
    let body = without_mark(body);
    if body.trim_ascii().is_empty() {
        return Ok(Map::new());
    }
    serde_json::from_slice(body)
        .map_err(|error| ApiError::BadBody(format!("the body must be a JSON object: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_order_mark_before_a_body_is_no_part_of_it() {
        let marked = "\u{feff}{\"par\": \"Anne\"}".as_bytes();
        assert_eq!(object(marked).unwrap()["par"], "Anne");
        assert!(object("\u{feff}".as_bytes()).unwrap().is_empty());
    }
}
