//! Lenient reading of JSON objects: numeric strings are numbers, `48.0` is an integer, unknown keys are ignored; what cannot
//! be read names its field.

use crate::domain::{measure, text};
use serde_json::{Map, Value};
use std::{ops::RangeInclusive, str::FromStr};

/// A field that is missing or cannot be used, said in one sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("field `{path}` {problem}")]
pub struct BadField {
    path: String,
    problem: String,
}

impl BadField {
    /// The same fault inside a larger value, e.g. `[3].jour`.
    pub fn within(self, prefix: &str) -> Self {
        BadField {
            path: format!("{prefix}.{}", self.path),
            ..self
        }
    }
}

/// One JSON object being read.
pub struct Fields<'a>(&'a Map<String, Value>);

impl<'a> Fields<'a> {
    pub fn new(object: &'a Map<String, Value>) -> Self {
        Fields(object)
    }

    /// A text that identifies something, as [`text::key`] takes it.
    ///
    /// # Errors
    /// The field is missing, or its value cannot be used.
    pub fn key(&self, name: &'static str, max_chars: usize) -> Result<&'a str, BadField> {
        text::key(self.text(name, max_chars)?).map_err(|problem| bad(name, problem.to_string()))
    }

    /// A text for people, as [`text::free`] keeps it.
    ///
    /// # Errors
    /// The field is missing, or its value cannot be used.
    pub fn free_text(&self, name: &'static str, max_chars: usize) -> Result<String, BadField> {
        let kept = text::free(self.text(name, max_chars)?).into_owned();
        if kept.is_empty() {
            Err(bad(name, "must not be empty"))
        } else {
            Ok(kept)
        }
    }

    /// A text of at most `max_chars` characters, as it was written.
    ///
    /// # Errors
    /// The field is missing, or its value cannot be used.
    pub fn text(&self, name: &'static str, max_chars: usize) -> Result<&'a str, BadField> {
        let Value::String(text) = self.present(name)? else {
            return Err(bad(
                name,
                format!("must be a text, not {}", shown(&self.0[name])),
            ));
        };
        if text.trim().is_empty() {
            return Err(bad(name, "must not be empty"));
        }
        if text.chars().count() > max_chars {
            return Err(bad(
                name,
                format!("must have at most {max_chars} characters"),
            ));
        }
        Ok(text)
    }

    /// A text that `T` can be parsed from.
    ///
    /// # Errors
    /// The field is missing, or its value cannot be used.
    pub fn word<T>(&self, name: &'static str) -> Result<T, BadField>
    where
        T: FromStr,
        T::Err: std::fmt::Display,
    {
        let value = self.present(name)?;
        let Value::String(text) = value else {
            return Err(bad(name, format!("must be a text, not {}", shown(value))));
        };
        text.parse()
            .map_err(|problem| bad(name, format!("{problem} (got {})", shown(value))))
    }

    /// # Errors
    /// The field is missing, or its value cannot be used.
    pub fn number(&self, name: &'static str, range: RangeInclusive<f64>) -> Result<f64, BadField> {
        let value = self.present(name)?;
        in_range(name, value, as_number(value), range)
    }

    /// A measured quantity: it must be there; `null`, −0.01 and the text `nan` say that it was not measured.
    ///
    /// # Errors
    /// The field is missing, or its value cannot be used.
    pub fn measure(
        &self,
        name: &'static str,
        range: RangeInclusive<f64>,
    ) -> Result<Option<f64>, BadField> {
        match self.0.get(name) {
            Some(value) if is_not_measured(value) => Ok(None),
            _ => self.number(name, range).map(Some),
        }
    }

    /// A measured quantity of which 0 says too that it was not measured: no duck weighs nothing.
    ///
    /// # Errors
    /// The field is missing, or its value cannot be used.
    pub fn nonzero_measure(
        &self,
        name: &'static str,
        range: RangeInclusive<f64>,
    ) -> Result<Option<f64>, BadField> {
        let measured = self.measure(name, range)?;
        Ok(measured.filter(|value| *value != 0.0))
    }

    /// # Errors
    /// The field is missing, or its value cannot be used.
    pub fn integer(&self, name: &'static str, range: RangeInclusive<i32>) -> Result<i32, BadField> {
        let value = self.present(name)?;
        let bounds = f64::from(*range.start())..=f64::from(*range.end());
        let number = in_range(name, value, as_number(value), bounds)?;
        if number.fract() != 0.0 {
            return Err(bad(
                name,
                format!("must be a whole number (got {})", shown(value)),
            ));
        }
        Ok(number as i32)
    }

    /// A counted quantity: it must be there; `null`, −0.01 and the text `nan` say that it was not counted.
    ///
    /// # Errors
    /// The field is missing, or its value cannot be used.
    pub fn count(
        &self,
        name: &'static str,
        range: RangeInclusive<i32>,
    ) -> Result<Option<i32>, BadField> {
        match self.0.get(name) {
            Some(value) if is_not_measured(value) => Ok(None),
            _ => self.integer(name, range).map(Some),
        }
    }

    /// A flag that is usually absent; absent and `null` are false.
    ///
    /// # Errors
    /// The value is no flag.
    pub fn flag(&self, name: &'static str) -> Result<bool, BadField> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(other) => Err(bad(
                name,
                format!("must be true or false (got {})", shown(other)),
            )),
        }
    }

    fn present(&self, name: &'static str) -> Result<&'a Value, BadField> {
        match self.0.get(name) {
            None => Err(bad(name, "is missing")),
            Some(Value::Null) => Err(bad(name, "must not be null")),
            Some(value) => Ok(value),
        }
    }
}

pub(super) fn bad(name: &str, problem: impl Into<String>) -> BadField {
    BadField {
        path: name.to_owned(),
        problem: problem.into(),
    }
}

/// What sensors and spreadsheets write for a value that they do not have. The bare token `NaN` is no JSON and never comes here.
pub(super) fn is_not_measured(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) if text.trim().eq_ignore_ascii_case("nan") => true,
        value => as_number(value).is_some_and(measure::is_placeholder),
    }
}

/// A finite number, or a text that holds one in plain decimal form.
pub(super) fn as_number(value: &Value) -> Option<f64> {
    let number = match value {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => text.trim().parse().ok()?,
        _ => return None,
    };
    number.is_finite().then_some(number)
}

fn in_range(
    name: &'static str,
    value: &Value,
    number: Option<f64>,
    range: RangeInclusive<f64>,
) -> Result<f64, BadField> {
    let number =
        number.ok_or_else(|| bad(name, format!("must be a number (got {})", shown(value))))?;
    if !range.contains(&number) {
        let (low, high) = (range.start(), range.end());
        return Err(bad(
            name,
            format!("must be between {low} and {high} (got {})", shown(value)),
        ));
    }
    Ok(number)
}

/// The value as the sender wrote it, cut where it gets long.
fn shown(value: &Value) -> String {
    const MOST: usize = 40;
    let text = value.to_string();
    match text.char_indices().nth(MOST) {
        None => text,
        Some((cut, _)) => format!("{}…", &text[..cut]),
    }
}
