//! Serialises the writes of the quality stations, apart from those of gavage: their frames are large, and must delay no meal.

use super::{announcement, deathwatch::Deathwatch};
use crate::{
    domain::{
        audience::Audience,
        quality::sample::{Arrival, Sighting},
        stream::Topic,
    },
    messages::{
        announcer_to_supervisor::Announce,
        app_to_writer::DrainQueue,
        sample_writer_to_session::{SampleAcked, SampleRefused},
        session_to_sample_writer::{StationSighted, StoreSample},
        writer_to_supervisor::Publication,
    },
    protocol::sensors::update,
    store::samples::{NewSample, SampleStore, StoredSamples},
    telemetry::metrics::Metrics,
};
use actix::{
    Actor, ActorFutureExt, AsyncContext, Context, Handler, Message, Recipient, ResponseFuture,
    WrapFuture,
};
use jiff::Timestamp;
use std::{
    collections::{HashMap, VecDeque},
    time::Duration,
};
use tokio::{sync::oneshot, time::timeout};

/// Samples of one transaction.
const BATCH: usize = 32;
/// No further batch is begun while the supervisor still has this many to publish.
const MOST_UNPUBLISHED: usize = 4;
/// Stations of which something is remembered until the next transaction; of more, what is heard is dropped.
const MOST_SIGHTED: usize = 10_000;
const FIRST_RETRY: Duration = Duration::from_millis(100);
const LAST_RETRY: Duration = Duration::from_secs(2);

pub struct SampleWriter {
    /// Away while a batch is in flight.
    store: Option<SampleStore>,
    queue: VecDeque<StoreSample>,
    sighted: HashMap<String, Sighting>,
    retry_pending: bool,
    retry_wait: Duration,
    /// Committed batches that the supervisor has not taken yet.
    unpublished: usize,
    drained: Vec<oneshot::Sender<()>>,
    announce: Recipient<Announce>,
    metrics: Metrics,
    _deathwatch: Deathwatch,
}

/// What goes into one transaction.
struct Batch {
    samples: Vec<StoreSample>,
    sightings: Vec<Sighting>,
}

/// What became of a batch; every sample of it is in exactly one of the three.
#[derive(Default)]
struct Written {
    committed: Vec<(Vec<StoreSample>, StoredSamples)>,
    refused: Vec<(StoreSample, String)>,
    unavailable: Option<(Batch, String)>,
}

impl SampleWriter {
    pub fn new(
        store: SampleStore,
        announce: Recipient<Announce>,
        metrics: Metrics,
        deathwatch: Deathwatch,
    ) -> Self {
        SampleWriter {
            store: Some(store),
            queue: VecDeque::new(),
            sighted: HashMap::new(),
            retry_pending: false,
            retry_wait: FIRST_RETRY,
            unpublished: 0,
            drained: Vec::new(),
            announce,
            metrics,
            _deathwatch: deathwatch,
        }
    }

    fn write_next(&mut self, ctx: &mut Context<Self>) {
        let must_wait = self.retry_pending || self.unpublished >= MOST_UNPUBLISHED;
        if must_wait || (self.queue.is_empty() && self.sighted.is_empty()) {
            return;
        }
        let Some(store) = self.store.take() else {
            return;
        };
        let batch = Batch {
            samples: self.queue.drain(..self.queue.len().min(BATCH)).collect(),
            sightings: self.sighted.drain().map(|(_, sighting)| sighting).collect(),
        };
        let written = write(store, batch).into_actor(self);
        ctx.spawn(written.map(|(store, written), writer, ctx| {
            writer.store = Some(store);
            writer.settle(written, ctx);
            writer.write_next(ctx);
            writer.tell_drained();
        }));
    }

    fn settle(&mut self, written: Written, ctx: &mut Context<Self>) {
        for (samples, stored) in written.committed {
            self.publish(&samples, stored, ctx);
            for StoreSample { arrival, acked, .. } in samples {
                // A station that left without waiting for its ack is stored all the same.
                acked.do_send(SampleAcked {
                    sample: Box::new(arrival.sample),
                });
            }
        }
        for (message, sentence) in written.refused {
            message.refused.do_send(SampleRefused {
                sample_id: message.arrival.sample.sample_id,
                sentence,
            });
        }
        match written.unavailable {
            None => self.retry_wait = FIRST_RETRY,
            Some((batch, problem)) => self.put_back(batch, &problem, ctx),
        }
    }

