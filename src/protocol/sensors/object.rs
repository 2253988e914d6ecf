//! A JSON object of which only what is asked for is taken apart.

use super::super::{
    gavage::{BadMessage, kind_of},
    lenient::{BadField, as_number, bad, is_not_measured},
};
use crate::domain::{
    quality::{
        Grade,
        matrix::{CELLS, Matrix, Quantity, SIDE},
    },
    site::Site,
    text,
};
use serde::Deserialize;
use serde_json::{Value, value::RawValue};
use std::{
    borrow::{Borrow, Cow},
    collections::BTreeMap,
};

#[derive(Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(transparent)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

impl Borrow<str> for Key<'_> {
    fn borrow(&self) -> &str {
        &self.0
    }
}

/// The fields of an object as they stand in the text; of a key that comes twice the last.
#[derive(Debug)]
pub struct Object<'a> {
    path: &'static str,
    fields: BTreeMap<Key<'a>, &'a RawValue>,
}

impl<'a> Object<'a> {
    /// The whole message, which is known to be JSON.
    pub fn top(text: &'a str) -> Result<Self, BadMessage> {
        let fields = serde_json::from_str(text).map_err(|_| {
            let value = serde_json::from_str(text);
            BadMessage::NotAnObject(value.map_or("something else", |value: Value| kind_of(&value)))
        })?;
        Ok(Object { path: "", fields })
    }

    /// What an absent object says: nothing.
    pub fn empty() -> Self {
        Object {
            path: "",
            fields: BTreeMap::new(),
        }
    }

    fn read(path: &'static str, value: &'a RawValue) -> Option<Self> {
        let fields = serde_json::from_str(value.get()).ok()?;
        Some(Object { path, fields })
    }

    /// An object within this one, which must be the message itself; `None` when it is absent or `null`.
    pub fn within(&self, name: &'static str) -> Result<Option<Object<'a>>, BadField> {
        let Some(value) = self.raw(name) else {
            return Ok(None);
        };
        let object = Object::read(name, value);
        object
            .map(Some)
            .ok_or_else(|| self.bad(name, "must be an object"))
    }

    pub fn bad(&self, name: &str, problem: &str) -> BadField {
        match self.path {
            "" => bad(name, problem),
            path => bad(name, problem).within(path),
        }
    }

    /// The value as it stands; `null` is absent.
    pub fn raw(&self, name: &str) -> Option<&'a RawValue> {
        let value = self.fields.get(name).copied();
        value.filter(|value| value.get() != "null")
    }

    /// The value as JSON that may be passed on; `null` when it is absent.
    pub fn passed(&self, name: &str) -> &'a str {
        self.raw(name).map_or("null", RawValue::get)
    }

    fn scalar(&self, name: &str) -> Option<Value> {
        self.raw(name)
            .and_then(|value| serde_json::from_str(value.get()).ok())
    }

    /// `None` when it was not measured.
    pub fn number(&self, name: &str) -> Result<Option<f64>, BadField> {
        self.scalar(name)
            .filter(|value| !is_not_measured(value))
            .map(|value| as_number(&value).ok_or_else(|| self.bad(name, "must be a number")))
            .transpose()
    }

    /// A number as JSON; a numeric string becomes a number, a number keeps its digits.
    pub fn number_passed(&self, name: &str) -> Result<Cow<'a, str>, BadField> {
        match self.raw(name) {
            None => Ok("null".into()),
            Some(value) if value.get().starts_with('"') => {
                let number = self.number(name)?;
                Ok(number.map_or("null".into(), |number| number.to_string().into()))
            }
            Some(value) => self.number(name).map(|_| value.get().into()),
        }
    }

    /// A key, or a number as one, digit for digit; empty is absent. A free text is one too: it was [cleaned](super::cleaned) before.
    pub fn text(&self, name: &str, max_chars: usize) -> Result<Option<String>, BadField> {
        let text = match (self.scalar(name), self.raw(name)) {
            (None, _) | (_, None) => return Ok(None),
            (Some(Value::String(text)), _) => text,
            // As a number two ids of twenty digits would be one.
            (Some(Value::Number(_)), Some(raw)) => raw.get().to_owned(),
            (Some(_), _) => return Err(self.bad(name, "must be a text")),
        };
        if text.chars().count() > max_chars {
            let problem = format!("must have at most {max_chars} characters");
            return Err(self.bad(name, &problem));
        }
        let key = text::key(&text).map_err(|problem| self.bad(name, &problem.to_string()))?;
        Ok(Some(key.to_owned()).filter(|key| !key.is_empty()))
    }

    pub fn required_text(&self, name: &str, max_chars: usize) -> Result<String, BadField> {
        self.text(name, max_chars)?
            .ok_or_else(|| self.bad(name, "is missing"))
    }

    pub fn flag(&self, name: &str) -> Result<Option<bool>, BadField> {
        match self.scalar(name) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(flag)),
            Some(_) => Err(self.bad(name, "must be true or false")),
        }
    }

    pub fn site(&self, name: &str) -> Result<Option<Site>, BadField> {
        let read = |code: String| {
            code.parse()
                .map_err(|_| self.bad(name, "must be one of LL, LS, MT"))
        };
        self.text(name, 16)?.map(read).transpose()
    }

    /// Whether one of these says anything: neither absent nor empty.
    pub fn says_any_of(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.says(name))
    }

    fn says(&self, name: &str) -> bool {
        let is_empty = |value: &Value| match value {
            Value::Array(elements) => elements.is_empty(),
            Value::Object(fields) => fields.values().all(is_not_measured),
            value => is_not_measured(value),
        };
        self.scalar(name).is_some_and(|value| !is_empty(&value))
    }

    /// The grade that a label means; `None` for a label that means none.
    pub fn grade(&self, name: &str) -> Option<Grade> {
        match self.scalar(name) {
            Some(Value::String(label)) => Grade::from_label(&label),
            _ => None,
        }
    }

    /// 8 rows of 8 numbers, or 64 numbers row by row.
    pub fn matrix(&self, name: &str, quantity: Quantity) -> Result<Option<Matrix>, BadField> {
        let Some(value) = self.raw(name) else {
            return Ok(None);
        };
        let wrong = || self.bad(name, "must be a matrix of 8 × 8 numbers");
        let cells = cells(value.get()).ok_or_else(wrong)?;
        Ok(Some(Matrix::of(quantity, &cells)))
    }
}

fn cells(json: &str) -> Option<[f64; CELLS]> {
    if let Ok(rows) = serde_json::from_str::<[[f64; SIDE]; SIDE]>(json) {
        return rows.as_flattened().try_into().ok();
    }
    let values: Vec<Value> = serde_json::from_str(json).ok()?;
    let flat: Vec<Value> = match values.len() {
        SIDE => values.into_iter().flat_map(row).collect(),
        _ => values,
    };
    let numbers: Option<Vec<f64>> = flat.iter().map(as_number).collect();
    numbers?.try_into().ok()
}

fn row(value: Value) -> Vec<Value> {
    match value {
        Value::Array(cells) if cells.len() == SIDE => cells,
        other => vec![other],
    }
}
