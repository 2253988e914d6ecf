use actix::Message;
use std::time::Duration;

/// Command, the last one: the process stops, delete all its rows from the registry within this time, then end. Answered at the end.
#[derive(Message)]
#[rtype(result = "()")]
pub struct ClearRegistry {
    pub within: Duration,
}
