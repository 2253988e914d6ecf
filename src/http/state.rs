//! What the handlers need.

use crate::{domain::calendar::Days, messages::announcer_to_supervisor::Announce, store::Pool};
use actix::Recipient;
use jiff::{Timestamp, tz::TimeZone};

/// Shared by all handlers as `web::Data`.
#[derive(Clone)]
pub struct ApiState {
    pub pool: Pool,
    /// Zone of wall-clock times and of calendar days.
    pub zone: TimeZone,
}

impl ApiState {
    /// The last `count` calendar days, today included.
    pub fn last_days(&self, count: i64) -> Days {
        Days::until(Timestamp::now(), &self.zone, count)
    }
}

/// How screens learn of what a request changed.
#[derive(Clone)]
pub struct Announcer {
    pub announce: Recipient<Announce>,
}
