//! The only actor that changes lots, alerts and the queue of quality control. It informs the supervisor in the order of the commits.
//!
//! Every change is a message to it. [`BatchWriter`] forms the batches, `transaction.rs` writes one, `reporting.rs` reports its result.

mod change;
mod reporting;
mod transaction;
mod voice;

pub use voice::JournalLinks;

use super::{
    deathwatch::Deathwatch,
    writing::{BatchWriter, Failed, Writing},
};
use crate::{
    domain::{
        group_commit::{Bounds, Entry as _},
        last_words::LastWords,
        reasons::DropReason,
        unwritten::Unwritten,
    },
    messages::{
        advisor_to_writer::{ExpireAdvice, RaiseAdvice},
        app_to_writers::DrainQueue,
        http_to_writer::{
            AcknowledgeAlert, AnswerCorrection, ChangeProducts, ClaimLot, DeleteMeal, EnterMeals,
            EraseRating, FinishLot, PlanCurve, PlanLot, RateProduct, StepAdvice, StepLot,
        },
        matrix_writer_to_writer::{NoteStations, StoreScores},
        session_to_writer::StoreReadings,
        supervisor_to_writer::{KeepJournal, RaiseSilence},
        writer_to_advisor::{LotRated, LotsMoved},
        writer_to_supervisor::Committed,
    },
    store::writer::WriterStore,
    telemetry::{
        health::{Health, HealthSource},
        metrics::Metrics,
    },
};
use actix::{
    Actor, ActorFutureExt, AsyncContext, Context, Handler, Recipient, ResponseActFuture, WrapFuture,
};
use change::Change;
use std::{collections::VecDeque, sync::Arc, time::Duration};
use tokio::{sync::Semaphore, task::yield_now, time::Instant};
use transaction::Transaction;

/// A batch takes whole messages until it has this many readings.
const BATCH: usize = 1_000;
/// Number of meals at most for which the last sending connection is remembered.
const REMEMBERED_WORDS: usize = 131_072;
/// No batch starts while this many transactions wait to be published by the supervisor.
const MAX_UNPUBLISHED_BATCHES: usize = 16;

/// The links of the writer to other actors and services.
pub struct WriterLinks {
    pub committed: Recipient<Committed>,
    pub moved: Recipient<LotsMoved>,
    pub rated: Recipient<LotRated>,
    /// `None` without a journal.
    pub journal: Option<JournalLinks>,
    pub health: Health,
    pub metrics: Metrics,
    pub deathwatch: Deathwatch,
}

pub struct Writer {
    links: WriterLinks,
    writing: Writing<Change, WriterStore>,
    last_words: LastWords,
    /// Results that have not been reported yet.
    unreported: VecDeque<Unreported>,
    /// One permit per transaction that the supervisor may still have to publish.
    credits: Arc<Semaphore>,
    awaits_credit: bool,
    /// `None` without a journal.
    voice: Option<voice::Voice>,
}

enum Unreported {
    Committed(Vec<Change>, Transaction),
    Refused(Change, String),
}

impl Writer {
    /// `patience` is the time limit of a transaction.
    pub fn new(store: WriterStore, patience: Duration, mut links: WriterLinks) -> Self {
        let bounds = Bounds {
            size: BATCH,
            patience,
        };
        Writer {
            writing: Writing::new(store, bounds, links.health.clone(), links.metrics.clone()),
            last_words: LastWords::new(REMEMBERED_WORDS),
            unreported: VecDeque::new(),
            credits: Arc::new(Semaphore::new(MAX_UNPUBLISHED_BATCHES)),
            awaits_credit: false,
            voice: links.journal.take().map(voice::Voice::new),
            links,
        }
    }
}

impl Actor for Writer {
    type Context = Context<Self>;
}

/// Messages that are queued as changes in the order of arrival.
macro_rules! queued {
    ($($message:ident as $kind:ident),*) => {$(
        impl Handler<$message> for Writer {
            type Result = ();

            fn handle(&mut self, message: $message, ctx: &mut Self::Context) {
                self.enqueue([Change::$kind(message)], ctx);
            }
        }
    )*};
}

queued!(
    NoteStations as Stations,
    RaiseSilence as Silence,
    KeepJournal as Journal,
    ClaimLot as Claim,
    FinishLot as Finish,
    AcknowledgeAlert as Acknowledge,
    DeleteMeal as Delete,
    PlanCurve as Plan,
    AnswerCorrection as Correction,
    PlanLot as PlanLot,
    StepLot as Step,
    ChangeProducts as Products,
    EraseRating as Erasure,
    RaiseAdvice as Advise,
    ExpireAdvice as Expire,
    StepAdvice as StepAdvice
);

