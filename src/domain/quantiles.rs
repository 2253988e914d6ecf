//! Quantiles, interpolated between the two nearest values, as `percentile_cont` of SQL does.

/// `None` without values, or if the share is not within 0–1. The values need no order.
pub fn quantile(values: &[f64], share: f64) -> Option<f64> {
    if values.is_empty() || !(0.0..=1.0).contains(&share) {
        return None;
    }
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let place = share * (sorted.len() - 1) as f64;
    let below = place.floor() as usize;
    let above = (below + 1).min(sorted.len() - 1);
    let part = place - below as f64;
    Some(sorted[below] + part * (sorted[above] - sorted[below]))
}

/// The middle value.
pub fn median(values: &[f64]) -> Option<f64> {
    quantile(values, 0.5)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{collection::vec, prelude::*};

    #[test]
    fn a_quantile_lies_between_the_two_values_that_surround_it() {
        let values = [40.0, 10.0, 20.0, 30.0];
        assert_eq!(quantile(&values, 0.0), Some(10.0));
        assert_eq!(median(&values), Some(25.0));
        assert_eq!(quantile(&values, 0.9), Some(37.0));
        assert_eq!(quantile(&values, 1.0), Some(40.0));
    }

    #[test]
    fn nothing_has_no_quantile() {
        assert_eq!(median(&[]), None);
        assert_eq!(quantile(&[1.0], 1.5), None);
        assert_eq!(quantile(&[7.0], 0.3), Some(7.0));
    }

    proptest! {
        /// The mean absolute deviation, weighted on both sides, is least at a quantile: a definition that needs no sorting.
        #[test]
        fn no_value_is_closer_to_all_in_the_sense_of_its_share_than_the_quantile(
            values in vec(-1e3..1e3_f64, 1..30), share in 0.0..=1.0_f64,
        ) {
            let loss = |at: f64| -> f64 {
                values.iter().map(|value| if *value > at { share * (value - at) } else { (1.0 - share) * (at - value) }).sum()
            };
            let found = quantile(&values, share).unwrap();
            // Interpolation may leave the flat part of the loss, by less than one value's part of it.
            let spread = values.iter().fold(f64::MIN, |most, v| most.max(*v)) - values.iter().fold(f64::MAX, |least, v| least.min(*v));
            let least = values.iter().map(|value| loss(*value)).fold(f64::MAX, f64::min);
            prop_assert!(loss(found) <= least + spread + 1e-9);
        }
    }
}
