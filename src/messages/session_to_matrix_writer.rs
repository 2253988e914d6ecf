use super::writer_to_session::{SampleAcked, SampleRefused};
use crate::domain::quality::sample::{DeviceReport, IncomingSample};
use actix::{Message, Recipient};
use tokio::sync::OwnedSemaphorePermit;

/// Command: store a sample.
#[derive(Message)]
#[rtype(result = "()")]
pub struct StoreSample {
    pub incoming: Box<IncomingSample>,
    /// Its part of the queue of samples, released when the sample is answered.
    pub share: OwnedSemaphorePermit,
    pub acked: Recipient<SampleAcked>,
    pub refused: Recipient<SampleRefused>,
}

/// Event: a station sent something.
#[derive(Message)]
#[rtype(result = "()")]
pub struct DeviceReported {
    pub report: DeviceReport,
}

impl StoreSample {
    /// Tells the station that the sample cannot be stored.
    pub fn refuse(self, sentence: String) {
        self.refused.do_send(SampleRefused {
            sample_id: self.incoming.sample.sample_id,
            sentence,
        });
    }
}
