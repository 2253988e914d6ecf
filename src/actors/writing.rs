//! What both writers do alike: one transaction after the other, what follows from its end, and the last ones before the process stops.

use crate::{
    domain::{
        group_commit::{Bounds, Entry, Failure, GroupCommit, Step},
        unwritten::Unwritten,
    },
    store::StoreError,
    telemetry::{
        health::{Health, HealthSource},
        metrics::Metrics,
    },
};
use actix::{
    Actor, ActorContext as _, ActorFutureExt as _, AsyncContext as _, Context, ResponseActFuture,
    WrapFuture as _,
};
use std::time::Duration;
use tokio::{
    sync::oneshot,
    time::{Instant, timeout_at},
};

/// The queue of a writer, and what it writes with.
pub struct Writing<E, S> {
    queue: GroupCommit<E>,
    /// `None` while a batch is in flight.
    store: Option<S>,
    health: Health,
    metrics: Metrics,
    /// Dropped when everything is written, for the one who waits for it.
    drained: Option<oneshot::Sender<()>>,
}

impl<E: Entry, S> Writing<E, S> {
    pub fn new(store: S, bounds: Bounds, health: Health, metrics: Metrics) -> Self {
        Writing {
            queue: GroupCommit::new(bounds),
            store: Some(store),
            health,
            metrics,
            drained: None,
        }
    }
}

/// Why a transaction was not committed.
pub struct Failed {
    pub failure: Failure,
    /// For the requester, or for the log.
    pub sentence: String,
}

impl From<&StoreError> for Failed {
    fn from(error: &StoreError) -> Self {
        let failure = match error {
            StoreError::Late(_) => Failure::Late,
            StoreError::RolledBack(_) | StoreError::Closed(_) => Failure::Hindered,
            _ if error.is_about_the_data() => Failure::Refused,
            _ => Failure::Away,
        };
        let sentence = error.to_string();
        Failed { failure, sentence }
    }
}

/// An actor that writes what it is sent, in batches. Each method below [`has_answered`](Self::has_answered) is the same for all of them.
pub trait BatchWriter: Actor<Context = Context<Self>> {
    type Entry: Entry + 'static;
    type Store: 'static;
    /// What a committed transaction returns.
    type Done: 'static;

    const SOURCE: HealthSource;
    /// What it writes, for the log.
    const WRITES: &'static str;

    fn writing(&mut self) -> &mut Writing<Self::Entry, Self::Store>;

    /// Runs one transaction.
    fn carry_out(
        store: &mut Self::Store,
        batch: &[Self::Entry],
        metrics: &Metrics,
    ) -> impl Future<Output = Result<Self::Done, Failed>>;

    fn committed(&mut self, batch: Vec<Self::Entry>, done: Self::Done, ctx: &mut Context<Self>);

    fn refused(&mut self, entry: Self::Entry, sentence: String, ctx: &mut Context<Self>);

    /// If false, the actor itself calls [`write_next`](Self::write_next) later.
    fn may_begin(&mut self, _: &mut Context<Self>) -> bool {
        true
    }

    /// Whether everybody whose entry was committed or refused has been answered.
    fn has_answered(&self) -> bool {
        true
    }

    fn enqueue(&mut self, entries: impl IntoIterator<Item = Self::Entry>, ctx: &mut Context<Self>) {
        let writing = self.writing();
        for entry in entries {
            writing.metrics.waits(entry.unwritten());
            writing.queue.push(entry);
        }
        self.write_next(ctx);
    }

    /// Starts the next transaction, if one may start now.
    fn write_next(&mut self, ctx: &mut Context<Self>) {
        if !self.writing().queue.is_due() || !self.may_begin(ctx) {
            return;
        }
        let writing = self.writing();
        let (Some(mut store), Some(batch)) = (writing.store.take(), writing.queue.next_batch())
        else {
            return;
        };
        let metrics = writing.metrics.clone();
        let written = async move {
            let begun = Instant::now();
            let outcome = Self::carry_out(&mut store, &batch, &metrics).await;
            (store, batch, begun.elapsed(), outcome)
        };
        let written = written.into_actor(self);
        ctx.spawn(written.map(|(store, batch, took, outcome), writer, ctx| {
            writer.writing().store = Some(store);
            match outcome {
                Ok(done) => {
                    let writing = writer.writing();
                    let written = batch.iter().map(Entry::unwritten).sum();
                    writing.metrics.waits_no_more(written);
                    writing.queue.committed(&batch, took);
                    writer.note_success();
                    writer.committed(batch, done, ctx);
                }
                Err(failed) => writer.failed(batch, failed, ctx),
            }
            writer.write_next(ctx);
            writer.check_drained();
        }));
    }

    fn note_success(&mut self) {
        if self.writing().health.database_answered(Self::SOURCE) {
            log::info!("the database takes {} again", Self::WRITES);
        }
    }

    fn failed(&mut self, batch: Vec<Self::Entry>, failed: Failed, ctx: &mut Context<Self>) {
        let Failed { failure, sentence } = failed;
        let writing = self.writing();
        let step = writing.queue.failed(batch, failure);
        // Refusals and conflicts with other transactions say nothing about whether the database is available.
        let is_away = matches!(failure, Failure::Late | Failure::Away);
        if is_away && writing.health.database_is_away(Self::SOURCE) {
            log::warn!("{sentence}; {} wait", writing.queue.unwritten());
        }
        match step {
            Step::Refuse(entry) => {
                writing.metrics.waits_no_more(entry.unwritten());
                self.refused(entry, sentence, ctx);
            }
            Step::GoOn => {
                writing.metrics.write_retries.inc();
            }
            Step::Wait(wait) => {
                writing.metrics.write_retries.inc();
                ctx.run_later(wait, |writer, ctx| {
                    writer.writing().queue.resume();
                    writer.write_next(ctx);
                });
            }
        }
    }

    /// Until this time, nothing is written except full batches.
    fn gather(&mut self, time: Duration, ctx: &mut Context<Self>) {
        self.writing().queue.gather();
        ctx.run_later(time, |writer, ctx| {
            writer.writing().queue.gathered();
            writer.write_next(ctx);
        });
    }

    /// Ends the actor when everything is written, or at this moment. Returns what is not written then.
    fn drain(&mut self, until: Instant) -> ResponseActFuture<Self, Unwritten> {
        let (done, drained) = oneshot::channel();
        self.writing().drained = Some(done);
        self.check_drained();
        let drained = timeout_at(until, drained).into_actor(self);
        Box::pin(drained.map(|_, writer, ctx| {
            ctx.stop();
            writer.writing().queue.unwritten()
        }))
    }

    fn check_drained(&mut self) {
        if self.has_answered() && self.writing().queue.is_empty() {
            self.writing().drained = None;
        }
    }
}
