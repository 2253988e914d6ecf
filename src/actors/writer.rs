//! Serialises the writes of readings.

use super::{
    group_commit::{Failure, Fifo, GroupCommit, Ledger, Neighbours, Store},
    publication,
};
use crate::{
    domain::{last_words::LastWords, reading::Reading},
    messages::{
        session_to_writer::StoreReadings,
        writer_to_session::{ReadingsAcked, ReadingsRefused},
        writer_to_supervisor::ReadingsStored,
    },
    store::readings::{ReadingStore, Stored},
    telemetry::{health::Witness, metrics::Metrics},
};
use actix::{Context, Handler};
use jiff::Timestamp;
use tokio::time::Instant;

/// A batch takes whole messages until it holds this many readings.
const BATCH_READINGS: usize = 1_000;

/// Meals of which it is known which connection spoke of them last.
const REMEMBERED_WORDS: usize = 65_536;

pub type Writer = GroupCommit<Readings>;

/// Readings on their way into storage.
pub struct Readings {
    metrics: Metrics,
    last_words: LastWords,
}

impl Writer {
    pub fn new(store: ReadingStore, neighbours: Neighbours<ReadingsStored>) -> Self {
        let metrics = neighbours.metrics.clone();
        let queue = Fifo::new(BATCH_READINGS, |message: &StoreReadings| {
            message.readings.len()
        });
        let store = MeteredStore {
            store,
            metrics: metrics.clone(),
        };
        let last_words = LastWords::new(REMEMBERED_WORDS);
        let readings = Readings {
            metrics,
            last_words,
        };
        GroupCommit::with(readings, queue, store, neighbours)
    }
}

impl Ledger for Readings {
    type Entry = StoreReadings;
    type Queue = Fifo<StoreReadings>;
    type Store = MeteredStore;
    type News = ReadingsStored;

    const NAME: &'static str = "readings";
    const WITNESS: Witness = Witness::Readings;
    const MOST_UNPUBLISHED: usize = 16;

    fn news(&self, messages: &[StoreReadings], stored: &Stored) -> Option<ReadingsStored> {
        let readings = readings_of(messages);
        self.metrics.readings_stored.inc_by(readings.len() as u64);
        Some(publication::of_batch(&readings, stored, Timestamp::now()))
    }

    fn ack(&self, messages: Vec<StoreReadings>) {
        for message in messages {
            let (readings, is_batch) = (message.readings, message.is_batch);
            // A producer that left without waiting for its ack is stored all the same.
            message.acked.do_send(ReadingsAcked { readings, is_batch });
        }
    }

    fn refused(&self, message: StoreReadings, sentence: String) {
        let readings = message.readings;
        message
            .refused
            .do_send(ReadingsRefused { readings, sentence });
    }
}

fn readings_of(messages: &[StoreReadings]) -> Vec<&Reading> {
    messages
        .iter()
        .flat_map(|message| message.readings.iter())
        .collect()
}

/// Counts what it stores.
pub struct MeteredStore {
    store: ReadingStore,
    metrics: Metrics,
}

impl Store<StoreReadings> for MeteredStore {
    type Stored = Stored;

    async fn store(&mut self, messages: &[StoreReadings]) -> Result<Stored, Failure> {
        let begun = Instant::now();
        let readings = readings_of(messages);
        let stored = self.store.store(&readings).await?;
        self.metrics.batch_size.observe(readings.len() as f64);
        self.metrics
            .commit_seconds
            .observe(begun.elapsed().as_secs_f64());
        Ok(stored)
    }
}

impl Handler<StoreReadings> for Writer {
    type Result = ();

    fn handle(&mut self, mut message: StoreReadings, ctx: &mut Context<Self>) {
        let (readings, speaker) = (&mut message.readings, message.speaker);
        let words = &mut self.ledger.last_words;
        let overtaken = words.take_out_overtaken(readings, speaker, Instant::now());
        self.metrics()
            .dropped("said_before_newer", overtaken as u64);
        if message.readings.is_empty() {
            let sentence = "a newer connection has spoken of this meal since".to_owned();
            return self.ledger.refused(message, sentence);
        }
        self.queue.push(message);
        self.write_next(ctx);
    }
}
