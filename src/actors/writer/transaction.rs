//! Runs one transaction of the writer.

use super::{change::Change, reporting};
use crate::{
    actors::{publication, writing::Failed},
    domain::{
        advice::{Advice, steps::NotMoved},
        alert::{Alert, AlertEvent},
        consumer::rating::{NotRated, Rated},
        curve::{correction::NotAnswered, planning::NotPlanned},
        group_commit::{Entry as _, Failure},
        reading::Reading,
        saisie::Refus,
    },
    messages::{supervisor_to_writer::Reached, writer_to_supervisor::ToPublish},
    store::{
        StoreError,
        curves::PlannedCurve,
        journal::{Checkpoint, Telling},
        life_cycle::Stepped,
        pending_lots::Controlled,
        planned_lots::PlannedLot,
        readings::{EntryOutcome, StoredDeletion, StoredReadings},
        samples::StoredSamples,
        writer::{Overdue, WriterStore},
    },
    telemetry::metrics::Metrics,
};
use jiff::Timestamp;
use std::cell::RefCell;
use tokio::time::Instant;

/// The result of a committed transaction.
pub struct Transaction {
    pub effect: Effect,
    /// Of earlier transactions whose outcome was unknown; without a journal.
    pub overdue: Overdue,
    /// With a journal.
    pub journalled: Option<Journalled>,
}

/// What the journal has of a transaction.
pub struct Journalled {
    /// The transaction's own entry, until it is handed over to be published.
    pub own: Option<(i64, ToPublish)>,
    /// Whoever asked for the transaction is answered when the journal is published up to here.
    pub until: Option<i64>,
}

pub enum Effect {
    Readings(StoredReadings),
    Meals(EntryOutcome),
    Deleted(Result<Box<StoredDeletion>, Refus>),
    Planned(Result<PlannedCurve, NotPlanned>),
    Answered(Result<(), NotAnswered>),
    PlannedLot(Result<PlannedLot, Refus>),
    Stepped(Result<Stepped, Refus>),
    /// The error is a sentence about the lot's state.
    Products(Result<(), String>),
    Rated(Result<Rated, NotRated>),
    /// Whether there was such a rating.
    Erased(bool),
    Samples(StoredSamples),
    Silence(Vec<AlertEvent>),
    Controlled(Controlled),
    /// Advice after each state that it came into.
    Advised(Result<Vec<Advice>, NotMoved>),
    /// The alert, if it exists, and its new events.
    Acknowledged(Option<Box<Alert>>, Vec<AlertEvent>),
    /// The journal was kept short.
    Kept,
}

/// Carries out a batch, whose changes are of one kind.
pub async fn carry_out(
    store: &mut WriterStore,
    batch: &[Change],
    metrics: &Metrics,
) -> Result<Transaction, Failed> {
    // What may have been committed is carried out again even if nobody waits: otherwise it would never be published.
    if !store.is_in_doubt() && batch.iter().all(Change::is_given_up) {
        return Err(Failed {
            failure: Failure::Refused,
            sentence: "nobody waits for it any more".to_owned(),
        });
    }
    match carry_out_and_tell(store, batch, metrics).await {
        Ok((effect, journalled)) => Ok(Transaction {
            effect,
            journalled,
            overdue: store.settled(batch.len()).await,
        }),
        Err(error) => {
            let failed = failed(&error, batch);
            match failed.failure {
                Failure::Refused if batch.len() > 1 => {}
                Failure::Refused => store.left_out(),
                _ if error.is_rolled_back() => {}
                _ => store.doubted(batch.len()),
            }
            Err(failed)
        }
    }
}

