//! Writes the sensor data of the quality stations, separately from everything else: it is large, and must not delay meals.
//!
//! Then it passes the samples on to the [writer](super::writer), which stores their scores and acks them.

use super::{
    deathwatch::Deathwatch,
    writing::{BatchWriter, Failed, Writing},
};
use crate::{
    domain::{
        group_commit::{Bounds, Entry},
        quality::device_reports::DeviceReports,
        reasons::DropReason,
        unwritten::Unwritten,
    },
    messages::{
        app_to_writers::DrainQueue,
        matrix_writer_to_writer::{NoteStations, StoreScores},
        session_to_matrix_writer::{DeviceReported, StoreSample},
    },
    store::matrices::MatrixStore,
    telemetry::{
        health::{Health, HealthSource},
        metrics::Metrics,
    },
};
use actix::{
    Actor, ActorFutureExt, AsyncContext, Context, Handler, Recipient, ResponseActFuture, WrapFuture,
};
use std::time::Duration;
use tokio::sync::oneshot;

/// Maximum number of samples per transaction.
const BATCH: usize = 32;
/// Pause between a commit and the next transaction, unless a full batch waits. So the samples of many stations share transactions: those
/// of the matrices, and those of the scores, for which meals have to wait.
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
    links: MatrixWriterLinks,
    writing: Writing<StoreSample, MatrixStore>,
    device_reports: DeviceReports,
    /// Reports were sent to the writer, which has not stored them yet.
    are_being_noted: bool,
}

impl MatrixWriter {
    /// `patience` is the time limit of a transaction.
    pub fn new(store: MatrixStore, patience: Duration, links: MatrixWriterLinks) -> Self {
        let bounds = Bounds {
            size: BATCH,
            patience,
        };
        MatrixWriter {
            writing: Writing::new(store, bounds, links.health.clone(), links.metrics.clone()),
            device_reports: DeviceReports::default(),
            are_being_noted: false,
            links,
        }
    }
}

impl Actor for MatrixWriter {
    type Context = Context<Self>;
}

impl Handler<StoreSample> for MatrixWriter {
    type Result = ();

    fn handle(&mut self, message: StoreSample, ctx: &mut Self::Context) {
        self.enqueue([message], ctx);
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

impl Handler<DrainQueue> for MatrixWriter {
    type Result = ResponseActFuture<Self, Unwritten>;

    fn handle(&mut self, drain: DrainQueue, _: &mut Self::Context) -> Self::Result {
        self.drain(drain.until)
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

impl BatchWriter for MatrixWriter {
    type Entry = StoreSample;
    type Store = MatrixStore;
    type Done = ();

    const SOURCE: HealthSource = HealthSource::MatrixWriter;
    const WRITES: &'static str = "samples";

    fn writing(&mut self) -> &mut Writing<StoreSample, MatrixStore> {
        &mut self.writing
    }

    async fn carry_out(
        store: &mut MatrixStore,
        batch: &[StoreSample],
        _: &Metrics,
    ) -> Result<(), Failed> {
        let incoming: Vec<_> = batch.iter().map(|sample| &*sample.incoming).collect();
        let stored = store.store(&incoming).await;
        stored.map_err(|error| Failed::from(&error))
    }

    fn committed(&mut self, samples: Vec<StoreSample>, (): (), ctx: &mut Context<Self>) {
        self.links.scores.do_send(StoreScores(samples));
        self.gather(GATHER, ctx);
    }

    fn refused(&mut self, sample: StoreSample, sentence: String, _: &mut Context<Self>) {
        sample.refuse(sentence);
    }
}

impl MatrixWriter {
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
}
