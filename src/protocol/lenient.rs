//! Lenient reading of JSON objects: numeric strings are numbers, `48.0` is an integer, unknown keys are ignored; what cannot
//! be read names its field. Only what is asked for is taken apart; the rest can be passed on as it stands.

mod checked;
mod fault;
mod scalar;

pub use fault::{BadField, BadMessage};
pub use scalar::Scalar;

use crate::domain::{saisie::Written, text};
use checked::Checked;
use serde::Deserialize;
use serde_json::{Value, value::RawValue};
use std::{
    borrow::{Borrow, Cow},
    collections::BTreeMap,
    ops::RangeInclusive,
    str::FromStr,
};

/// Reads every part of a text, so that whatever is taken out of it later can be read too: no lone surrogates, no number beyond a
/// double, no endless nesting. Returns whether all of it [can be seen](text::is_invisible).
///
/// # Errors
/// The text is no such JSON.
pub fn check(text: &str) -> Result<bool, BadMessage> {
    let checked = serde_json::from_str::<Checked>(text);
    let checked = checked.map_err(|error| BadMessage::not_json(text, &error))?;
    Ok(checked.is_visible)
}

/// What a [checked](check) text is.
pub enum Message<'a> {
    Object(Object<'a>),
    Array(Vec<&'a RawValue>),
}

impl<'a> Message<'a> {
    /// # Errors
    /// The text is neither an object nor an array.
    pub fn read(text: &'a str) -> Result<Self, BadMessage> {
        if let Some(object) = Object::read(text) {
            return Ok(Message::Object(object));
        }
        let elements = serde_json::from_str(text).map_err(|_| not_an_object(text))?;
        Ok(Message::Array(elements))
    }
}

pub fn not_an_object(text: &str) -> BadMessage {
    let json: Result<&RawValue, _> = serde_json::from_str(text);
    BadMessage::NotAnObject(json.map_or("something else", |json| Scalar::from(json).kind()))
}

/// A text, borrowed where it holds no escapes.
#[derive(Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(transparent)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

impl Borrow<str> for Key<'_> {
    fn borrow(&self) -> &str {
        &self.0
    }
}

/// The fields of an object as they stand in the text; of a key that comes twice the last.
#[derive(Debug, Default)]
pub struct Object<'a> {
    /// Where it stands in the message; empty for the message itself.
    path: &'static str,
    fields: BTreeMap<Key<'a>, &'a RawValue>,
}

impl<'a> Object<'a> {
    /// `None` where the text is no object.
    pub fn read(text: &'a str) -> Option<Self> {
        let fields = serde_json::from_str(text).ok()?;
        Some(Object { path: "", fields })
    }

    /// An object within this one, which must be the message itself; `None` when it is absent or `null`.
    ///
    /// # Errors
    /// The value is no object.
    pub fn within(&self, name: &'static str) -> Result<Option<Object<'a>>, BadField> {
        let Some(value) = self.raw(name) else {
            return Ok(None);
        };
        let object =
            Object::read(value.get()).ok_or_else(|| self.bad(name, "must be an object"))?;
        Ok(Some(Object {
            path: name,
            ..object
        }))
    }

    pub fn bad(&self, name: &str, problem: impl Into<String>) -> BadField {
        let fault = BadField::new(name, problem);
        if self.path.is_empty() {
            fault
        } else {
            fault.within(self.path)
        }
    }

    /// The value as it stands; `null` is absent.
    pub fn raw(&self, name: &str) -> Option<&'a RawValue> {
        let value = self.fields.get(name).copied();
        value.filter(|value| value.get() != "null")
    }

    /// Every value as it stands.
    pub fn values(&self) -> impl Iterator<Item = &'a RawValue> {
        self.fields.values().copied()
    }

    /// The value; what is absent is `Null`.
    pub fn scalar(&self, name: &str) -> Scalar<'a> {
        self.raw(name).map_or(Scalar::Null, Scalar::from)
    }
}

/// What must be there.
impl<'a> Object<'a> {
    /// A text that identifies something, as [`text::key`] takes it.
    ///
    /// # Errors
    /// The field is missing, or its value cannot be used.
    pub fn key(&self, name: &str, max_chars: usize) -> Result<String, BadField> {
        let text = self.text(name, max_chars)?;
        let key = text::key(&text).map_err(|problem| self.bad(name, problem.to_string()))?;
        Ok(key.to_owned())
    }

