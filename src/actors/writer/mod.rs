//! The only actor that changes lots, alerts and the queue of quality control. It informs the supervisor in the order of the commits.
//!
//! Every change is a message to it. The queue is a [`GroupCommit`]; `transaction.rs` runs a transaction, `telling.rs` reports its result.

mod change;
mod telling;
mod transaction;

use super::deathwatch::Deathwatch;
use crate::{
    domain::{
        group_commit::{Attempt, Bounds, Entry as _, GroupCommit, Step},
        last_words::LastWords,
        reasons::DropReason,
        unwritten::Unwritten,
    },
    messages::{
        app_to_writers::DrainQueue,
        http_to_writer::{AcknowledgeAlert, ClaimLot, FinishLot},
        matrix_writer_to_writer::{NoteStations, StoreScores},
        session_to_writer::StoreReadings,
        supervisor_to_writer::RaiseSilence,
        writer_to_supervisor::Committed,
    },
    store::writer::WriterStore,
    telemetry::{
        health::{Health, HealthSource},
        metrics::Metrics,
    },
};
use actix::{
    Actor, ActorContext as _, ActorFutureExt, AsyncContext, Context, Handler, Message, Recipient,
    ResponseActFuture, WrapFuture,
};
use change::Change;
use std::{collections::VecDeque, sync::Arc, time::Duration};
use tokio::{
    sync::{Semaphore, oneshot},
    task::yield_now,
    time::{Instant, timeout_at},
};
pub(super) use transaction::attempt;
use transaction::{Transaction, carry_out};

/// A batch takes whole messages until it has this many readings.
const BATCH: usize = 1_000;
/// Number of meals for which the last sending connection is remembered.
const REMEMBERED_WORDS: usize = 65_536;
/// No batch starts while this many transactions wait to be published by the supervisor.
const MAX_UNPUBLISHED_BATCHES: usize = 16;

/// The links of the writer to other actors and services.
pub struct WriterLinks {
    pub committed: Recipient<Committed>,
    pub health: Health,
    pub metrics: Metrics,
    pub deathwatch: Deathwatch,
}

pub struct Writer {
    last_words: LastWords,
    queue: GroupCommit<Change>,
    /// `None` while a batch is in flight.
    store: Option<WriterStore>,
    /// Results that have not been reported yet.
    unannounced: VecDeque<Unannounced>,
    /// One permit per transaction that the supervisor may still have to publish.
    credits: Arc<Semaphore>,
    awaits_credit: bool,
    drained: Vec<oneshot::Sender<()>>,
    links: WriterLinks,
}

enum Unannounced {
    Committed(Vec<Change>, Transaction),
    Refused(Change, String),
}

impl Writer {
    /// `patience` is the time limit of a transaction.
    pub fn new(store: WriterStore, patience: Duration, links: WriterLinks) -> Self {
        Writer {
            last_words: LastWords::new(REMEMBERED_WORDS),
            queue: GroupCommit::new(Bounds {
                size: BATCH,
                patience,
            }),
            store: Some(store),
            unannounced: VecDeque::new(),
            credits: Arc::new(Semaphore::new(MAX_UNPUBLISHED_BATCHES)),
            awaits_credit: false,
            drained: Vec::new(),
            links,
        }
    }
}

impl Actor for Writer {
    type Context = Context<Self>;
}

/// Messages that are queued as changes in the order of arrival.
macro_rules! queued {
    ($($message:ident),*) => {$(
        impl Handler<$message> for Writer {
            type Result = ();

            fn handle(&mut self, message: $message, ctx: &mut Self::Context) {
                self.queue.push(Change::from(message));
                self.write_next(ctx);
            }
        }
    )*};
}

queued!(
    NoteStations,
    RaiseSilence,
    ClaimLot,
    FinishLot,
    AcknowledgeAlert
);

impl Handler<StoreReadings> for Writer {
    type Result = ();

    fn handle(&mut self, mut message: StoreReadings, ctx: &mut Self::Context) {
        let (readings, speaker) = (&mut message.readings, message.speaker);
        let now = Instant::now();
        let overtaken = self.last_words.take_out_overtaken(readings, speaker, now);
        let metrics = &self.links.metrics;
        metrics.dropped(DropReason::SaidBeforeNewer, overtaken as u64);
        let change = Change::from(message);
        if change.size() == 0 {
            let sentence = "a newer connection has spoken of this meal since".to_owned();
            return change.refuse(sentence);
        }
        self.queue.push(change);
        self.write_next(ctx);
    }
}

impl Handler<StoreScores> for Writer {
    type Result = ();

