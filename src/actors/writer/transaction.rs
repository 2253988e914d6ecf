//! Runs one transaction of the writer.

use super::change::Change;
use crate::{
    actors::writing::Failed,
    domain::{
        advice::{Advice, steps::NotMoved},
        alert::{Alert, AlertEvent},
        consumer::rating::{NotRated, Rated},
        curve::planning::NotPlanned,
        group_commit::Failure,
        reading::Reading,
        saisie::Refus,
    },
    store::{
        StoreError,
        curves::PlannedCurve,
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
use tokio::time::Instant;

/// The result of a committed transaction.
pub struct Transaction {
    pub effect: Effect,
    /// Of earlier transactions whose outcome was unknown.
    pub overdue: Overdue,
}

pub enum Effect {
    Readings(StoredReadings),
    Meals(EntryOutcome),
    Deleted(Result<Box<StoredDeletion>, Refus>),
    Planned(Result<PlannedCurve, NotPlanned>),
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
    match effect(store, batch, metrics).await {
        Ok(effect) => Ok(Transaction {
            effect,
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

async fn effect(
    store: &mut WriterStore,
    batch: &[Change],
    metrics: &Metrics,
) -> Result<Effect, StoreError> {
    let Some(first) = batch.first() else {
        return Ok(Effect::Silence(Vec::new()));
    };
    match first {
        Change::Readings(_) => readings(store, batch, metrics).await,
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
) -> Result<Effect, StoreError> {
    let begun = Instant::now();
    let readings = readings_of(batch);
    let stored = store.readings(&readings).await?;
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
