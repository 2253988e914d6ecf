//! Values that stand for "not measured".

/// Real files and streams write −0.01 where nothing was measured.
const PLACEHOLDER: f64 = -0.01;

/// A single-precision −0.01 is meant too.
pub fn is_placeholder(value: f64) -> bool {
    (value - PLACEHOLDER).abs() < 1e-6
}
