use crate::{
    domain::{
        audience::Audience,
        lot::LotId,
        stream::Topic,
        transition::Transition,
        wall::{EarlierEcarts, PlannedEnd, WallLot},
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
    /// Plans that are in force now, for the wall.
    pub plans: Vec<PlannedEnd>,
}

impl ToPublish {
    /// True if neither screens nor the wall learn anything.
    pub fn is_empty(&self) -> bool {
        self.publications.is_empty() && self.lots.is_empty() && self.plans.is_empty()
    }
}

/// One frame for the subscribers of a topic, encoded except for its `seq`.
#[derive(Debug, Clone)]
pub struct Publication {
    pub topic: Topic,
    pub audience: Audience,
    /// The supervisor adds the `seq`.
    pub frame: OpenFrame,
}
