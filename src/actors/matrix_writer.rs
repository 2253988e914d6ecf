//! Writes what the sensors of the quality stations saw, apart from everything else: it is large, and must delay no meal.
//!
//! The score of a sample then goes to the [writer](super::writer), with the station that still waits for its ack.

use super::deathwatch::Deathwatch;
use crate::{
    domain::{
        group_commit::{Attempt, Bounds, Entry, GroupCommit, Step},
        quality::sightings::Sightings,
        reasons::DropReason,
    },
    messages::{
        app_to_writers::DrainQueue,
        matrix_writer_to_writer::{NoteStations, StoreScore},
        session_to_matrix_writer::{StationSighted, StoreSample},
    },
    store::{StoreError, matrices::MatrixStore},
    telemetry::{
        health::{Health, Witness},
        metrics::Metrics,
    },
};
use actix::{
    Actor, ActorFutureExt, AsyncContext, Context, Handler, Message, Recipient, ResponseActFuture,
    WrapFuture,
};
use std::time::Duration;
use tokio::{
    sync::oneshot,
    time::{Instant, timeout},
};

/// Samples of one transaction.
const BATCH: usize = 32;

/// Whom the writer of matrices knows.
pub struct Neighbours {
    pub score: Recipient<StoreScore>,
    pub stations: Recipient<NoteStations>,
    pub health: Health,
    pub metrics: Metrics,
    pub deathwatch: Deathwatch,
}

pub struct MatrixWriter {
    queue: GroupCommit<StoreSample>,
    /// Away while a batch is in flight.
    store: Option<MatrixStore>,
    sightings: Sightings,
    /// The writer has been told of some, and has not noted them yet.
    are_being_noted: bool,
    drained: Vec<oneshot::Sender<()>>,
    neighbours: Neighbours,
}

impl MatrixWriter {
    /// `patience` is how long a transaction may take.
    pub fn new(store: MatrixStore, patience: Duration, neighbours: Neighbours) -> Self {
        MatrixWriter {
            queue: GroupCommit::new(Bounds {
                size: BATCH,
                patience,
            }),
            store: Some(store),
            sightings: Sightings::default(),
            are_being_noted: false,
            drained: Vec::new(),
            neighbours,
        }
    }
}

impl Entry for StoreSample {
    fn size(&self) -> usize {
        1
    }

    fn joins(&self, _: &Self) -> bool {
        true
    }
}

impl Actor for MatrixWriter {
    type Context = Context<Self>;
}

impl Handler<StoreSample> for MatrixWriter {
    type Result = ();

    fn handle(&mut self, message: StoreSample, ctx: &mut Self::Context) {
        self.queue.push(message);
        self.write_next(ctx);
    }
}

impl Handler<StationSighted> for MatrixWriter {
    type Result = ();

    fn handle(&mut self, StationSighted { sighting }: StationSighted, ctx: &mut Self::Context) {
        if !self.sightings.note(sighting) {
            self.neighbours.metrics.dropped(DropReason::Sighting, 1);
        }
        self.note_next(ctx);
    }
}

/// It is time to try again.
#[derive(Message)]
#[rtype(result = "()")]
struct RetryDue;

impl Handler<RetryDue> for MatrixWriter {
    type Result = ();

    fn handle(&mut self, _: RetryDue, ctx: &mut Self::Context) {
        self.queue.resume();
        self.write_next(ctx);
    }
}

impl Handler<DrainQueue> for MatrixWriter {
    type Result = ResponseActFuture<Self, usize>;

    fn handle(&mut self, drain: DrainQueue, _: &mut Self::Context) -> Self::Result {
        let (done, drained) = oneshot::channel();
        self.drained.push(done);
        self.tell_drained();
        let drained = timeout(drain.within, drained).into_actor(self);
        Box::pin(drained.map(|drained, writer, _| match drained {
            Ok(_) => 0,
            Err(_) => writer.queue.size(),
        }))
    }
}

impl MatrixWriter {
    fn write_next(&mut self, ctx: &mut Context<Self>) {
        let Some(mut store) = self.store.take() else {
            return;
        };
        let Some(batch) = self.queue.next_batch() else {
            self.store = Some(store);
            return;
        };
        let written = async move {
            let begun = Instant::now();
            let arrivals: Vec<_> = batch.iter().map(|sample| &*sample.arrival).collect();
            let outcome = store.store(&arrivals).await;
            (store, batch, outcome.map(|()| begun.elapsed()))
        };
        ctx.spawn(
            written
                .into_actor(self)
                .map(|(store, batch, outcome), writer, ctx| {
                    writer.store = Some(store);
                    writer.settle(batch, outcome, ctx);
                    writer.write_next(ctx);
                    writer.tell_drained();
                }),
        );
    }

    fn settle(
        &mut self,
        batch: Vec<StoreSample>,
        outcome: Result<Duration, StoreError>,
        ctx: &mut Context<Self>,
    ) {
        let attempt = self.attempt(&outcome);
        match self.queue.outcome(batch, attempt) {
            Step::Settle(samples) => {
                for sample in samples {
                    self.neighbours.score.do_send(StoreScore(sample));
                }
            }
            Step::Refuse(sample) => {
                let sentence = outcome.err().map(|error| error.to_string());
                sample.refuse(sentence.unwrap_or_default());
            }
            Step::GoOn => {
                self.neighbours.metrics.write_retries.inc();
            }
            Step::Wait(wait) => {
                self.neighbours.metrics.write_retries.inc();
                ctx.notify_later(RetryDue, wait);
            }
        }
    }

    /// What the outcome is for the queue; health hears of the database.
    fn attempt(&self, outcome: &Result<Duration, StoreError>) -> Attempt {
        let health = &self.neighbours.health;
        match outcome {
            Ok(took) => {
                if health.database_answered(Witness::MatrixWriter) {
                    log::info!("the database takes samples again");
                }
                Attempt::Committed { took: *took }
            }
            Err(error) => {
                let attempt = super::writer::attempt(error);
                let is_away = matches!(attempt, Attempt::Late | Attempt::Away);
                if is_away && health.database_is_away(Witness::MatrixWriter) {
                    log::warn!("{error}; {} samples wait", self.queue.size());
                }
                attempt
            }
        }
    }

    /// One message at a time is on its way to the writer; what is heard meanwhile gathers.
    fn note_next(&mut self, ctx: &mut Context<Self>) {
        if self.are_being_noted {
            return;
        }
        let sightings = self.sightings.take();
        if sightings.is_empty() {
            return;
        }
        self.are_being_noted = true;
        let (noted, is_noted) = oneshot::channel();
        self.neighbours
            .stations
            .do_send(NoteStations { sightings, noted });
        ctx.spawn(is_noted.into_actor(self).map(|_, writer, ctx| {
            writer.are_being_noted = false;
            writer.note_next(ctx);
        }));
    }

    fn tell_drained(&mut self) {
        if self.queue.is_empty() {
            for waiting in self.drained.drain(..) {
                // Whoever asked may have given up.
                let _ = waiting.send(());
            }
        }
    }
}
