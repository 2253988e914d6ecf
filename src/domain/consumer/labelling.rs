//! Labels for the products of a lot, and products that are taken off the market.

use super::code::Code;
use crate::domain::{control::Stage, lot::LotId};
use jiff::civil::Date;

/// Labels of one request at most.
pub const MOST_LABELS: i32 = 5_000;

/// What somebody wants done with products.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProductChange {
    /// One product for each code.
    Label {
        lot_id: LotId,
        code_lot: String,
        codes: Vec<Code>,
        date_limite: Option<Date>,
        conditionnement: Option<String>,
    },
    Recall {
        product_id: String,
        motif: String,
    },
}

/// Whether products of a lot may be labelled: only once its control has ended well.
///
/// # Errors
/// A sentence that says what stands against it.
pub fn may_label(code_lot: &str, control: Option<Stage>) -> Result<(), String> {
    match control {
        Some(Stage::Inspected) => Ok(()),
        Some(Stage::Rejected) => Err(format!(
            "the lot {code_lot} was rejected by quality control: its products are not sold"
        )),
        _ => Err(format!(
            "the control of the lot {code_lot} has not ended yet: end it first"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_lot_whose_control_has_ended_well_is_labelled() {
        assert_eq!(may_label("LL2611001", Some(Stage::Inspected)), Ok(()));
        for stage in [
            None,
            Some(Stage::Pending),
            Some(Stage::Inspecting),
            Some(Stage::Rejected),
        ] {
            let refusal = may_label("LL2611001", stage).unwrap_err();
            assert!(refusal.contains("LL2611001"), "{refusal}");
        }
    }
}
