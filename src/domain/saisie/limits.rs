//! What can be entered, and from where on it is looked at twice.

use jiff::SignedDuration;
use serde::Serialize;
use std::ops::RangeInclusive;
use utoipa::ToSchema;

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

/// A given dose is this far from the planned one, %: worth a look, unlikely, wrong.
pub const ECARTS_PCT: [f64; 3] = [5.0, 10.0, 25.0];
/// From here on down the ducks refuse, %.
pub const REFUSAL_PCT: f64 = -30.0;
/// A barn is too cold or too hot, °C: first seriously, then at all.
pub const SEVERE_TEMPERATURES_C: [f64; 2] = [15.0, 28.0];
pub const USUAL_TEMPERATURES_C: [f64; 2] = [18.0, 25.0];
/// A barn is too dry or too humid, %.
pub const USUAL_HUMIDITIES_PCT: [f64; 2] = [50.0, 75.0];

/// The limits for a screen that warns while somebody writes. Of two values the first is the least.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct Limits {
    /// g per duck and meal.
    dose_g: [f64; 2],
    /// The largest dose that `confirmer` admits, g.
    dose_confirmee_g: f64,
    /// A larger dose is unlikely, g.
    dose_inhabituelle_g: f64,
    /// A larger step from the meal before is unlikely, g or %.
    pas_g: f64,
    pas_pct: f64,
    /// Distances from the planned dose, %: amber, orange, red.
    ecarts_pct: [f64; 3],
    /// Red on this side, %.
    refus_pct: f64,
    poids_g: [f64; 2],
    /// A larger change of the mean weight is unlikely, %.
    poids_variation_pct: f64,
    /// More deaths at one meal are unlikely, % of the ducks.
    morts_pct: f64,
    temperature_c: [f64; 2],
    temperature_habituelle_c: [f64; 2],
    temperature_grave_c: [f64; 2],
    humidite_pct: [f64; 2],
    humidite_habituelle_pct: [f64; 2],
    /// How far a time may be ahead, s.
    avance_s: i64,
    /// An entry is late from here on, s.
    retard_s: i64,
    /// A clock is wrong from here on, s.
    horloge_s: i64,
}

/// All of them.
pub const LIMITS: Limits = Limits {
    dose_g: [*DOSE_G.start(), *DOSE_G.end()],
    dose_confirmee_g: CONFIRMED_DOSE_G,
    dose_inhabituelle_g: UNLIKELY_DOSE_G,
    pas_g: UNLIKELY_STEP_G,
    pas_pct: UNLIKELY_STEP_PCT,
    ecarts_pct: ECARTS_PCT,
    refus_pct: REFUSAL_PCT,
    poids_g: [*POIDS_G.start(), *POIDS_G.end()],
    poids_variation_pct: UNLIKELY_WEIGHT_PCT,
    morts_pct: UNLIKELY_DEATHS_PCT,
    temperature_c: [*TEMPERATURE_C.start(), *TEMPERATURE_C.end()],
    temperature_habituelle_c: USUAL_TEMPERATURES_C,
    temperature_grave_c: SEVERE_TEMPERATURES_C,
    humidite_pct: [*HUMIDITE_PCT.start(), *HUMIDITE_PCT.end()],
    humidite_habituelle_pct: USUAL_HUMIDITIES_PCT,
    avance_s: MOST_AHEAD.as_secs(),
    retard_s: LATE.as_secs(),
    horloge_s: WRONG_CLOCK.as_secs(),
};
