//! Means; `None` if nothing was measured.

/// `None` if the count is 0.
pub fn ratio(sum: f64, count: i64) -> Option<f64> {
    (count > 0).then(|| sum / count as f64)
}

/// Mean weighted by head count; values without a head count are left out.
pub fn by_head_count(values: impl IntoIterator<Item = (f64, Option<i32>)>) -> Option<f64> {
    let counted = values
        .into_iter()
        .filter_map(|(value, ducks)| ducks.map(|ducks| (value, ducks)));
    let (sum, ducks) = counted.fold((0.0, 0_i64), |(sum, all), (value, ducks)| {
        (sum + value * f64::from(ducks), all + i64::from(ducks))
    });
    ratio(sum, ducks)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mean_is_weighted_by_head_count_and_leaves_uncounted_ducks_out() {
        let values = [(12.0, Some(300)), (16.0, Some(100)), (99.0, None)];
        assert_eq!(by_head_count(values), Some(13.0));
    }

    #[test]
    fn a_mean_of_nothing_is_nothing() {
        assert_eq!(by_head_count([(12.0, None), (16.0, Some(0))]), None);
        assert_eq!(ratio(0.0, 0), None);
    }
}
