//! Values that stand for "not measured".

/// Real files and streams contain −0.01 where nothing was measured.
const PLACEHOLDER: f64 = -0.01;

/// Also recognises −0.01 in single precision.
pub fn is_placeholder(value: f64) -> bool {
    (value - PLACEHOLDER).abs() < 1e-6
}
