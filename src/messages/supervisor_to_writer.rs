use crate::domain::feed_deadlines::SilentLot;
use actix::Message;

/// Command: raise the alert of a silent feed for each of these lots that is still where it was last heard of.
#[derive(Message)]
#[rtype(result = "()")]
pub struct RaiseSilence {
    pub lots: Vec<SilentLot>,
}
