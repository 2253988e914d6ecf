use actix::Message;

/// Command: the process stops, delete all its rows from the registry. Answered when that has succeeded or failed.
#[derive(Message)]
#[rtype(result = "()")]
pub struct ClearRegistry;