/// With a journal the transaction is committed with its entry, so that whatever it changes is told once.
async fn carry_out_and_tell(
    store: &mut WriterStore,
    batch: &[Change],
    metrics: &Metrics,
) -> Result<(Effect, Option<Journalled>), StoreError> {
    if !store.has_journal() {
        let effect = effect(store, batch, metrics, None).await?;
        return Ok((effect, None));
    }
    let told = store.told_before(readings_of(batch).len()).await?;
    let batch = behind(batch, told.count);
    let own = if batch.is_empty() {
        None
    } else {
        Some(carry_out_with_entry(store, batch, metrics).await?)
    };
    store.answered(&told);
    let (effect, own) = own.unwrap_or_else(|| (Effect::Readings(StoredReadings::default()), None));
    let position = own.as_ref().map(|(position, _)| *position);
    let journalled = Journalled {
        own,
        until: position.max(told.position),
    };
    Ok((effect, Some(journalled)))
}

/// The entry is what is to be published of the transaction; none if that is nothing.
async fn carry_out_with_entry(
    store: &mut WriterStore,
    batch: &[Change],
    metrics: &Metrics,
) -> Result<(Effect, Option<(i64, ToPublish)>), StoreError> {
    let now = Timestamp::now();
    store.tell_at(now);
    // What is told of readings, if that was known before their commit.
    let early = RefCell::new(None);
    let telling = |stored: &StoredReadings| {
        let told = publication::of_batch(&readings_of(batch), stored, now);
        let entry = entry(&told);
        early.replace(Some(told));
        entry
    };
    let effect = effect(store, batch, metrics, Some(&telling)).await?;
    let early = early.into_inner().filter(|_| store.has_told());
    let own = early.unwrap_or_else(|| reporting::to_publish(batch, &effect, now));
    let is_untold = !store.has_told() && !own.is_empty();
    let entry = is_untold.then(|| entry(&own)).transpose()?;
    let position = store.conclude(entry).await?;
    Ok((effect, position.map(|position| (position, own))))
}

/// The changes behind those that hold the first readings, so many.
fn behind(batch: &[Change], readings: usize) -> &[Change] {
    let mut left = readings;
    let is_told = |change: &&Change| {
        let is_told = left > 0;
        left = left.saturating_sub(change.size());
        is_told
    };
    &batch[batch.iter().take_while(is_told).count()..]
}

fn entry(told: &ToPublish) -> Result<String, StoreError> {
    told.to_entry().map_err(StoreError::Row)
}

