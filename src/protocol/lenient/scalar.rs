//! One value of which arrays and objects are not taken apart.

use super::Key;
use crate::domain::measure;
use serde_json::{Value, value::RawValue};
use std::borrow::Cow;

#[derive(Debug)]
pub enum Scalar<'a> {
    Null,
    Flag(bool),
    Number(f64),
    Text(Cow<'a, str>),
    Array,
    Object,
}

impl Scalar<'_> {
    /// A finite number, or a text that holds one in plain decimal form.
    pub fn number(&self) -> Option<f64> {
        let number = match self {
            Scalar::Number(number) => *number,
            Scalar::Text(text) => text.trim().parse().ok()?,
            _ => return None,
        };
        number.is_finite().then_some(number)
    }

    /// What sensors and spreadsheets write for a value that they do not have. The bare token `NaN` is no JSON and never comes here.
    pub fn is_not_measured(&self) -> bool {
        match self {
            Scalar::Null => true,
            Scalar::Text(text) if text.trim().eq_ignore_ascii_case("nan") => true,
            value => value.number().is_some_and(measure::is_placeholder),
        }
    }

    pub fn kind(&self) -> &'static str {
        match self {
            Scalar::Null => "null",
            Scalar::Flag(_) => "a boolean",
            Scalar::Number(_) => "a number",
            Scalar::Text(_) => "a text",
            Scalar::Array => "an array",
            Scalar::Object => "an object",
        }
    }
}

/// The first character of JSON says what it is. What cannot be read is nothing.
impl<'a> From<&'a RawValue> for Scalar<'a> {
    fn from(json: &'a RawValue) -> Self {
        let json = json.get();
        match json.as_bytes().first() {
            Some(b'"') => {
                serde_json::from_str(json).map_or(Scalar::Null, |Key(text)| Scalar::Text(text))
            }
            Some(b'[') => Scalar::Array,
            Some(b'{') => Scalar::Object,
            Some(b't') => Scalar::Flag(true),
            Some(b'f') => Scalar::Flag(false),
            Some(b'n') | None => Scalar::Null,
            Some(_) => serde_json::from_str(json).map_or(Scalar::Null, Scalar::Number),
        }
    }
}

impl<'a> From<&'a Value> for Scalar<'a> {
    fn from(value: &'a Value) -> Self {
        match value {
            Value::Null => Scalar::Null,
            Value::Bool(flag) => Scalar::Flag(*flag),
            Value::Number(number) => number.as_f64().map_or(Scalar::Null, Scalar::Number),
            Value::String(text) => Scalar::Text(text.into()),
            Value::Array(_) => Scalar::Array,
            Value::Object(_) => Scalar::Object,
        }
    }
}