    fn publish(&mut self, samples: &[StoreSample], stored: StoredSamples, ctx: &mut Context<Self>) {
        self.metrics.samples_stored.inc_by(stored.new.len() as u64);
        let now = Timestamp::now();
        let shown = stored
            .new
            .iter()
            .map(|new| of_sample(new, &samples[new.place].arrival));
        let alerts = announcement::of_alerts(&stored.alerts, now);
        let publications: Vec<_> = shown.chain(alerts).collect();
        if publications.is_empty() {
            return;
        }
        let announced = self.announce.send(Announce { publications });
        self.unpublished += 1;
        ctx.spawn(announced.into_actor(self).map(|_, writer, ctx| {
            writer.unpublished -= 1;
            writer.write_next(ctx);
        }));
    }

    fn put_back(&mut self, batch: Batch, problem: &str, ctx: &mut Context<Self>) {
        let wait = self.retry_wait;
        self.metrics.write_retries.inc();
        log::warn!(
            "samples wait: {problem}; next attempt in {} ms",
            wait.as_millis()
        );
        for message in batch.samples.into_iter().rev() {
            self.queue.push_front(message);
        }
        for mut earlier in batch.sightings {
            if let Some(later) = self.sighted.remove(&earlier.device_id) {
                earlier.merge(later);
            }
            self.sighted.insert(earlier.device_id.clone(), earlier);
        }
        self.retry_pending = true;
        self.retry_wait = (wait * 2).min(LAST_RETRY);
        ctx.notify_later(RetryDue, wait);
    }

    fn tell_drained(&mut self) {
        if self.queue.is_empty() && self.store.is_some() {
            for waiting in self.drained.drain(..) {
                // Whoever asked may have given up.
                let _ = waiting.send(());
            }
        }
    }
}

fn of_sample(new: &NewSample, arrival: &Arrival) -> Publication {
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
        open_frame: update::open_frame(sample, &arrival.seen),
    }
}

/// Writes a batch; one that the database refuses is halved until the bad sample is alone.
async fn write(mut store: SampleStore, batch: Batch) -> (SampleStore, Written) {
    let mut written = Written::default();
    let Batch {
        samples,
        mut sightings,
    } = batch;
    let mut todo = vec![samples];
    while let Some(mut samples) = todo.pop() {
        let arrivals: Vec<_> = samples.iter().map(|message| &*message.arrival).collect();
        match store.store(&arrivals, &sightings).await {
            Ok(stored) => {
                sightings.clear();
                written.committed.push((samples, stored));
            }
            Err(error) if error.is_about_the_data() && samples.len() > 1 => {
                let second_half = samples.split_off(samples.len() / 2);
                todo.extend([second_half, samples]);
            }
            Err(error) if error.is_about_the_data() => {
                let refused = samples
                    .into_iter()
                    .map(|sample| (sample, error.to_string()));
                written.refused.extend(refused);
            }
            Err(error) => {
                samples.extend(todo.drain(..).rev().flatten());
                let batch = Batch { samples, sightings };
                written.unavailable = Some((batch, error.to_string()));
                return (store, written);
            }
        }
    }
    (store, written)
}

/// It is time to try again.
#[derive(Message)]
#[rtype(result = "()")]
struct RetryDue;

impl Actor for SampleWriter {
    type Context = Context<Self>;
}

impl Handler<StoreSample> for SampleWriter {
    type Result = ();

    fn handle(&mut self, message: StoreSample, ctx: &mut Self::Context) {
        self.queue.push_back(message);
        self.write_next(ctx);
    }
}

impl Handler<StationSighted> for SampleWriter {
    type Result = ();

    fn handle(&mut self, StationSighted { sighting }: StationSighted, ctx: &mut Self::Context) {
        let has_room = self.sighted.len() < MOST_SIGHTED;
        match self.sighted.get_mut(&sighting.device_id) {
            Some(known) => known.merge(sighting),
            None if has_room => {
                self.sighted.insert(sighting.device_id.clone(), sighting);
            }
            None => self.metrics.dropped("sighting", 1),
        }
        self.write_next(ctx);
    }
}

impl Handler<RetryDue> for SampleWriter {
    type Result = ();

    fn handle(&mut self, _: RetryDue, ctx: &mut Self::Context) {
        self.retry_pending = false;
        self.write_next(ctx);
    }
}

impl Handler<DrainQueue> for SampleWriter {
    type Result = ResponseFuture<usize>;

    fn handle(&mut self, drain: DrainQueue, _: &mut Self::Context) -> Self::Result {
        let (done, drained) = oneshot::channel();
        self.drained.push(done);
        self.tell_drained();
        let waiting = self.queue.len();
        Box::pin(async move {
            match timeout(drain.within, drained).await {
                Ok(_) => 0,
                Err(_) => waiting,
            }
        })
    }
}
