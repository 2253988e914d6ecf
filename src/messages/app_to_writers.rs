use crate::domain::unwritten::Unwritten;
use actix::Message;
use tokio::time::Instant;

/// Command, the last one: write what is queued until this moment, then end. Answered with what was not written.
#[derive(Message)]
#[rtype(result = "Unwritten")]
pub struct DrainQueue {
    pub until: Instant,
}
