use crate::{
    domain::{
        audience::Audience,
        lot::LotId,
        stream::Topic,
        transition::Transition,
        wall::{EarlierEcarts, WallLot},
    },
    protocol::frames::OpenFrame,
};
use actix::Message;
use tokio::sync::OwnedSemaphorePermit;

/// Event: a transaction was committed; carries what screens must learn of it.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Committed {
    pub to_publish: ToPublish,
    /// Limits how many transactions the supervisor has not handled yet; released when this one is handled.
    pub credit: Option<OwnedSemaphorePermit>,
}

/// What the supervisor publishes of a transaction.
#[derive(Default)]
pub struct ToPublish {
    pub publications: Vec<Publication>,
    /// Lots whose front was deleted: the wall forgets them before it gets their new states.
    pub gone: Vec<(String, LotId)>,
    /// New states of the lots, for the wall.
    pub lots: Vec<WallLot>,
    /// The écarts of its meals that are not in the lots' states, for the wall.
    pub ecarts: Vec<EarlierEcarts>,
    /// For the wall; the publications tell screens of them.
    pub transitions: Vec<Transition>,
}

/// One frame for the subscribers of a topic, encoded except for its `seq`.
#[derive(Debug, Clone)]
pub struct Publication {
    pub topic: Topic,
    pub audience: Audience,
    /// The supervisor adds the `seq`.
    pub frame: OpenFrame,
}
