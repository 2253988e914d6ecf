use super::writer_to_session::{ReadingsAcked, ReadingsRefused};
use crate::domain::{last_words::Speaker, reading::Reading};
use actix::{Message, Recipient};
use std::sync::Arc;
use tokio::sync::OwnedSemaphorePermit;

/// Command: store the readings of one frame, all or none.
#[derive(Message)]
#[rtype(result = "()")]
pub struct StoreReadings {
    pub readings: Vec<Reading>,
    pub speaker: Speaker,
    /// The frame was an array, whose ack carries a count.
    pub is_batch: bool,
    /// Its part of the writer's queue, released when the readings are answered.
    pub share: OwnedSemaphorePermit,
    pub sender: Arc<Answering>,
}

/// How the sender of readings is answered. One for all messages of a session: a `Recipient` takes four allocations to clone.
pub struct Answering {
    pub acked: Recipient<ReadingsAcked>,
    pub refused: Recipient<ReadingsRefused>,
}
