use crate::{
    domain::{audience::Audience, stream::Topic, wall::WallLot},
    protocol::frames::OpenFrame,
};
use actix::Message;
use tokio::sync::OwnedSemaphorePermit;

/// Event: a transaction was committed; this is what screens are told of it.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Committed {
    pub news: News,
    /// Its credit among those that the supervisor has not taken yet, given back when it is taken.
    pub credit: Option<OwnedSemaphorePermit>,
}

/// What a transaction changed.
#[derive(Default)]
pub struct News {
    pub publications: Vec<Publication>,
    /// New states of the lots, for the wall.
    pub lots: Vec<WallLot>,
}

/// One frame for the listeners of a topic, encoded up to its place in the stream.
#[derive(Debug, Clone)]
pub struct Publication {
    pub topic: Topic,
    pub audience: Audience,
    /// The supervisor gives it its `seq`.
    pub frame: OpenFrame,
}
