//! Group commit: one transaction in flight; what arrives meanwhile gathers and goes as the next one.
//!
//! What waits ([`Queue`]), how a batch is halved ([`commit`]) and tried again ([`Backoff`]) is
//! apart from the actor; what is written and who hears of it is a [`Ledger`].

mod backoff;
mod commit;
mod queue;

pub use commit::{Failure, Store};
pub use queue::{Fifo, Queue};

use super::deathwatch::Deathwatch;
use crate::{
    messages::{app_to_writer::DrainQueue, writer_to_supervisor::Placed},
    telemetry::{
        health::{Health, Witness},
        metrics::Metrics,
    },
};
use actix::{
    Actor, ActorFutureExt, AsyncContext, Context, Handler, Message, Recipient, ResponseActFuture,
    WrapFuture,
};
use backoff::Backoff;
use commit::{Outcome, commit};
use std::{collections::VecDeque, sync::Arc};
use tokio::{
    sync::{Semaphore, oneshot},
    task::yield_now,
    time::timeout,
};

/// What a writer writes, and who hears of it.
pub trait Ledger: Sized + Unpin + 'static {
    /// Waits for its commit, and is answered after it.
    type Entry: Unpin + 'static;
    type Queue: Queue<Entry = Self::Entry>;
    type Store: Store<Self::Entry> + Unpin;
    /// What the supervisor is told of a commit.
    type News: Message<Result = ()> + Send + Unpin + 'static;

    /// What is written, as the log calls it.
    const NAME: &'static str;
    /// Who says of the database that it is there or away.
    const WITNESS: Witness;
    /// No further batch is begun while the supervisor still has this many to publish.
    const MOST_UNPUBLISHED: usize;

    /// What the supervisor is to be told of a commit, if anything.
    fn news(&self, entries: &[Self::Entry], stored: &Stored<Self>) -> Option<Self::News>;

    /// Answers what was committed.
    fn ack(&self, entries: Vec<Self::Entry>);

    /// Answers what the database does not take.
    fn refused(&self, entry: Self::Entry, sentence: String);
}

type Stored<L> = <<L as Ledger>::Store as Store<<L as Ledger>::Entry>>::Stored;
type Told<L> = Outcome<<L as Ledger>::Entry, Stored<L>>;

/// Whom a writer knows.
pub struct Neighbours<N>
where
    N: Message<Result = ()> + Send + 'static,
{
    pub news: Recipient<Placed<N>>,
    pub health: Health,
    pub metrics: Metrics,
    pub deathwatch: Deathwatch,
}

/// The actor.
pub struct GroupCommit<L: Ledger> {
    pub(super) ledger: L,
    pub(super) queue: L::Queue,
    /// Away while a batch is in flight.
    store: Option<L::Store>,
    /// Of the batch in flight, as [`Queue::size`] counts.
    in_flight: usize,
    backoff: Backoff,
    /// What became of batches, until those are told whom it concerns.
    untold: VecDeque<Told<L>>,
    /// Room for news that the supervisor has not taken yet.
    places: Arc<Semaphore>,
    awaits_place: bool,
    drained: Vec<oneshot::Sender<()>>,
    neighbours: Neighbours<L::News>,
}

impl<L: Ledger> GroupCommit<L> {
    pub(super) fn with(
        ledger: L,
        queue: L::Queue,
        store: L::Store,
        neighbours: Neighbours<L::News>,
    ) -> Self {
        GroupCommit {
            ledger,
            queue,
            store: Some(store),
            in_flight: 0,
            backoff: Backoff::default(),
            untold: VecDeque::new(),
            places: Arc::new(Semaphore::new(L::MOST_UNPUBLISHED)),
            awaits_place: false,
            drained: Vec::new(),
            neighbours,
        }
    }

    pub(super) fn metrics(&self) -> &Metrics {
        &self.neighbours.metrics
    }

