//! Serialises the writes: one transaction in flight; what arrives meanwhile gathers and goes as the next batch.

use super::{deathwatch::Deathwatch, publication};
use crate::{
    domain::{lot::LotState, reading::Reading},
    messages::{
        app_to_writer::DrainQueue,
        session_to_writer::StoreReadings,
        writer_to_session::{ReadingsAcked, ReadingsRefused},
        writer_to_supervisor::ReadingsStored,
    },
    store::readings::ReadingStore,
    telemetry::{health::Health, metrics::Metrics},
};
use actix::{
    Actor, ActorFutureExt, AsyncContext, Context, Handler, Message, Recipient, ResponseActFuture,
    WrapFuture,
};
use jiff::Timestamp;
use std::{collections::VecDeque, time::Duration};
use tokio::{
    sync::oneshot,
    time::{Instant, timeout},
};

/// A batch takes whole messages until it holds this many readings.
const BATCH_READINGS: usize = 1_000;
/// No further batch is begun while the supervisor still has this many to publish.
const MOST_UNPUBLISHED: usize = 16;
const FIRST_RETRY: Duration = Duration::from_millis(100);
const LAST_RETRY: Duration = Duration::from_secs(2);

pub struct Writer {
    /// Away while a batch is in flight.
    store: Option<ReadingStore>,
    queue: VecDeque<StoreReadings>,
    /// A next attempt is set for later: the database is away.
    retry_pending: bool,
    /// Wait before that attempt; doubles from one to the next.
    retry_wait: Duration,
    /// Readings of the batch in flight.
    in_flight: usize,
    /// Committed batches that wait for their turn: they go to the supervisor one by one, because a mailbox that is full
    /// could let a later one in before an earlier one.
    unpublished: VecDeque<ReadingsStored>,
    /// One is on its way.
    publishing: bool,
    drained: Vec<oneshot::Sender<()>>,
    published: Recipient<ReadingsStored>,
    health: Health,
    metrics: Metrics,
    _deathwatch: Deathwatch,
}

impl Writer {
    pub fn new(
        store: ReadingStore,
        published: Recipient<ReadingsStored>,
        health: Health,
        metrics: Metrics,
        deathwatch: Deathwatch,
    ) -> Self {
        Writer {
            store: Some(store),
            queue: VecDeque::new(),
            retry_pending: false,
            retry_wait: FIRST_RETRY,
            in_flight: 0,
            unpublished: VecDeque::new(),
            publishing: false,
            drained: Vec::new(),
            published,
            health,
            metrics,
            _deathwatch: deathwatch,
        }
    }

    fn write_next(&mut self, ctx: &mut Context<Self>) {
        let must_wait = self.retry_pending || self.unpublished.len() >= MOST_UNPUBLISHED;
        if must_wait || self.queue.is_empty() {
            return;
        }
        let Some(store) = self.store.take() else {
            return;
        };
        let batch = self.next_batch();
        self.in_flight = count_readings(&batch);
        let written = write(store, batch, self.metrics.clone()).into_actor(self);
        ctx.spawn(written.map(|(store, written), writer, ctx| {
            writer.store = Some(store);
            writer.in_flight = 0;
            writer.settle(written, ctx);
            writer.write_next(ctx);
            writer.tell_drained();
        }));
    }

    fn next_batch(&mut self) -> Vec<StoreReadings> {
        let mut readings = 0;
        let fits = |message: &&StoreReadings| {
            readings += message.readings.len();
            readings <= BATCH_READINGS
        };
        // A message larger than a batch still goes, alone.
        let count = self.queue.iter().take_while(fits).count().max(1);
        self.queue.drain(..count).collect()
    }

    fn settle(&mut self, written: Written, ctx: &mut Context<Self>) {
        for (messages, lots) in written.committed {
            self.publish(&messages, &lots, ctx);
            self.ack(messages);
        }
        for (message, sentence) in written.refused {
            let readings = message.readings;
            message
                .refused
                .do_send(ReadingsRefused { readings, sentence });
        }
        match written.unavailable {
            None => self.database_is_there(),
            Some((messages, problem)) => self.put_back(messages, &problem, ctx),
        }
    }

    fn publish(&mut self, messages: &[StoreReadings], lots: &[LotState], ctx: &mut Context<Self>) {
        let readings = readings_of(messages);
        self.metrics.readings_stored.inc_by(readings.len() as u64);
        let stored = publication::of_batch(&readings, lots, Timestamp::now());
        self.unpublished.push_back(stored);
        self.publish_next(ctx);
    }