async fn effect(
    store: &mut WriterStore,
    batch: &[Change],
    metrics: &Metrics,
    telling: Option<Telling<'_>>,
) -> Result<Effect, StoreError> {
    let Some(first) = batch.first() else {
        return Ok(Effect::Silence(Vec::new()));
    };
    match first {
        Change::Readings(_) => readings(store, batch, metrics, telling).await,
        Change::Meals(message) => {
            let outcome = store
                .enter(&message.lot, &message.saisie, &message.author)
                .await?;
            Ok(Effect::Meals(outcome))
        }
        Change::Plan(message) => {
            let planned = store
                .plan(&message.lot, &message.planning, &message.author)
                .await?;
            Ok(Effect::Planned(planned))
        }
        Change::Correction(message) => {
            let answered = store
                .answer_correction(
                    message.id,
                    &message.answering,
                    &message.par,
                    &message.author,
                )
                .await?;
            Ok(Effect::Answered(answered))
        }
        Change::Delete(message) => {
            let deleted = store
                .delete(&message.lot, &message.deletion, &message.author)
                .await?;
            Ok(Effect::Deleted(deleted.map(Box::new)))
        }
        Change::PlanLot(message) => {
            let planned = store
                .plan_lot(&message.plan, message.most, &message.author)
                .await?;
            Ok(Effect::PlannedLot(planned))
        }
        Change::Step(message) => {
            let stepped = store
                .step(&message.lot, &message.asked, &message.author)
                .await?;
            Ok(Effect::Stepped(stepped))
        }
        Change::Products(message) => {
            let (change, par) = (&message.change, &message.par);
            let changed = store.change_products(change, par, &message.author).await?;
            Ok(Effect::Products(changed))
        }
        Change::Rating(message) => Ok(Effect::Rated(store.rate(&message.rating).await?)),
        Change::Erasure(message) => Ok(Effect::Erased(store.erase(&message.receipt).await?)),
        Change::Sample(_) | Change::Stations(_) => samples(store, batch).await,
        Change::Silence(message) => {
            let events = store.raise_silence(&message.lots, Timestamp::now()).await?;
            Ok(Effect::Silence(events))
        }
        Change::Journal(message) => {
            let checkpoint = message.checkpoint.as_ref().map(checkpoint).transpose()?;
            store.keep_journal(checkpoint.as_ref()).await?;
            Ok(Effect::Kept)
        }
        Change::Claim(message) => {
            let controlled = store
                .claim(&message.lot, &message.claimer, &message.author)
                .await?;
            Ok(Effect::Controlled(controlled))
        }
        Change::Finish(message) => {
            let controlled = store.finish(&message.lot, &message.author).await?;
            Ok(Effect::Controlled(controlled))
        }
        Change::Advise(message) => {
            let (proposals, request) = (&message.proposals, message.request);
            let raised = store.raise_advice(proposals, request).await?;
            Ok(Effect::Advised(Ok(raised)))
        }
        Change::Expire(message) => {
            let expired = store.expire_advice(message.request).await?;
            Ok(Effect::Advised(Ok(expired)))
        }
        Change::StepAdvice(message) => {
            let moved = store
                .step_advice(message.id, &message.asked, &message.par, &message.author)
                .await?;
            Ok(Effect::Advised(moved))
        }
        Change::Acknowledge(message) => {
            let (alert, events) = store
                .acknowledge(message.id, &message.par, &message.what, &message.author)
                .await?;
            Ok(Effect::Acknowledged(alert.map(Box::new), events))
        }
    }
}

async fn readings(
    store: &mut WriterStore,
    batch: &[Change],
    metrics: &Metrics,
    telling: Option<Telling<'_>>,
) -> Result<Effect, StoreError> {
    let begun = Instant::now();
    let readings = readings_of(batch);
    let stored = store.readings(&readings, telling).await?;
    metrics.batch_size.observe(readings.len() as f64);
    metrics
        .commit_seconds
        .observe(begun.elapsed().as_secs_f64());
    Ok(Effect::Readings(stored))
}

async fn samples(store: &mut WriterStore, batch: &[Change]) -> Result<Effect, StoreError> {
    let (mut incoming, mut device_reports) = (Vec::new(), Vec::new());
    for change in batch {
        match change {
            Change::Sample(message) => incoming.push(&*message.incoming),
            Change::Stations(message) => device_reports.extend(&message.device_reports),
            _ => {}
        }
    }
    let stored = store.samples(&incoming, &device_reports).await?;
    Ok(Effect::Samples(stored))
}

fn checkpoint(reached: &Reached) -> Result<Checkpoint, StoreError> {
    let unwritable = |error: serde_json::Error| StoreError::Row(error.to_string());
    let presence = reached.presence.as_ref().map(serde_json::to_string);
    Ok(Checkpoint {
        position: reached.position,
        fait_le: reached.at,
        atteint: serde_json::to_string(&reached.topics).map_err(unwritable)?,
        presence: presence.transpose().map_err(unwritable)?,
    })
}

pub fn readings_of(batch: &[Change]) -> Vec<&Reading> {
    let messages = batch.iter().filter_map(|change| match change {
        Change::Readings(message) => Some(message),
        _ => None,
    });
    messages.flat_map(|message| &message.readings).collect()
}

/// Unexplained errors are retried if measurements wait for the transaction; other changes must not delay those.
fn failed(error: &StoreError, batch: &[Change]) -> Failed {
    let mut failed = Failed::from(error);
    let is_unexplained = failed.failure == Failure::Away && !error.is_unavailable();
    if is_unexplained && !batch.iter().any(Change::is_measured) {
        failed.failure = Failure::Refused;
    }
    failed
}
