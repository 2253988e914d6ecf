//! The changes that the writer carries out.

use crate::{
    domain::{group_commit::Entry, unwritten::Unwritten},
    messages::{
        advisor_to_writer::{ExpireAdvice, RaiseAdvice},
        http_to_writer::{
            AcknowledgeAlert, AnswerCorrection, ChangeProducts, ClaimLot, DeleteMeal, EnterMeals,
            EraseRating, FinishLot, NotTaken, PlanCurve, PlanLot, RateProduct, StepAdvice, StepLot,
        },
        matrix_writer_to_writer::NoteStations,
        session_to_matrix_writer::StoreSample,
        session_to_writer::StoreReadings,
        supervisor_to_writer::{KeepJournal, RaiseSilence},
        writer_to_session::ReadingsRefused,
    },
};

/// One message, carried out completely or not at all.
pub enum Change {
    Readings(StoreReadings),
    Meals(Box<EnterMeals>),
    Delete(DeleteMeal),
    Plan(PlanCurve),
    Correction(AnswerCorrection),
    PlanLot(PlanLot),
    Step(StepLot),
    Sample(StoreSample),
    Stations(NoteStations),
    Silence(RaiseSilence),
    Journal(KeepJournal),
    Claim(ClaimLot),
    Finish(FinishLot),
    Acknowledge(AcknowledgeAlert),
    Products(ChangeProducts),
    Rating(Box<RateProduct>),
    Erasure(EraseRating),
    Advise(RaiseAdvice),
    Expire(ExpireAdvice),
    StepAdvice(StepAdvice),
}

impl Change {
    /// True for measurements of a producer or a station, which must not be lost.
    pub fn is_measured(&self) -> bool {
        matches!(self, Change::Readings(_) | Change::Sample(_))
    }

    /// True for a request whose requester no longer waits.
    pub fn is_given_up(&self) -> bool {
        match self {
            Change::Claim(ClaimLot { reply, .. }) | Change::Finish(FinishLot { reply, .. }) => {
                reply.is_given_up()
            }
            Change::Acknowledge(AcknowledgeAlert { reply, .. }) => reply.is_given_up(),
            Change::Meals(message) => message.reply.is_given_up(),
            Change::Delete(message) => message.reply.is_given_up(),
            Change::Plan(message) => message.reply.is_given_up(),
            Change::Correction(message) => message.reply.is_given_up(),
            Change::PlanLot(message) => message.reply.is_given_up(),
            Change::Step(message) => message.reply.is_given_up(),
            Change::Products(message) => message.reply.is_given_up(),
            Change::Rating(message) => message.reply.is_given_up(),
            Change::Erasure(message) => message.reply.is_given_up(),
            Change::StepAdvice(message) => message.reply.is_given_up(),
            _ => false,
        }
    }

    /// Tells the requester that the database refused the change.
    pub fn refuse(self, sentence: String) {
        match self {
            Change::Readings(message) => {
                let readings = message.readings;
                message
                    .sender
                    .refused
                    .do_send(ReadingsRefused { readings, sentence });
            }
            Change::Sample(message) => message.refuse(sentence),
            Change::Stations(_) => {
                log::warn!("reports about stations are discarded: {sentence}");
            }
            Change::Silence(_) => {
                log::error!("alerts of silent feeds are discarded: {sentence}");
            }
            Change::Journal(_) => {
                log::error!("figures are not written into the journal: {sentence}");
            }
            Change::Claim(ClaimLot { reply, .. }) | Change::Finish(FinishLot { reply, .. }) => {
                reply.give(Err(NotTaken(sentence)));
            }
            Change::Acknowledge(AcknowledgeAlert { reply, .. }) => {
                reply.give(Err(NotTaken(sentence)));
            }
            Change::Meals(message) => message.reply.give(Err(NotTaken(sentence))),
            Change::Delete(message) => message.reply.give(Err(NotTaken(sentence))),
            Change::Plan(message) => message.reply.give(Err(NotTaken(sentence))),
            Change::Correction(message) => message.reply.give(Err(NotTaken(sentence))),
            Change::PlanLot(message) => message.reply.give(Err(NotTaken(sentence))),
            Change::Step(message) => message.reply.give(Err(NotTaken(sentence))),
            Change::Products(message) => message.reply.give(Err(NotTaken(sentence))),
            Change::Rating(message) => message.reply.give(Err(NotTaken(sentence))),
            Change::Erasure(message) => message.reply.give(Err(NotTaken(sentence))),
            Change::StepAdvice(message) => message.reply.give(Err(NotTaken(sentence))),
            Change::Advise(_) | Change::Expire(_) => {
                log::error!("advice is not stored before the next night: {sentence}");
            }
        }
    }
}

impl Entry for Change {
    fn size(&self) -> usize {
        match self {
            Change::Readings(message) => message.readings.len(),
            Change::Meals(message) => message.saisie.repas.len(),
            _ => 1,
        }
    }

    fn unwritten(&self) -> Unwritten {
        match self {
            Change::Readings(message) => Unwritten {
                readings: message.readings.len(),
                samples: 0,
            },
            Change::Sample(message) => message.unwritten(),
            _ => Unwritten::default(),
        }
    }

    /// Readings share a transaction, and so do messages of stations; a command has its own.
    fn joins(&self, first: &Self) -> bool {
        use Change::{Readings, Sample, Stations};
        match (first, self) {
            (Readings(_), Readings(_)) | (Sample(_) | Stations(_), Sample(_) | Stations(_)) => true,
            _ => std::ptr::eq(first, self),
        }
    }
}
