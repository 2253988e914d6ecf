use crate::domain::feed_deadlines::SilentLot;
use actix::Message;

/// Command: raise the alert of a silent feed for each of these lots, unless a newer meal has been stored.
#[derive(Message)]
#[rtype(result = "()")]
pub struct RaiseSilence {
    pub lots: Vec<SilentLot>,
}
