//! Serialises the writes of the quality stations, apart from those of gavage: their frames are large, and must delay no meal.

mod queue;

use super::{
    announcement,
    group_commit::{Failure, GroupCommit, Ledger, Neighbours, Store},
};
use crate::{
    domain::{
        audience::Audience,
        quality::sample::{Arrival, Seen, Sighting},
        stream::Topic,
    },
    messages::{
        announcer_to_supervisor::Announce,
        sample_writer_to_session::{SampleAcked, SampleRefused},
        session_to_sample_writer::{StationSighted, StoreSample},
        writer_to_supervisor::Publication,
    },
    protocol::sensors::update,
    store::samples::{NewSample, SampleStore, StoredSamples},
    telemetry::{health::Witness, metrics::Metrics},
};
use actix::{Context, Handler};
use jiff::Timestamp;
use queue::SampleQueue;

pub type SampleWriter = GroupCommit<Samples>;

/// Samples on their way into storage.
pub struct Samples {
    metrics: Metrics,
}

/// What waits for a transaction.
pub enum Entry {
    Sample(StoreSample),
    Sighting(Sighting),
}

impl SampleWriter {
    pub fn new(store: SampleStore, neighbours: Neighbours<Announce>) -> Self {
        let metrics = neighbours.metrics.clone();
        GroupCommit::with(
            Samples { metrics },
            SampleQueue::default(),
            store,
            neighbours,
        )
    }
}

impl Ledger for Samples {
    type Entry = Entry;
    type Queue = SampleQueue;
    type Store = SampleStore;
    type News = Announce;

    const NAME: &'static str = "samples";
    const WITNESS: Witness = Witness::Samples;
    const MOST_UNPUBLISHED: usize = 4;

    fn news(&self, entries: &[Entry], stored: &StoredSamples) -> Option<Announce> {
        self.metrics.samples_stored.inc_by(stored.new.len() as u64);
        let arrivals: Vec<_> = entries.iter().filter_map(Entry::arrival).collect();
        let shown = stored
            .new
            .iter()
            .map(|new| of_sample(new, &arrivals[new.place].seen));
        let alerts = announcement::of_alerts(&stored.alerts, Timestamp::now());
        let publications: Vec<_> = shown.chain(alerts).collect();
        (!publications.is_empty()).then_some(Announce { publications })
    }

    fn ack(&self, entries: Vec<Entry>) {
        for message in entries.into_iter().filter_map(Entry::into_sample) {
            // A station that left without waiting for its ack is stored all the same.
            message.acked.do_send(SampleAcked {
                sample: Box::new(message.arrival.sample),
            });
        }
    }

    fn refused(&self, entry: Entry, sentence: String) {
        match entry {
            Entry::Sample(message) => message.refused.do_send(SampleRefused {
                sample_id: message.arrival.sample.sample_id,
                sentence,
            }),
            Entry::Sighting(sighting) => {
                log::warn!(
                    "what was heard of station {} is left out: {sentence}",
                    sighting.device_id
                );
            }
        }
    }
}

impl Entry {
    fn into_sample(self) -> Option<StoreSample> {
        match self {
            Entry::Sample(sample) => Some(sample),
            Entry::Sighting(_) => None,
        }
    }

    fn arrival(&self) -> Option<&Arrival> {
        match self {
            Entry::Sample(sample) => Some(&sample.arrival),
            Entry::Sighting(_) => None,
        }
    }

    fn sighting(&self) -> Option<&Sighting> {
        match self {
            Entry::Sample(_) => None,
            Entry::Sighting(sighting) => Some(sighting),
        }
    }
}

impl Store<Entry> for SampleStore {
    type Stored = StoredSamples;

    async fn store(&mut self, entries: &[Entry]) -> Result<StoredSamples, Failure> {
        let arrivals: Vec<_> = entries.iter().filter_map(Entry::arrival).collect();
        let sightings: Vec<_> = entries.iter().filter_map(Entry::sighting).collect();
        Ok(SampleStore::store(self, &arrivals, &sightings).await?)
    }
}

fn of_sample(new: &NewSample, seen: &Seen) -> Publication {
    let sample = &new.sample;
    Publication {
        topic: Topic::Realtime,
        audience: Audience::Sample {
            device_id: sample.device_id.clone(),
            site: sample.site,
            code_lot: sample.code_lot.clone(),
            gaveur_id: new.gaveur_id,
            grade: sample.quality.final_grade,
        },
        open_frame: update::open_frame(sample, seen),
    }
}

impl Handler<StoreSample> for SampleWriter {
    type Result = ();

    fn handle(&mut self, message: StoreSample, ctx: &mut Context<Self>) {
        self.queue.push(message);
        self.write_next(ctx);
    }
}

impl Handler<StationSighted> for SampleWriter {
    type Result = ();

    fn handle(&mut self, StationSighted { sighting }: StationSighted, ctx: &mut Context<Self>) {
        if !self.queue.note(sighting) {
            self.metrics().dropped("sighting", 1);
        }
        self.write_next(ctx);
    }
}
