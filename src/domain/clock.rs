//! Which timestamps of senders are plausible (decision 0054).

use jiff::{SignedDuration, Timestamp};

/// Start of 2020. Earlier times come from clock chips without a battery, which count from 1970 or 2000.
const EARLIEST_SECOND: i64 = 1_577_836_800;
const MOST_AHEAD: SignedDuration = SignedDuration::from_hours(48);

/// A time further from its arrival than this is marked. No reading and no sample is under way for so long, unless it was held back.
const MARKED_BEYOND_SECONDS: i64 = 2 * 3_600;

/// How many seconds a sender's time was ahead of its arrival, negative if behind; `None` up to two hours.
pub fn ecart_s(time: Timestamp, recu_le: Timestamp) -> Option<i64> {
    let ahead = time.duration_since(recu_le).as_secs();
    (ahead.abs() > MARKED_BEYOND_SECONDS).then_some(ahead)
}

/// How far a sender's clock may differ from the server's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockRules {
    /// Older times are stored, but marked as doubtful.
    pub doubtful_after: SignedDuration,
    /// If the server's clock is earlier than this, it is itself wrong.
    pub built_at: Timestamp,
}

/// Why a time is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Implausible {
    #[error("is before the year 2020: the sender's clock is not set; set its date and send again")]
    BeforeClients,
    #[error(
        "is more than 2 days ahead of the server's clock ({now}): check the date of the sender's clock and send again"
    )]
    TooFarAhead { now: Timestamp },
}

impl ClockRules {
    /// Returns whether the time is doubtful.
    ///
    /// # Errors
    /// The time cannot be right.
    pub fn is_doubtful(&self, time: Timestamp, now: Timestamp) -> Result<bool, Implausible> {
        if time.as_second() < EARLIEST_SECOND {
            return Err(Implausible::BeforeClients);
        }
        let server_knows = now >= self.built_at;
        if server_knows && time.duration_since(now) > MOST_AHEAD {
            return Err(Implausible::TooFarAhead { now });
        }
        let now = now.max(self.built_at);
        Ok(now.duration_since(time) > self.doubtful_after)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const DAY: SignedDuration = SignedDuration::from_hours(24);

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn rules() -> ClockRules {
        ClockRules {
            doubtful_after: DAY * 60,
            built_at: at("2026-06-01T00:00:00Z"),
        }
    }

    fn judged(time: &str, now: &str) -> Result<bool, Implausible> {
        rules().is_doubtful(at(time), at(now))
    }

    #[test]
    fn what_dead_clock_chips_say_is_refused() {
        let now = "2026-11-22T12:00:00Z";
        for time in [
            "0001-01-01T00:00:00Z",
            "1970-01-01T00:00:00Z",
            "2000-01-01T00:00:00Z",
            "2019-12-31T23:59:59Z",
        ] {
            assert_eq!(judged(time, now), Err(Implausible::BeforeClients), "{time}");
        }
        for time in ["2026-11-24T12:00:01Z", "2037-12-31T00:00:00Z"] {
            let error = judged(time, now).unwrap_err().to_string();
            assert!(
                error.starts_with("is more than 2 days ahead"),
                "{time}: {error}"
            );
        }
        assert_eq!(judged("2026-11-24T12:00:00Z", now), Ok(false));
    }

    #[test]
    fn what_is_older_than_the_setting_is_doubted() {
        let now = "2026-11-22T12:00:00Z";
        assert_eq!(judged("2026-09-23T12:00:00Z", now), Ok(false));
        assert_eq!(judged("2026-09-23T11:59:59Z", now), Ok(true));
        assert_eq!(judged("2020-01-01T00:00:00Z", now), Ok(true));
    }

    #[test]
    fn a_time_is_marked_with_its_distance_beyond_two_hours_and_not_before() {
        let arrived = at("2026-11-22T12:00:00Z");
        for (time, mark) in [
            ("2026-11-22T14:00:00Z", None),
            ("2026-11-22T14:00:01Z", Some(7_201)),
            ("2026-11-22T10:00:00Z", None),
            ("2026-11-22T09:00:00Z", Some(-10_800)),
        ] {
            assert_eq!(ecart_s(at(time), arrived), mark, "{time}");
        }
    }

    #[test]
    fn a_server_whose_clock_is_before_its_build_refuses_nothing_as_too_far_ahead() {
        let lost = "2000-01-01T00:05:00Z";
        assert_eq!(judged("2026-11-22T12:00:00Z", lost), Ok(false));
        // The build time is a lower bound of the real time.
        assert_eq!(judged("2026-01-01T00:00:00Z", lost), Ok(true));
    }

    proptest! {
        #[test]
        fn a_time_of_the_last_sixty_days_is_always_believed(seconds in 0..60 * 86_400i64, later in 0..1_000i64) {
            let now = at("2026-11-22T12:00:00Z") + DAY * later as i32;
            prop_assert_eq!(rules().is_doubtful(now - SignedDuration::from_secs(seconds), now), Ok(false));
        }
    }
}
