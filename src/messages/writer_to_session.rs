use crate::domain::{quality::sample::Sample, reading::Reading};
use actix::Message;

/// Event: the readings of one frame are committed.
#[derive(Message)]
#[rtype(result = "()")]
pub struct ReadingsAcked {
    pub readings: Vec<Reading>,
    pub is_batch: bool,
}

/// Event: the database does not take the readings of one frame; none of them was stored.
#[derive(Message)]
#[rtype(result = "()")]
pub struct ReadingsRefused {
    pub readings: Vec<Reading>,
    /// One sentence for the sender.
    pub sentence: String,
}

/// Event: the sample is committed, now or when it came before.
#[derive(Message)]
#[rtype(result = "()")]
pub struct SampleAcked {
    pub sample: Box<Sample>,
}

/// Event: the database does not take the sample.
#[derive(Message)]
#[rtype(result = "()")]
pub struct SampleRefused {
    pub sample_id: String,
    /// One sentence for the sender.
    pub sentence: String,
}
