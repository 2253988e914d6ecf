use actix::Message;

/// Command: the process ends, clear everything that it has written down. Answered when that is done or has failed.
#[derive(Message)]
#[rtype(result = "()")]
pub struct ClearRegistry;