    pub(super) fn write_next(&mut self, ctx: &mut Context<Self>) {
        if self.queue.is_empty() || self.store.is_none() || self.backoff.is_waiting() {
            return;
        }
        if self.awaits_place(ctx) {
            return;
        }
        let Some(mut store) = self.store.take() else {
            return;
        };
        let waiting = self.queue.size();
        let batch = self.queue.next_batch();
        self.in_flight = waiting - self.queue.size();
        let written = async move {
            let outcome = commit(&mut store, batch).await;
            (store, outcome)
        };
        ctx.spawn(
            written
                .into_actor(self)
                .map(move |(store, outcome), writer, ctx| {
                    writer.store = Some(store);
                    writer.in_flight = 0;
                    writer.settle(outcome, ctx);
                    writer.write_next(ctx);
                }),
        );
    }

    /// Whether the supervisor is behind; if so, the next batch goes when it has caught up by one.
    fn awaits_place(&mut self, ctx: &mut Context<Self>) -> bool {
        if self.places.available_permits() > 0 {
            return false;
        }
        if !self.awaits_place {
            self.awaits_place = true;
            let places = self.places.clone();
            let free = async move { places.acquire().await.is_ok() };
            ctx.spawn(free.into_actor(self).map(|_, writer, ctx| {
                writer.awaits_place = false;
                writer.write_next(ctx);
            }));
        }
        true
    }

    fn settle(&mut self, mut outcome: Told<L>, ctx: &mut Context<Self>) {
        match outcome.put_back.take() {
            None => self.database_answered(),
            Some((entries, problem)) => self.try_again_later(entries, &problem, ctx),
        }
        self.untold.push_back(outcome);
        // The next transaction is to be on its way before this thread is busy with telling.
        let turn = yield_now().into_actor(self);
        ctx.spawn(turn.map(|(), writer, _| writer.tell()));
    }

    /// The supervisor hears of a commit before the producer does, so that a screen that is opened after an ack shows what was acked.
    fn tell(&mut self) {
        while let Some(outcome) = self.untold.pop_front() {
            for (entries, stored) in outcome.committed {
                if let Some(news) = self.ledger.news(&entries, &stored) {
                    // A batch that was halved makes several: beyond the bound by the few that this can be.
                    let place = self.places.clone().try_acquire_owned().ok();
                    self.neighbours.news.do_send(Placed { news, place });
                }
                self.ledger.ack(entries);
            }
            for (entry, sentence) in outcome.refused {
                self.ledger.refused(entry, sentence);
            }
        }
        self.tell_drained();
    }

    fn database_answered(&mut self) {
        self.backoff.reset();
        if self.neighbours.health.database_answered(L::WITNESS) {
            log::info!("the database takes {} again", L::NAME);
        }
    }

    fn try_again_later(&mut self, entries: Vec<L::Entry>, problem: &str, ctx: &mut Context<Self>) {
        let wait = self.backoff.begin();
        self.queue.put_back(entries);
        self.neighbours.metrics.write_retries.inc();
        if self.neighbours.health.database_is_away(L::WITNESS) {
            log::warn!(
                "{problem}; {} {} wait, next attempt in {} ms",
                self.queue.size(),
                L::NAME,
                wait.as_millis()
            );
        }
        ctx.notify_later(RetryDue, wait);
    }

    fn tell_drained(&mut self) {
        if self.queue.is_empty() && self.store.is_some() && self.untold.is_empty() {
            for waiting in self.drained.drain(..) {
                // Whoever asked may have given up.
                let _ = waiting.send(());
            }
        }
    }
}

/// It is time to try again.
#[derive(Message)]
#[rtype(result = "()")]
struct RetryDue;

impl<L: Ledger> Actor for GroupCommit<L> {
    type Context = Context<Self>;
}

impl<L: Ledger> Handler<RetryDue> for GroupCommit<L> {
    type Result = ();

    fn handle(&mut self, _: RetryDue, ctx: &mut Self::Context) {
        self.backoff.end();
        self.write_next(ctx);
    }
}

impl<L: Ledger> Handler<DrainQueue> for GroupCommit<L> {
    type Result = ResponseActFuture<Self, usize>;

    fn handle(&mut self, drain: DrainQueue, _: &mut Self::Context) -> Self::Result {
        let (done, drained) = oneshot::channel();
        self.drained.push(done);
        self.tell_drained();
        let drained = timeout(drain.within, drained).into_actor(self);
        Box::pin(drained.map(|drained, writer, _| match drained {
            Ok(_) => 0,
            Err(_) => writer.in_flight + writer.queue.size(),
        }))
    }
}
