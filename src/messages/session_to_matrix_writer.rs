use super::writer_to_session::{SampleAcked, SampleRefused};
use crate::domain::quality::sample::{Arrival, Sighting};
use actix::{Message, Recipient};
use tokio::sync::OwnedSemaphorePermit;

/// Command: store a sample.
#[derive(Message)]
#[rtype(result = "()")]
pub struct StoreSample {
    pub arrival: Box<Arrival>,
    /// Its share of the queue of samples, given back when the sample is answered.
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

impl StoreSample {
    /// The station is told that the database does not take the sample.
    pub fn refuse(self, sentence: String) {
        self.refused.do_send(SampleRefused {
            sample_id: self.arrival.sample.sample_id,
            sentence,
        });
    }
}