impl Handler<StoreReadings> for Writer {
    type Result = ();

    fn handle(&mut self, mut message: StoreReadings, ctx: &mut Self::Context) {
        let (readings, speaker) = (&mut message.readings, message.speaker);
        let now = Instant::now();
        let overtaken = self.last_words.take_out_overtaken(readings, speaker, now);
        let metrics = &self.links.metrics;
        metrics.dropped(DropReason::SaidBeforeNewer, overtaken as u64);
        let change = Change::Readings(message);
        if change.size() == 0 {
            let sentence = "a newer connection has spoken of this meal since".to_owned();
            return change.refuse(sentence);
        }
        self.enqueue([change], ctx);
    }
}

impl Handler<EnterMeals> for Writer {
    type Result = ();

    fn handle(&mut self, message: EnterMeals, ctx: &mut Self::Context) {
        self.enqueue([Change::Meals(Box::new(message))], ctx);
    }
}

impl Handler<RateProduct> for Writer {
    type Result = ();

    fn handle(&mut self, message: RateProduct, ctx: &mut Self::Context) {
        self.enqueue([Change::Rating(Box::new(message))], ctx);
    }
}

impl Handler<StoreScores> for Writer {
    type Result = ();

    fn handle(&mut self, StoreScores(samples): StoreScores, ctx: &mut Self::Context) {
        self.enqueue(samples.into_iter().map(Change::Sample), ctx);
    }
}

impl Handler<DrainQueue> for Writer {
    type Result = ResponseActFuture<Self, Unwritten>;

    fn handle(&mut self, drain: DrainQueue, _: &mut Self::Context) -> Self::Result {
        self.drain(drain.until)
    }
}

impl BatchWriter for Writer {
    type Entry = Change;
    type Store = WriterStore;
    type Done = Transaction;

    const SOURCE: HealthSource = HealthSource::Writer;
    const WRITES: &'static str = "readings";

    fn writing(&mut self) -> &mut Writing<Change, WriterStore> {
        &mut self.writing
    }

    async fn carry_out(
        store: &mut WriterStore,
        batch: &[Change],
        metrics: &Metrics,
    ) -> Result<Transaction, Failed> {
        transaction::carry_out(store, batch, metrics).await
    }

    fn committed(&mut self, changes: Vec<Change>, done: Transaction, ctx: &mut Context<Self>) {
        self.report_soon(Unreported::Committed(changes, done), ctx);
    }

    fn refused(&mut self, change: Change, sentence: String, ctx: &mut Context<Self>) {
        self.report_soon(Unreported::Refused(change, sentence), ctx);
    }

    /// False if the supervisor is behind; then the next batch starts when it has published one.
    fn may_begin(&mut self, ctx: &mut Context<Self>) -> bool {
        if self.credits.available_permits() > 0 {
            return true;
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
        false
    }

    fn has_answered(&self) -> bool {
        self.unreported.is_empty()
    }
}

impl Writer {
    /// Reports later, so that the next transaction starts before this thread encodes frames.
    fn report_soon(&mut self, result: Unreported, ctx: &mut Context<Self>) {
        self.unreported.push_back(result);
        let turn = yield_now().into_actor(self);
        ctx.spawn(turn.map(|(), writer, _| writer.report()));
    }

    /// Informs the supervisor before it acks, so that a screen that is opened after an ack shows what was acked.
    fn report(&mut self) {
        self.publish_journal();
        while let Some(unreported) = self.unreported.pop_front() {
            if !self.may_report(&unreported) {
                self.unreported.push_front(unreported);
                break;
            }
            match unreported {
                Unreported::Committed(changes, done) => {
                    reporting::count(&changes, &done.effect, &self.links.metrics);
                    if let Some(to_publish) = reporting::told(&changes, &done) {
                        if let Some(moved) = reporting::moved(&to_publish.transitions) {
                            self.links.moved.do_send(moved);
                        }
                        let credit = self.credits.clone().try_acquire_owned().ok();
                        self.links.committed.do_send(Committed {
                            to_publish,
                            position: None,
                            by_another: None,
                            credit,
                        });
                    }
                    if let Some(rated) = reporting::rated(&done.effect) {
                        self.links.rated.do_send(rated);
                    }
                    reporting::answer(changes, done);
                }
                Unreported::Refused(change, sentence) => change.refuse(sentence),
            }
        }
        self.check_drained();
    }
}
