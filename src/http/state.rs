//! What the handlers need.

use crate::store::Pool;
use jiff::tz::TimeZone;

/// Shared by all handlers as `web::Data`.
#[derive(Clone)]
pub struct ApiState {
    pub pool: Pool,
    /// Zone of wall-clock times and of calendar days.
    pub zone: TimeZone,
}