    fn handle(&mut self, StoreScores(samples): StoreScores, ctx: &mut Self::Context) {
        for sample in samples {
            self.queue.push(Change::from(sample));
        }
        self.write_next(ctx);
    }
}

/// It is time to try again.
#[derive(Message)]
#[rtype(result = "()")]
struct RetryDue;

impl Handler<RetryDue> for Writer {
    type Result = ();

    fn handle(&mut self, _: RetryDue, ctx: &mut Self::Context) {
        self.queue.resume();
        self.write_next(ctx);
    }
}

impl Handler<DrainQueue> for Writer {
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

impl Writer {
    fn write_next(&mut self, ctx: &mut Context<Self>) {
        if !self.queue.is_due() || self.awaits_credit(ctx) {
            return;
        }
        let Some(mut store) = self.store.take() else {
            return;
        };
        let Some(batch) = self.queue.next_batch() else {
            return;
        };
        let metrics = self.links.metrics.clone();
        let written = async move {
            let outcome = carry_out(&mut store, &batch, &metrics).await;
            (store, batch, outcome)
        };
        ctx.spawn(
            written
                .into_actor(self)
                .map(|(store, batch, outcome), writer, ctx| {
                    writer.store = Some(store);
                    writer.settle(batch, outcome, ctx);
                    writer.write_next(ctx);
                }),
        );
    }

    /// True if the supervisor is behind; then the next batch starts when it has published one.
    fn awaits_credit(&mut self, ctx: &mut Context<Self>) -> bool {
        if self.credits.available_permits() > 0 {
            return false;
        }
        if !self.awaits_credit {
            self.awaits_credit = true;
            let credits = self.credits.clone();
            let free = async move { credits.acquire().await.is_ok() };
            ctx.spawn(free.into_actor(self).map(|_, writer, ctx| {
                writer.awaits_credit = false;
                writer.write_next(ctx);
            }));
        }
        true
    }

    fn settle(
        &mut self,
        batch: Vec<Change>,
        outcome: Result<Transaction, transaction::Failure>,
        ctx: &mut Context<Self>,
    ) {
        let (attempt, done, sentence) = match outcome {
            Ok(done) => (Attempt::Committed { took: done.took }, Some(done), None),
            Err(failure) => (failure.attempt, None, Some(failure.sentence)),
        };
        self.report_health(attempt, sentence.as_deref());
        match self.queue.outcome(batch, attempt) {
            Step::Settle(changes) => {
                let done = done.map(|done| Unannounced::Committed(changes, done));
                self.unannounced.extend(done);
                self.tell_soon(ctx);
            }
            Step::Refuse(change) => {
                let sentence = sentence.unwrap_or_default();
                self.unannounced
                    .push_back(Unannounced::Refused(change, sentence));
                self.tell_soon(ctx);
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

    /// Reports to health whether the database is available. Refusals and conflicts with other transactions do not count.
    fn report_health(&self, attempt: Attempt, problem: Option<&str>) {
        let health = &self.links.health;
        match attempt {
            Attempt::Committed { .. } if health.database_answered(HealthSource::Writer) => {
                log::info!("the database takes readings again");
            }
            Attempt::Late | Attempt::Away if health.database_is_away(HealthSource::Writer) => {
                let problem = problem.unwrap_or_default();
                log::warn!("{problem}; {} wait", self.queue.unwritten());
            }
            _ => {}
        }
    }

    /// Reports later, so that the next transaction starts before this thread encodes frames.
    fn tell_soon(&mut self, ctx: &mut Context<Self>) {
        let turn = yield_now().into_actor(self);
        ctx.spawn(turn.map(|(), writer, _| writer.tell()));
    }

    /// Informs the supervisor before it acks, so that a screen that is opened after an ack shows what was acked.
    fn tell(&mut self) {
        while let Some(unannounced) = self.unannounced.pop_front() {
            match unannounced {
                Unannounced::Committed(changes, done) => {
                    if let Some(news) = telling::publications(&changes, &done, &self.links.metrics)
                    {
                        let credit = self.credits.clone().try_acquire_owned().ok();
                        self.links.committed.do_send(Committed { news, credit });
                    }
                    telling::answer(changes, done);
                }
                Unannounced::Refused(change, sentence) => change.refuse(sentence),
            }
        }
        self.tell_drained();
    }

    fn tell_drained(&mut self) {
        if self.queue.is_empty() && self.unannounced.is_empty() {
            for waiting in self.drained.drain(..) {
                // Ignores the error: the requester may no longer wait.
                let _ = waiting.send(());
            }
        }
    }
}
