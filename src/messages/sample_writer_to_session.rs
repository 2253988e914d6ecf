use crate::domain::quality::sample::Sample;
use actix::Message;

/// Event: the sample is committed, now or when it came before.
#[derive(Message)]
#[rtype(result = "()")]
pub struct SampleAcked {
    pub sample: Box<Sample>,
}

/// Event: the database does not take the sample; nothing of it was stored.
#[derive(Message)]
#[rtype(result = "()")]
pub struct SampleRefused {
    pub sample_id: String,
    /// One sentence for the sender.
    pub sentence: String,
}
