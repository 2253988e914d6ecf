use crate::domain::{audience::Audience, stream::Topic, wall::WallLot};
use actix::Message;
use bytes::Bytes;
use tokio::sync::OwnedSemaphorePermit;

/// Event: a batch was committed; this is what screens are told of it.
#[derive(Message)]
#[rtype(result = "()")]
pub struct ReadingsStored {
    pub publications: Vec<Publication>,
    /// New states of the lots, for the wall.
    pub lots: Vec<WallLot>,
}

/// News of a writer, with their place among those that the supervisor has not taken yet.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Placed<N> {
    pub news: N,
    /// Given back when the news have been taken.
    pub place: Option<OwnedSemaphorePermit>,
}

/// One frame for the listeners of a topic, encoded up to its place in the stream.
#[derive(Debug, Clone)]
pub struct Publication {
    pub topic: Topic,
    pub audience: Audience,
    /// JSON object without its last brace: the supervisor adds `seq`.
    pub open_frame: Bytes,
}
