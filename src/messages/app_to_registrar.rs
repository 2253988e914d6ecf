use actix::Message;
use std::time::Duration;

/// Last command before the process ends: delete all its rows from the registry within this time, then end too. Answered at the end.
#[derive(Message)]
#[rtype(result = "()")]
pub struct ClearRegistry {
    pub within: Duration,
}
