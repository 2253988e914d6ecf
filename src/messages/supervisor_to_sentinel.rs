use crate::domain::silence::SilentLot;
use actix::Message;

/// Event: nothing was heard of these lots for the time of two meals.
#[derive(Message)]
#[rtype(result = "()")]
pub struct LotsFellSilent {
    pub lots: Vec<SilentLot>,
}
