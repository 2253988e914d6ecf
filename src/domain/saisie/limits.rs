//! What can be entered, and from where on it is looked at twice.

use jiff::SignedDuration;
use std::ops::RangeInclusive;

/// g per duck and meal.
pub const DOSE_G: RangeInclusive<f64> = 1.0..=600.0;
/// Two meals in one, if somebody has confirmed it.
pub const CONFIRMED_DOSE_G: f64 = 800.0;
pub const POIDS_G: RangeInclusive<f64> = 3_000.0..=9_000.0;
pub const TEMPERATURE_C: RangeInclusive<f64> = -10.0..=45.0;
pub const HUMIDITE_PCT: RangeInclusive<f64> = 0.0..=100.0;
/// How far a time may be ahead of the server's clock.
pub const MOST_AHEAD: SignedDuration = SignedDuration::from_mins(15);
/// Days beyond the last meal of the lot, as for a stream.
pub const FARTHEST: i32 = 16;

/// A larger dose is unlikely, g.
pub const UNLIKELY_DOSE_G: f64 = 560.0;
/// A larger step from the meal before is unlikely: g, or %.
pub const UNLIKELY_STEP_G: f64 = 50.0;
pub const UNLIKELY_STEP_PCT: f64 = 15.0;
/// A larger change of the mean weight is unlikely, %.
pub const UNLIKELY_WEIGHT_PCT: f64 = 8.0;
/// More deaths at one meal are unlikely, % of the ducks.
pub const UNLIKELY_DEATHS_PCT: f64 = 1.0;
/// An entry is late from here on.
pub const LATE: SignedDuration = SignedDuration::from_hours(12);
/// A clock is wrong from here on.
pub const WRONG_CLOCK: SignedDuration = SignedDuration::from_mins(2);
