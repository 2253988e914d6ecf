//! What only stations send: sites, grades and matrices.

use crate::{
    domain::{
        quality::{
            Grade,
            matrix::{CELLS, Matrix, Quantity, SIDE},
        },
        site::Site,
        words::UnknownWord,
    },
    protocol::lenient::{BadField, Object, Scalar},
};
use serde_json::value::RawValue;

pub fn site(object: &Object<'_>, name: &str) -> Result<Option<Site>, BadField> {
    let read = |code: String| {
        let unknown = |problem: UnknownWord| object.bad(name, problem.to_string());
        code.parse().map_err(unknown)
    };
    object.optional_key(name, 16)?.map(read).transpose()
}

/// The grade that a label means; `None` for a label that means none.
pub fn grade(object: &Object<'_>, name: &str) -> Option<Grade> {
    match object.scalar(name) {
        Scalar::Text(label) => Grade::from_label(&label),
        _ => None,
    }
}

/// 8 rows of 8 numbers, or 64 numbers row by row.
pub fn matrix(
    object: &Object<'_>,
    name: &str,
    quantity: Quantity,
) -> Result<Option<Matrix>, BadField> {
    let Some(value) = object.raw(name) else {
        return Ok(None);
    };
    let wrong = || object.bad(name, "must be a matrix of 8 × 8 numbers");
    let cells = cells(value.get()).ok_or_else(wrong)?;
    Ok(Some(Matrix::of(quantity, &cells)))
}

fn cells(json: &str) -> Option<[f64; CELLS]> {
    if let Ok(rows) = serde_json::from_str::<[[f64; SIDE]; SIDE]>(json) {
        return rows.as_flattened().try_into().ok();
    }
    let values: Vec<&RawValue> = serde_json::from_str(json).ok()?;
    let flat: Vec<&RawValue> = match values.len() {
        SIDE => values.into_iter().flat_map(row).collect(),
        _ => values,
    };
    let numbers = flat.into_iter().map(|cell| Scalar::from(cell).number());
    let numbers: Option<Vec<f64>> = numbers.collect();
    numbers?.try_into().ok()
}

fn row(value: &RawValue) -> Vec<&RawValue> {
    let cells = serde_json::from_str(value.get()).ok();
    let cells = cells.filter(|cells: &Vec<_>| cells.len() == SIDE);
    cells.unwrap_or_else(|| vec![value])
}
