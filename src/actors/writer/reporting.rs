//! Reports the result of a transaction.

use super::{
    change::Change,
    transaction::{Effect, Transaction, readings_of},
};
use crate::{
    actors::{announcement, publication},
    domain::{
        audience::Audience, lot::Statut, quality::sample::SensorPayload, stream::Topic,
        transition::Transition,
    },
    messages::{
        http_to_writer::{AcknowledgeAlert, ClaimLot, FinishLot},
        writer_to_advisor::{LotRated, LotsMoved},
        writer_to_session::{ReadingsAcked, SampleAcked},
        writer_to_supervisor::{Publication, ToPublish},
    },
    protocol::{frames::OpenFrame, sensors::update},
    store::{
        readings::EntryOutcome,
        samples::{NewSample, StoredSamples},
    },
    telemetry::metrics::Metrics,
};
use jiff::Timestamp;

/// Without a journal: what the supervisor must publish, if anything.
pub fn told(changes: &[Change], done: &Transaction) -> Option<ToPublish> {
    if done.journalled.is_some() {
        return None;
    }
    let now = Timestamp::now();
    let mut to_publish = to_publish(changes, &done.effect, now);
    // These rows were read after the commit, so nothing published before them is newer.
    let told_again = of_transitions(&done.overdue.transitions, now);
    to_publish.transitions.extend(told_again.transitions);
    to_publish.publications.extend(told_again.publications);
    let overdue = announcement::of_alerts(&done.overdue.alerts, now);
    to_publish.publications.extend(overdue);
    (!to_publish.is_empty()).then_some(to_publish)
}

pub fn count(changes: &[Change], effect: &Effect, metrics: &Metrics) {
    match effect {
        Effect::Readings(_) => {
            let readings = readings_of(changes);
            metrics.readings_stored.inc_by(readings.len() as u64);
        }
        Effect::Meals(EntryOutcome::Stored(entry)) => {
            let meals = entry.answer.repas.len();
            metrics.readings_stored.inc_by(meals as u64);
        }
        Effect::Samples(stored) => {
            metrics.samples_stored.inc_by(stored.new.len() as u64);
        }
        _ => {}
    }
}

/// What is to be published of the transaction itself.
pub fn to_publish(changes: &[Change], effect: &Effect, now: Timestamp) -> ToPublish {
    match effect {
        Effect::Readings(stored) => publication::of_batch(&readings_of(changes), stored, now),
        Effect::Meals(EntryOutcome::Stored(entry)) => {
            let readings: Vec<_> = entry.readings.iter().collect();
            publication::of_batch(&readings, &entry.stored, now)
        }
        Effect::Meals(EntryOutcome::Again(_) | EntryOutcome::Refused(_))
        | Effect::Products(_)
        | Effect::Answered(_)
        | Effect::Rated(Err(_))
        | Effect::Erased(_) => ToPublish::default(),
        Effect::Rated(Ok(rated)) => of_publications(announcement::of_rating(rated, now).into()),
        Effect::Planned(planned) => ToPublish {
            plans: planned.iter().filter_map(|done| done.in_force).collect(),
            ..ToPublish::default()
        },
        Effect::Samples(stored) => of_publications(of_samples(changes, stored, now)),
        Effect::Silence(events) | Effect::Acknowledged(_, events) => {
            of_publications(announcement::of_alerts(events, now))
        }
        Effect::Stepped(Ok(stepped)) => {
            let mut told = of_transitions(&stepped.transitions, now);
            let alerts = announcement::of_alerts(&stepped.alerts, now);
            told.publications.extend(alerts);
            told
        }
        Effect::PlannedLot(Ok(planned)) => of_transitions(&planned.transitions, now),
        Effect::Deleted(Ok(deleted)) => publication::of_deletion(deleted, now),
        Effect::Stepped(Err(_)) | Effect::PlannedLot(Err(_)) | Effect::Deleted(Err(_)) => {
            ToPublish::default()
        }
        Effect::Advised(Ok(advice)) => of_publications(announcement::of_advice(advice, now)),
        Effect::Advised(Err(_)) => ToPublish::default(),
        Effect::Controlled(controlled) => {
            let mut told = of_transitions(&controlled.transitions, now);
            let alerts = announcement::of_alerts(&controlled.alerts, now);
            told.publications.extend(alerts);
            told
        }
        Effect::Kept => {
            let kept = changes.iter().find_map(|change| match change {
                Change::Journal(message) => Some(message.to_publish.clone()),
                _ => None,
            });
            kept.unwrap_or_default()
        }
    }
}

/// What the advisor must know, if anything.
pub fn moved(transitions: &[Transition]) -> Option<LotsMoved> {
    let to = |statut: Statut| transitions.iter().filter(move |one| one.vers == statut);
    let moved = LotsMoved {
        closed: to(Statut::Clos).map(|one| one.lot_id).collect(),
        has_begun: to(Statut::EnGavage).next().is_some(),
    };
    (!moved.closed.is_empty() || moved.has_begun).then_some(moved)
}