    /// A text for people, as [`text::free`] keeps it.
    ///
    /// # Errors
    /// The field is missing, or its value cannot be used.
    pub fn free_text(&self, name: &str, max_chars: usize) -> Result<String, BadField> {
        let kept = text::free(&self.text(name, max_chars)?).into_owned();
        if kept.is_empty() {
            Err(self.bad(name, "must not be empty"))
        } else {
            Ok(kept)
        }
    }

    /// A text of at most `max_chars` characters, as it was written.
    ///
    /// # Errors
    /// The field is missing, or its value cannot be used.
    pub fn text(&self, name: &str, max_chars: usize) -> Result<Cow<'a, str>, BadField> {
        let text = self.any_text(name)?;
        if text.trim().is_empty() {
            return Err(self.bad(name, "must not be empty"));
        }
        self.fitting(name, text, max_chars)
    }

    /// A text that `T` can be parsed from.
    ///
    /// # Errors
    /// The field is missing, or its value cannot be used.
    pub fn word<T>(&self, name: &str) -> Result<T, BadField>
    where
        T: FromStr,
        T::Err: std::fmt::Display,
    {
        let text = self.any_text(name)?;
        text.parse()
            .map_err(|problem: T::Err| self.bad_value(name, problem.to_string()))
    }

    /// # Errors
    /// The field is missing, or its value cannot be used.
    pub fn number(&self, name: &str, range: RangeInclusive<f64>) -> Result<f64, BadField> {
        let number = self.present(name)?.number();
        let number = number.ok_or_else(|| self.bad_value(name, "must be a number"))?;
        if !range.contains(&number) {
            let (low, high) = (range.start(), range.end());
            return Err(self.bad_value(name, format!("must be between {low} and {high}")));
        }
        Ok(number)
    }

    /// A measured quantity: it must be there; `null`, −0.01 and the text `nan` say that it was not measured.
    ///
    /// # Errors
    /// The field is missing, or its value cannot be used.
    pub fn measure(&self, name: &str, range: RangeInclusive<f64>) -> Result<Option<f64>, BadField> {
        if self.is_not_measured(name) {
            return Ok(None);
        }
        self.number(name, range).map(Some)
    }

    /// A measured quantity of which 0 says too that it was not measured: no duck weighs nothing.
    ///
    /// # Errors
    /// The field is missing, or its value cannot be used.
    pub fn nonzero_measure(
        &self,
        name: &str,
        range: RangeInclusive<f64>,
    ) -> Result<Option<f64>, BadField> {
        let measured = self.measure(name, range)?;
        Ok(measured.filter(|value| *value != 0.0))
    }

    /// # Errors
    /// The field is missing, or its value cannot be used.
    pub fn integer(&self, name: &str, range: RangeInclusive<i32>) -> Result<i32, BadField> {
        let bounds = f64::from(*range.start())..=f64::from(*range.end());
        let number = self.number(name, bounds)?;
        if number.fract() != 0.0 {
            return Err(self.bad_value(name, "must be a whole number"));
        }
        Ok(number as i32)
    }

    /// A counted quantity: it must be there; `null`, −0.01 and the text `nan` say that it was not counted.
    ///
    /// # Errors
    /// The field is missing, or its value cannot be used.
    pub fn count(&self, name: &str, range: RangeInclusive<i32>) -> Result<Option<i32>, BadField> {
        if self.is_not_measured(name) {
            return Ok(None);
        }
        self.integer(name, range).map(Some)
    }

    fn is_not_measured(&self, name: &str) -> bool {
        let value = self.fields.get(name).copied().map(Scalar::from);
        value.is_some_and(|value| value.is_not_measured())
    }

    fn any_text(&self, name: &str) -> Result<Cow<'a, str>, BadField> {
        match self.present(name)? {
            Scalar::Text(text) => Ok(text),
            _ => {
                let value = format!(", not {}", self.shown(name));
                Err(self.bad(name, "must be a text").quoting(value))
            }
        }
    }

    fn present(&self, name: &str) -> Result<Scalar<'a>, BadField> {
        match self.fields.get(name).copied().map(Scalar::from) {
            None => Err(self.bad(name, "is missing")),
            Some(Scalar::Null) => Err(self.bad(name, "must not be null")),
            Some(value) => Ok(value),
        }
    }
}

