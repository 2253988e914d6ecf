use super::writer_to_session::{SampleAcked, SampleRefused};
use crate::domain::quality::sample::{DeviceReport, IncomingSample};
use actix::{Message, Recipient};
use tokio::sync::OwnedSemaphorePermit;

/// Command: store a sample.
#[derive(Message)]
#[rtype(result = "()")]
pub struct StoreSample {
    pub incoming: Box<IncomingSample>,
    /// Its share of the queue of samples, given back when the sample is answered.
    pub share: OwnedSemaphorePermit,
    pub acked: Recipient<SampleAcked>,
    pub refused: Recipient<SampleRefused>,
}

/// Event: something was heard of a station.
#[derive(Message)]
#[rtype(result = "()")]
pub struct DeviceReported {
    pub report: DeviceReport,
}

impl StoreSample {
    /// The station is told that the database does not take the sample.
    pub fn refuse(self, sentence: String) {
        self.refused.do_send(SampleRefused {
            sample_id: self.incoming.sample.sample_id,
            sentence,
        });
    }
}
