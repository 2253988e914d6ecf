//! A defect found on a foie.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `null` stands for what the station did not send.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Defect {
    /// The station's word, e.g. `foreign_body`; `defaut` if it sent only a description.
    pub r#type: String,
    pub description: Option<String>,
    /// Severity, 0–1.
    pub severite: Option<f64>,
    /// Column of the 8×8 matrices.
    pub x: Option<f64>,
    /// Row of the 8×8 matrices.
    pub y: Option<f64>,
}
