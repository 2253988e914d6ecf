use actix::Message;

/// Command: write what is queued, then answer with the number of readings, or samples, that could not be written in time.
#[derive(Message)]
#[rtype(result = "usize")]
pub struct DrainQueue {
    pub within: std::time::Duration,
}