/// The same of a rating.
pub fn rated(effect: &Effect) -> Option<LotRated> {
    match effect {
        Effect::Rated(Ok(rated)) => Some(LotRated {
            lot_id: rated.lot_id,
            ratings: rated.n_lot,
        }),
        _ => None,
    }
}

fn of_publications(publications: Vec<Publication>) -> ToPublish {
    ToPublish {
        publications,
        ..ToPublish::default()
    }
}

fn of_transitions(transitions: &[Transition], now: Timestamp) -> ToPublish {
    ToPublish {
        publications: announcement::of_transitions(transitions, now),
        transitions: transitions.to_vec(),
        ..ToPublish::default()
    }
}

fn of_samples(changes: &[Change], stored: &StoredSamples, now: Timestamp) -> Vec<Publication> {
    let incoming = changes.iter().filter_map(|change| match change {
        Change::Sample(message) => Some(&message.incoming),
        _ => None,
    });
    let incoming: Vec<_> = incoming.collect();
    let shown = stored
        .new
        .iter()
        .map(|new| of_sample(new, &incoming[new.index].payload));
    let alerts = announcement::of_alerts(&stored.alerts, now);
    shown.chain(alerts).collect()
}

fn of_sample(new: &NewSample, payload: &SensorPayload) -> Publication {
    let sample = &new.sample;
    Publication {
        topic: Topic::Realtime,
        gaveur: None,
        audience: Audience::Sample {
            device_id: sample.device_id.clone(),
            site: sample.site,
            code_lot: sample.code_lot.clone(),
            gaveur_id: new.gaveur_id,
            grade: sample.quality.final_grade,
        },
        frame: OpenFrame::from(&update::frame(sample, payload)),
    }
}

/// Answers the senders of these changes. A sender that no longer waits is skipped.
pub fn answer(changes: Vec<Change>, done: Transaction) {
    let mut effect = Some(done.effect);
    for change in changes {
        match change {
            Change::Readings(message) => {
                let (readings, is_batch) = (message.readings, message.is_batch);
                let acked = ReadingsAcked { readings, is_batch };
                message.sender.acked.do_send(acked);
            }
            Change::Meals(message) => {
                if let Some(Effect::Meals(outcome)) = effect.take() {
                    message.reply.give(Ok(match outcome {
                        EntryOutcome::Refused(refus) => Err(refus),
                        EntryOutcome::Again(answer) => Ok(answer),
                        EntryOutcome::Stored(entry) => Ok(entry.answer),
                    }));
                }
            }
            Change::Delete(message) => {
                if let Some(Effect::Deleted(deleted)) = effect.take() {
                    message.reply.give(Ok(deleted.map(|one| one.answer)));
                }
            }
            Change::PlanLot(message) => {
                if let Some(Effect::PlannedLot(planned)) = effect.take() {
                    message.reply.give(Ok(planned.map(|lot| lot.id)));
                }
            }
            Change::Step(message) => {
                if let Some(Effect::Stepped(stepped)) = effect.take() {
                    message.reply.give(Ok(stepped.map(drop)));
                }
            }
            Change::Products(message) => {
                if let Some(Effect::Products(changed)) = effect.take() {
                    message.reply.give(Ok(changed));
                }
            }
            Change::Rating(message) => {
                if let Some(Effect::Rated(rated)) = effect.take() {
                    message.reply.give(Ok(rated));
                }
            }
            Change::Erasure(message) => {
                if let Some(Effect::Erased(was_there)) = effect.take() {
                    message.reply.give(Ok(was_there));
                }
            }
            Change::Plan(message) => {
                if let Some(Effect::Planned(planned)) = effect.take() {
                    message.reply.give(Ok(planned.map(|done| done.version)));
                }
            }
            Change::Correction(message) => {
                if let Some(Effect::Answered(answered)) = effect.take() {
                    message.reply.give(Ok(answered));
                }
            }
            Change::Sample(message) => message.acked.do_send(SampleAcked {
                sample: Box::new(message.incoming.sample),
            }),
            // These have no requester; dropping them tells the sender.
            Change::Stations(_)
            | Change::Silence(_)
            | Change::Journal(_)
            | Change::Advise(_)
            | Change::Expire(_) => {}
            Change::StepAdvice(message) => {
                if let Some(Effect::Advised(moved)) = effect.take() {
                    message.reply.give(Ok(moved.map(drop)));
                }
            }
            Change::Claim(ClaimLot { reply, .. }) | Change::Finish(FinishLot { reply, .. }) => {
                if let Some(Effect::Controlled(controlled)) = effect.take() {
                    reply.give(Ok(controlled.granted));
                }
            }
            Change::Acknowledge(AcknowledgeAlert { reply, .. }) => {
                if let Some(Effect::Acknowledged(alert, _)) = effect.take() {
                    reply.give(Ok(alert.map(|alert| *alert)));
                }
            }
        }
    }
}
