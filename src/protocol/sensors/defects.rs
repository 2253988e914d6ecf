//! Defects come as objects, as sentences, or as one object keyed by name; they leave as a list.

use crate::{
    domain::quality::defect::Defect,
    protocol::lenient::{Object, Scalar},
};
use serde_json::{
    Map, Value, json,
    value::{RawValue, to_raw_value},
};
use std::borrow::Cow;

/// More defects of one sample are counted, not kept.
const MOST_KEPT: usize = 64;

/// The defects of one list of a station.
#[derive(Debug, Default)]
pub struct Defects(Vec<Value>);

impl Defects {
    /// What is neither a list nor an object is no defect.
    pub fn read(object: &Object<'_>, name: &str) -> Self {
        let value = object
            .raw(name)
            .map(|value| serde_json::from_str(value.get()));
        match value {
            Some(Ok(Value::Array(defects))) => Defects(
                defects
                    .into_iter()
                    .filter(|defect| !defect.is_null())
                    .collect(),
            ),
            Some(Ok(Value::Object(named))) => Defects(
                named
                    .into_iter()
                    .filter_map(|(name, value)| keyed(name, value))
                    .collect(),
            ),
            _ => Defects::default(),
        }
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn and(mut self, other: Defects) -> Self {
        self.0.extend(other.0);
        self
    }

    /// As a list of JSON. A list of the station stands as it came.
    pub fn as_sent<'a>(&self, object: &Object<'a>, name: &str) -> Cow<'a, RawValue> {
        match (object.scalar(name), object.raw(name)) {
            (Scalar::Array, Some(list)) => Cow::Borrowed(list),
            _ => to_raw_value(&self.0).map_or(Cow::Borrowed(RawValue::NULL), Cow::Owned),
        }
    }

    pub fn into_defects(self) -> Vec<Defect> {
        self.0.iter().take(MOST_KEPT).map(defect).collect()
    }
}

/// `{"hematome": {"severity": 0.4}}`, `{"hematome": 0.4}`, `{"hematome": true}`; what is false, null or 0 was not seen.
fn keyed(name: String, value: Value) -> Option<Value> {
    let number = Scalar::from(&value).number();
    match value {
        Value::Null | Value::Bool(false) => None,
        Value::Object(mut fields) => {
            fields.entry("type").or_insert(Value::String(name));
            Some(Value::Object(fields))
        }
        _ if number == Some(0.0) => None,
        Value::Bool(true) => Some(json!({"type": name})),
        _ if number.is_some() => Some(json!({"type": name, "severity": number})),
        value => Some(json!({"type": name, "description": value})),
    }
}

fn defect(value: &Value) -> Defect {
    match value {
        Value::Object(fields) => from_object(fields),
        Value::String(text) => described(text.clone()),
        other => described(other.to_string()),
    }
}

fn described(text: String) -> Defect {
    Defect {
        r#type: "defaut".to_owned(),
        description: Some(text),
        severite: None,
        x: None,
        y: None,
    }
}

fn from_object(fields: &Map<String, Value>) -> Defect {
    let text = |names: &[&str]| {
        let values = names.iter().filter_map(|name| fields.get(*name)?.as_str());
        values.map(str::to_owned).next()
    };
    let number = |names: &[&str]| {
        names
            .iter()
            .find_map(|name| Scalar::from(fields.get(*name)?).number())
    };
    // A position is (row, column), as in the matrices.
    let position = ["pos", "position"]
        .iter()
        .find_map(|name| fields.get(*name)?.as_array());
    let of_position = |index: usize| Scalar::from(position?.get(index)?).number();
    Defect {
        r#type: text(&["type", "name"]).unwrap_or_else(|| "defaut".to_owned()),
        description: text(&["description", "message", "label"]),
        severite: number(&["severity", "severite"]),
        x: number(&["x", "col"]).or_else(|| of_position(1)),
        y: number(&["y", "row"]).or_else(|| of_position(0)),
    }
}
