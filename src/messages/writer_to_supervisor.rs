use crate::domain::{audience::Audience, stream::Topic, wall::WallLot};
use actix::Message;
use bytes::Bytes;

/// Event: a batch was committed; this is what screens are told of it.
#[derive(Message)]
#[rtype(result = "()")]
pub struct ReadingsStored {
    pub publications: Vec<Publication>,
    /// New states of the lots, for the wall.
    pub lots: Vec<WallLot>,
}

/// One frame for the listeners of a topic, encoded up to its place in the stream.
#[derive(Debug, Clone)]
pub struct Publication {
    pub topic: Topic,
    pub audience: Audience,
    /// JSON object without its last brace: the supervisor adds `seq`.
    pub open_frame: Bytes,
}
