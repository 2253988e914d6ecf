use actix::Message;

/// Command: stop all simulators, and start none any more. Answered when they have ended.
#[derive(Message)]
#[rtype(result = "()")]
pub struct EndSimulators;
