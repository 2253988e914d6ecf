use super::sample_writer_to_session::{SampleAcked, SampleRefused};
use crate::domain::quality::sample::{Arrival, Sighting};
use actix::{Message, Recipient};
use tokio::sync::OwnedSemaphorePermit;

/// Command: store a sample.
#[derive(Message)]
#[rtype(result = "()")]
pub struct StoreSample {
    pub arrival: Box<Arrival>,
    /// Its share of the writer's queue, given back when the sample is answered.
    pub room: OwnedSemaphorePermit,
    pub acked: Recipient<SampleAcked>,
    pub refused: Recipient<SampleRefused>,
}

/// Event: something was heard of a station.
#[derive(Message)]
#[rtype(result = "()")]
pub struct StationSighted {
    pub sighting: Sighting,
}
