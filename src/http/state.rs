//! What the handlers need.

use crate::{messages::announcer_to_supervisor::Announce, store::Pool};
use actix::Recipient;
use jiff::tz::TimeZone;

/// Shared by all handlers as `web::Data`.
#[derive(Clone)]
pub struct ApiState {
    pub pool: Pool,
    /// Zone of wall-clock times and of calendar days.
    pub zone: TimeZone,
}

/// How screens learn of what a request changed.
#[derive(Clone)]
pub struct Announcer {
    pub announce: Recipient<Announce>,
}
