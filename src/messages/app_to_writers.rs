use crate::domain::unwritten::Unwritten;
use actix::Message;
use tokio::time::Instant;

/// Last command before the process ends: write what is queued until this moment, then end too. Answered with what was not written.
#[derive(Message)]
#[rtype(result = "Unwritten")]
pub struct DrainQueue {
    pub until: Instant,
}