    fn publish_next(&mut self, ctx: &mut Context<Self>) {
        if self.publishing {
            return;
        }
        let Some(stored) = self.unpublished.pop_front() else {
            return;
        };
        self.publishing = true;
        let published = self.published.send(stored).into_actor(self);
        ctx.spawn(published.map(|_, writer, ctx| {
            writer.publishing = false;
            writer.publish_next(ctx);
            writer.write_next(ctx);
        }));
    }

    fn ack(&self, messages: Vec<StoreReadings>) {
        for message in messages {
            // A producer that left without waiting for its ack is stored all the same.
            let StoreReadings {
                readings, is_batch, ..
            } = message;
            message.acked.do_send(ReadingsAcked { readings, is_batch });
        }
    }

    fn database_is_there(&mut self) {
        self.retry_wait = FIRST_RETRY;
        if !self.health.set_database(true) {
            log::info!("the database takes readings again");
        }
    }

    fn put_back(&mut self, messages: Vec<StoreReadings>, problem: &str, ctx: &mut Context<Self>) {
        let wait = self.retry_wait;
        self.metrics.write_retries.inc();
        if self.health.set_database(false) {
            let waiting = messages.len();
            log::warn!(
                "{problem}; {waiting} messages wait, next attempt in {} ms",
                wait.as_millis()
            );
        }
        for message in messages.into_iter().rev() {
            self.queue.push_front(message);
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

fn count_readings<'a>(messages: impl IntoIterator<Item = &'a StoreReadings>) -> usize {
    messages
        .into_iter()
        .map(|message| message.readings.len())
        .sum()
}

fn readings_of(messages: &[StoreReadings]) -> Vec<&Reading> {
    messages
        .iter()
        .flat_map(|message| &message.readings)
        .collect()
}

/// What became of a batch; every message of it is in exactly one of the three.
#[derive(Default)]
struct Written {
    committed: Vec<(Vec<StoreReadings>, Vec<LotState>)>,
    refused: Vec<(StoreReadings, String)>,
    unavailable: Option<(Vec<StoreReadings>, String)>,
}

/// Writes a batch; one that the database refuses is halved until the bad message is alone.
async fn write(
    mut store: ReadingStore,
    batch: Vec<StoreReadings>,
    metrics: Metrics,
) -> (ReadingStore, Written) {
    let mut written = Written::default();
    let mut todo = vec![batch];
    while let Some(mut messages) = todo.pop() {
        let begun = Instant::now();
        let readings = readings_of(&messages);
        match store.store(&readings).await {
            Ok(lots) => {
                metrics.batch_size.observe(readings.len() as f64);
                metrics
                    .commit_seconds
                    .observe(begun.elapsed().as_secs_f64());
                written.committed.push((messages, lots));
            }
            Err(error) if error.is_about_the_data() && messages.len() > 1 => {
                let second_half = messages.split_off(messages.len() / 2);
                todo.extend([second_half, messages]);
            }
            Err(error) if error.is_about_the_data() => {
                let refused = messages
                    .into_iter()
                    .map(|message| (message, error.to_string()));
                written.refused.extend(refused);
            }
            Err(error) => {
                messages.extend(todo.drain(..).rev().flatten());
                written.unavailable = Some((messages, error.to_string()));
            }
        }
    }
    (store, written)
}

/// It is time to try again.
#[derive(Message)]
#[rtype(result = "()")]
struct RetryDue;

impl Actor for Writer {
    type Context = Context<Self>;
}

impl Handler<StoreReadings> for Writer {
    type Result = ();

    fn handle(&mut self, message: StoreReadings, ctx: &mut Self::Context) {
        self.queue.push_back(message);
        self.write_next(ctx);
    }
}

impl Handler<RetryDue> for Writer {
    type Result = ();

    fn handle(&mut self, _: RetryDue, ctx: &mut Self::Context) {
        self.retry_pending = false;
        self.write_next(ctx);
    }
}

impl Handler<DrainQueue> for Writer {
    type Result = ResponseActFuture<Self, usize>;

    fn handle(&mut self, drain: DrainQueue, _: &mut Self::Context) -> Self::Result {
        let (done, drained) = oneshot::channel();
        self.drained.push(done);
        self.tell_drained();
        let drained = timeout(drain.within, drained).into_actor(self);
        Box::pin(drained.map(|drained, writer, _| match drained {
            Ok(_) => 0,
            Err(_) => writer.in_flight + count_readings(&writer.queue),
        }))
    }
}
