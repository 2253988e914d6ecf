//! Rounding of computed figures; values that a client measured are passed through unchanged.

/// Rounds half away from zero; never returns −0.
pub fn one_decimal(value: f64) -> f64 {
    rounded(value, 10.0)
}

/// Rounds half away from zero; never returns −0.
pub fn two_decimals(value: f64) -> f64 {
    rounded(value, 100.0)
}

fn rounded(value: f64, per_unit: f64) -> f64 {
    (value * per_unit).round() / per_unit + 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_rounded_to_the_nearest_decimal() {
        assert_eq!(one_decimal(12.34), 12.3);
        assert_eq!(one_decimal(-12.37), -12.4);
        assert_eq!(two_decimals(0.126), 0.13);
    }

    #[test]
    fn a_small_loss_rounds_to_plain_zero() {
        assert!(one_decimal(-0.01).is_sign_positive());
    }
}
