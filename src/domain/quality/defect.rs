//! A defect seen on a foie.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `null` is what the station did not say.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Defect {
    /// Word of the station, e.g. `foreign_body`; `defaut` when it gave only a description.
    pub r#type: String,
    pub description: Option<String>,
    /// 0–1.
    pub severite: Option<f64>,
    /// Column of the 8×8 matrices.
    pub x: Option<f64>,
    /// Row of the 8×8 matrices.
    pub y: Option<f64>,
}
