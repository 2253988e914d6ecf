//! How long lots are fed.

use super::quantiles::median;
use jiff::civil::Date;

/// Ended lots below which nothing is usual.
const FEWEST_LOTS: usize = 5;

/// The jour on which half of the ended lots had their last meal or had had it before; `None` if they are too few.
pub fn usual_last_day(last_days: impl Iterator<Item = i32>) -> Option<i32> {
    let days: Vec<f64> = last_days.map(|jour| f64::from(jour.max(0))).collect();
    let middle = median(&days).filter(|_| days.len() >= FEWEST_LOTS)?;
    Some(middle.round() as i32)
}

/// The jour of a day; the first one is 0.
pub fn days_between(debut: Date, day: Date) -> i32 {
    // No two dates are so far apart that this is not a day.
    debut.duration_until(day).as_hours().div_euclid(24) as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_last_day_is_the_middle_of_five_or_more() {
        assert_eq!(usual_last_day([10, 11, 11, 12, 30].into_iter()), Some(11));
        assert_eq!(usual_last_day([10, 11, 11, 12].into_iter()), None);
    }

    #[test]
    fn the_last_of_ten_days_is_jour_nine_also_over_the_end_of_a_month() {
        let day = |month, day| jiff::civil::date(2026, month, day);
        assert_eq!(days_between(day(11, 28), day(12, 7)), 9);
        assert_eq!(days_between(day(3, 28), day(3, 28)), 0);
    }
}