/// What may be there: `null` is absent.
impl<'a> Object<'a> {
    /// A text that identifies something, or a number as one, digit for digit; empty is absent.
    ///
    /// # Errors
    /// The value cannot be used.
    pub fn optional_key(&self, name: &str, max_chars: usize) -> Result<Option<String>, BadField> {
        let text = match (self.scalar(name), self.raw(name)) {
            (Scalar::Null, _) | (_, None) => return Ok(None),
            (Scalar::Text(text), _) => text,
            // As a number two ids of twenty digits would be one.
            (Scalar::Number(_), Some(digits)) => digits.get().into(),
            _ => return Err(self.bad(name, "must be a text")),
        };
        let text = self.fitting(name, text, max_chars)?;
        let key = text::key(&text).map_err(|problem| self.bad(name, problem.to_string()))?;
        Ok(Some(key.to_owned()).filter(|key| !key.is_empty()))
    }

    /// `None` when it was not measured.
    ///
    /// # Errors
    /// The value is no number.
    pub fn optional_number(&self, name: &str) -> Result<Option<f64>, BadField> {
        let value = self.scalar(name);
        if value.is_not_measured() {
            return Ok(None);
        }
        let number = value.number();
        number
            .map(Some)
            .ok_or_else(|| self.bad_value(name, "must be a number"))
    }

    /// A text for people; empty is absent.
    ///
    /// # Errors
    /// The value cannot be used.
    pub fn optional_free_text(
        &self,
        name: &str,
        max_chars: usize,
    ) -> Result<Option<String>, BadField> {
        let text = match self.scalar(name) {
            Scalar::Null => return Ok(None),
            Scalar::Text(text) => self.fitting(name, text, max_chars)?,
            _ => return Err(self.bad(name, "must be a text")),
        };
        Ok(Some(text::free(&text).into_owned()).filter(|text| !text.is_empty()))
    }

    /// # Errors
    /// The value cannot be used.
    pub fn optional_integer(
        &self,
        name: &str,
        range: RangeInclusive<i32>,
    ) -> Result<Option<i32>, BadField> {
        let is_there = self.raw(name).is_some();
        is_there.then(|| self.integer(name, range)).transpose()
    }

    /// What is written of a measure: nothing, that it was not measured, or its value.
    ///
    /// # Errors
    /// The value cannot be used.
    pub fn written(
        &self,
        name: &str,
        range: RangeInclusive<f64>,
    ) -> Result<Written<f64>, BadField> {
        if self.fields.contains_key(name) {
            self.measure(name, range).map(Written::Value)
        } else {
            Ok(Written::Nothing)
        }
    }

    /// A number as it was sent, digit for digit; a text that holds one becomes a number. `null` when it is absent.
    ///
    /// # Errors
    /// The value is no number.
    pub fn number_as_sent(&self, name: &str) -> Result<Cow<'a, RawValue>, BadField> {
        let number = self.optional_number(name)?;
        Ok(match (self.scalar(name), self.raw(name)) {
            (Scalar::Text(_), _) => {
                let digits =
                    number.and_then(|number| RawValue::from_string(number.to_string()).ok());
                digits.map_or(Cow::Borrowed(RawValue::NULL), Cow::Owned)
            }
            (_, sent) => Cow::Borrowed(sent.unwrap_or(RawValue::NULL)),
        })
    }

    /// A flag.
    ///
    /// # Errors
    /// The value is no flag.
    pub fn flag(&self, name: &str) -> Result<Option<bool>, BadField> {
        match self.scalar(name) {
            Scalar::Null => Ok(None),
            Scalar::Flag(flag) => Ok(Some(flag)),
            _ => Err(self.bad_value(name, "must be true or false")),
        }
    }

    fn fitting(
        &self,
        name: &str,
        text: Cow<'a, str>,
        max_chars: usize,
    ) -> Result<Cow<'a, str>, BadField> {
        if text.chars().count() > max_chars {
            return Err(self.bad(name, format!("must have at most {max_chars} characters")));
        }
        Ok(text)
    }

    fn bad_value(&self, name: &str, problem: impl Into<String>) -> BadField {
        let value = format!(" (got {})", self.shown(name));
        self.bad(name, problem).quoting(value)
    }

    /// The value as JSON, cut where it gets long.
    fn shown(&self, name: &str) -> String {
        const MOST: usize = 40;
        let value = self.raw(name);
        let value: Option<Value> = value.and_then(|value| serde_json::from_str(value.get()).ok());
        let text = value.unwrap_or_default().to_string();
        match text.char_indices().nth(MOST) {
            None => text,
            Some((cut, _)) => format!("{}…", &text[..cut]),
        }
    }
}
