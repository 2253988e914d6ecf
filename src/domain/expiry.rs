//! When a connection whose token expires is warned, and when it is closed.

use super::oidc::token::LEEWAY;
use jiff::{SignedDuration, Timestamp};
use std::time::Duration;

/// How long before the end a screen is warned.
const NOTICE: SignedDuration = SignedDuration::from_secs(60);
/// The clock is compared at least this often, because it may be set.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// The end of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expiry {
    at: Timestamp,
    is_warned: bool,
}

/// What to do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    Wait(Duration),
    /// Tell the screen of the end at this time.
    Warn(Timestamp),
    Close,
}

impl Expiry {
    pub fn new(at: Timestamp) -> Self {
        Expiry {
            at,
            is_warned: false,
        }
    }

    /// Warns only once.
    pub fn due(&mut self, now: Timestamp) -> Due {
        let left = now.duration_until(self.at);
        if left <= -LEEWAY {
            return Due::Close;
        }
        if left <= NOTICE && !self.is_warned {
            self.is_warned = true;
            return Due::Warn(self.at);
        }
        let next = if self.is_warned {
            left + LEEWAY
        } else {
            left - NOTICE
        };
        let next = Duration::try_from(next).unwrap_or_default();
        Due::Wait(next.min(LONGEST_WAIT))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: u64) -> Due {
        Due::Wait(Duration::from_secs(seconds))
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_connection_is_warned_once_a_minute_before_its_token_expires_and_closed_when_no_clock_would_still_accept_it()
     {
        let mut expiry = Expiry::new(at(1_000));
        assert_eq!(expiry.due(at(0)), seconds(60));
        assert_eq!(expiry.due(at(930)), seconds(10));
        assert_eq!(expiry.due(at(940)), Due::Warn(at(1_000)));
        assert_eq!(expiry.due(at(940)), seconds(60));
        assert_eq!(expiry.due(at(1_010)), seconds(20));
        assert_eq!(expiry.due(at(1_030)), Due::Close);
    }

    #[test]
    fn a_clock_that_was_set_forward_closes_at_once_and_one_that_was_set_back_prolongs() {
        let mut expiry = Expiry::new(at(1_000));
        assert_eq!(expiry.due(at(9_000)), Due::Close);
        assert_eq!(expiry.due(at(500)), seconds(60));
    }
}
