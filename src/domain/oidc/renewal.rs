//! When a login is renewed at the provider.

use super::super::words::words;
use std::time::Duration;

/// However short the lives that a provider gives, it is not asked more often.
const SHORTEST: Duration = Duration::from_secs(2);
/// The first pause after a provider that does not answer; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_secs(2);
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

words! {
    /// What became of the renewal of a login, for the metrics.
    pub enum Renewal {
        /// The provider has confirmed it.
        Renewed = "renewed",
        /// The provider does not answer; it is asked again.
        Away = "away",
        /// The provider has ended it, or the account may do nothing here any more.
        Refused = "refused",
    }
}

/// After how long a login is renewed whose tokens have this life: early enough to try again before they expire.
pub fn due_after(life: Option<Duration>, login_lifetime: Duration) -> Duration {
    let life = life.unwrap_or(login_lifetime).min(login_lifetime);
    life.mul_f64(0.8).max(SHORTEST)
}

/// How long to wait after this many attempts in a row without an answer. `spread`, from 0 to 1, keeps the logins of an outage apart.
pub fn pause_after(failures: u32, spread: f64) -> Duration {
    let doubled = 2_u32.saturating_pow(failures.saturating_sub(1).min(16));
    let pause = FIRST_PAUSE.saturating_mul(doubled).min(LONGEST_PAUSE);
    pause.mul_f64(1.0 - spread.clamp(0.0, 1.0) / 4.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_login_is_renewed_at_four_fifths_of_the_life_of_its_tokens() {
        let ten_hours = seconds(36_000);
        assert_eq!(due_after(Some(seconds(300)), ten_hours), seconds(240));
        assert_eq!(due_after(Some(seconds(1)), ten_hours), SHORTEST);
        // Tokens that outlive the login, or have no end.
        assert_eq!(due_after(Some(seconds(90_000)), ten_hours), seconds(28_800));
        assert_eq!(due_after(None, ten_hours), seconds(28_800));
    }

    #[test]
    fn a_provider_that_does_not_answer_is_asked_ever_more_seldom_and_not_by_all_logins_at_once() {
        let pauses: Vec<_> = (1..6).map(|failures| pause_after(failures, 0.0)).collect();
        assert_eq!(pauses, [2, 4, 8, 16, 32].map(seconds));
        assert_eq!(pause_after(u32::MAX, 0.0), LONGEST_PAUSE);
        assert_eq!(pause_after(3, 1.0), seconds(6));
    }
}
