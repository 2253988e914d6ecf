use crate::domain::{quality::sample::Sample, reading::Reading};
use actix::Message;

/// Event: the readings of one frame are committed.
#[derive(Message)]
#[rtype(result = "()")]
pub struct ReadingsAcked {
    pub readings: Vec<Reading>,
    pub is_batch: bool,
}

/// Event: the readings of one frame could not be stored, not even in part.
#[derive(Message)]
#[rtype(result = "()")]
pub struct ReadingsRefused {
    pub readings: Vec<Reading>,
    /// One sentence for the sender.
    pub sentence: String,
}

/// Event: the sample is committed, now or by an earlier message.
#[derive(Message)]
#[rtype(result = "()")]
pub struct SampleAcked {
    pub sample: Box<Sample>,
}

/// Event: the sample could not be stored.
#[derive(Message)]
#[rtype(result = "()")]
pub struct SampleRefused {
    pub sample_id: String,
    /// One sentence for the sender.
    pub sentence: String,
}
