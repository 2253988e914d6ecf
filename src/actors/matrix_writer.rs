//! Writes the sensor data of the quality stations, separately from everything else: it is large, and must not delay meals.
//!
//! Then the score of a sample goes to the [writer](super::writer), with the station that waits for its ack.

use super::deathwatch::Deathwatch;
use crate::{
    domain::{
        group_commit::{Attempt, Bounds, Entry, GroupCommit, Step},
        quality::device_reports::DeviceReports,
        reasons::DropReason,
        unwritten::Unwritten,
    },
    messages::{
        app_to_writers::DrainQueue,
        matrix_writer_to_writer::{NoteStations, StoreScores},
        session_to_matrix_writer::{DeviceReported, StoreSample},
    },
    store::{StoreError, matrices::MatrixStore},
    telemetry::{
        health::{Health, HealthSource},
        metrics::Metrics,
    },
};
use actix::{
    Actor, ActorContext as _, ActorFutureExt, AsyncContext, Context, Handler, Message, Recipient,
    ResponseActFuture, WrapFuture,
};
use std::time::Duration;
use tokio::{
    sync::oneshot,
    time::{Instant, timeout_at},
};

/// Maximum number of samples per transaction.
const BATCH: usize = 32;
/// From a commit to the next transaction, unless a full one waits. What many stations send shares transactions in this way: those of the
/// matrices, and those of their scores, which stand before meals.
const GATHER: Duration = Duration::from_millis(20);

/// The links of the matrix writer to other actors and services.
pub struct MatrixWriterLinks {
    pub scores: Recipient<StoreScores>,
    pub stations: Recipient<NoteStations>,
    pub health: Health,
    pub metrics: Metrics,
    pub deathwatch: Deathwatch,
}

pub struct MatrixWriter {
    queue: GroupCommit<StoreSample>,
    /// `None` while a batch is in flight.
    store: Option<MatrixStore>,
    device_reports: DeviceReports,
    /// Reports were sent to the writer, which has not stored them yet.
    are_being_noted: bool,
    drained: Vec<oneshot::Sender<()>>,
    links: MatrixWriterLinks,
}

impl MatrixWriter {
    /// `patience` is the time limit of a transaction.
    pub fn new(store: MatrixStore, patience: Duration, links: MatrixWriterLinks) -> Self {
        MatrixWriter {
            queue: GroupCommit::new(Bounds {
                size: BATCH,
                patience,
            }),
            store: Some(store),
            device_reports: DeviceReports::default(),
            are_being_noted: false,
            drained: Vec::new(),
            links,
        }
    }
}

impl Entry for StoreSample {
    fn size(&self) -> usize {
        1
    }

    fn unwritten(&self) -> Unwritten {
        Unwritten {
            readings: 0,
            samples: 1,
        }
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

impl Handler<DeviceReported> for MatrixWriter {
    type Result = ();

    fn handle(&mut self, DeviceReported { report }: DeviceReported, ctx: &mut Self::Context) {
        if !self.device_reports.note(report) {
            self.links.metrics.dropped(DropReason::DeviceReport, 1);
        }
        self.note_next(ctx);
    }
}

/// Message to itself: retry now.
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

/// What has gathered is to be written.
#[derive(Message)]
#[rtype(result = "()")]
struct GatherDue;

impl Handler<GatherDue> for MatrixWriter {
    type Result = ();

    fn handle(&mut self, _: GatherDue, ctx: &mut Self::Context) {
        self.queue.gathered();
        self.write_next(ctx);
    }
}

impl Handler<DrainQueue> for MatrixWriter {
    type Result = ResponseActFuture<Self, Unwritten>;

    fn handle(&mut self, drain: DrainQueue, _: &mut Self::Context) -> Self::Result {
        let (done, drained) = oneshot::channel();
        self.drained.push(done);
        self.tell_drained();
        let drained = timeout_at(drain.until, drained).into_actor(self);
        Box::pin(drained.map(|_, writer, ctx| {
            ctx.stop();
            writer.queue.unwritten()
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
            let incoming: Vec<_> = batch.iter().map(|sample| &*sample.incoming).collect();
            let outcome = store.store(&incoming).await;
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
                self.links.scores.do_send(StoreScores(samples));
                self.queue.gather();
                ctx.notify_later(GatherDue, GATHER);
            }
            Step::Refuse(sample) => {
                let sentence = outcome.err().map(|error| error.to_string());
                sample.refuse(sentence.unwrap_or_default());
            }
            Step::GoOn => {
                self.links.metrics.write_retries.inc();
            }
            Step::Wait(wait) => {
                self.links.metrics.write_retries.inc();
                ctx.notify_later(RetryDue, wait);
            }
        }
    }

    /// Translates the outcome for the queue, and reports it to health.
    fn attempt(&self, outcome: &Result<Duration, StoreError>) -> Attempt {
        let health = &self.links.health;
        match outcome {
            Ok(took) => {
                if health.database_answered(HealthSource::MatrixWriter) {
                    log::info!("the database takes samples again");
                }
                Attempt::Committed { took: *took }
            }
            Err(error) => {
                let attempt = super::writer::attempt(error);
                let is_away = matches!(attempt, Attempt::Late | Attempt::Away);
                if is_away && health.database_is_away(HealthSource::MatrixWriter) {
                    log::warn!("{error}; {} wait", self.queue.unwritten());
                }
                attempt
            }
        }
    }

    /// Sends one message at a time to the writer; later reports are merged meanwhile.
    fn note_next(&mut self, ctx: &mut Context<Self>) {
        if self.are_being_noted {
            return;
        }
        let device_reports = self.device_reports.take();
        if device_reports.is_empty() {
            return;
        }
        self.are_being_noted = true;
        let (noted, is_noted) = oneshot::channel();
        self.links.stations.do_send(NoteStations {
            device_reports,
            noted,
        });
        ctx.spawn(is_noted.into_actor(self).map(|_, writer, ctx| {
            writer.are_being_noted = false;
            writer.note_next(ctx);
        }));
    }

    fn tell_drained(&mut self) {
        if self.queue.is_empty() {
            for waiting in self.drained.drain(..) {
                // Ignores the error: the requester may no longer wait.
                let _ = waiting.send(());
            }
        }
    }
}
