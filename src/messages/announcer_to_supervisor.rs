use super::writer_to_supervisor::Publication;
use actix::Message;

/// Event: something that screens are told of was committed, beside the readings: samples, silent feeds, acknowledgements.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Announce {
    pub publications: Vec<Publication>,
}
