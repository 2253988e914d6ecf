//! State shared by the handlers.

use super::{consumer::limits::Consumers, error::ApiError};
use crate::{
    actors::writer::Writer,
    domain::{
        advice,
        alert::{Acknowledging, Alert},
        audit::Author,
        calendar::Days,
        consumer::{
            labelling::ProductChange,
            rating::{NewRating, NotRated, Rated},
        },
        control::{Claimer, Granted},
        curve::{
            correction::{Answering, CorrectionId, NotAnswered},
            planning::{NotPlanned, Planning},
        },
        life_cycle::Asked,
        lot::LotId,
        lot_plan::LotPlan,
        saisie::{Answer, Deleted, Deletion, EnteredLot, Refus, Saisie},
    },
    messages::http_to_writer::{
        AcknowledgeAlert, AnswerCorrection, ChangeProducts, ClaimLot, DeleteMeal, EnterMeals,
        EraseRating, FinishLot, NotTaken, PlanCurve, PlanLot, RateProduct, Reply, StepAdvice,
        StepLot,
    },
    protocol::input::InputRules,
};
use actix::{Addr, Message, Recipient};
use jiff::{Timestamp, tz::TimeZone};
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

/// Shared by all handlers as `web::Data`.
#[derive(Clone)]
pub struct ApiState {
    /// Zone of wall-clock times and of calendar days.
    pub zone: TimeZone,
    /// How times in bodies are read.
    pub input: InputRules,
    /// Lots that one gaveur can feed at the same time.
    pub most_lots: i64,
    /// Everybody who reaches the server may use it, from any network.
    pub is_open: bool,
    /// People can log in at an identity provider.
    pub has_provider: bool,
    /// The address of this server on labels; without it, the one of whoever asks for the label.
    pub public_url: Option<String>,
    pub consumers: Consumers,
}

impl ApiState {
    /// The last `count` calendar days, today included.
    pub fn last_days(&self, count: i64) -> Days {
        Days::until(Timestamp::now(), &self.zone, count)
    }
}

/// Sends changes of lots and alerts to the writer and waits until they are committed.
#[derive(Clone)]
pub struct Commands {
    claim: Recipient<ClaimLot>,
    finish: Recipient<FinishLot>,
    acknowledge: Recipient<AcknowledgeAlert>,
    enter: Recipient<EnterMeals>,
    plan: Recipient<PlanCurve>,
    answer_correction: Recipient<AnswerCorrection>,
    delete: Recipient<DeleteMeal>,
    plan_lot: Recipient<PlanLot>,
    step: Recipient<StepLot>,
    products: Recipient<ChangeProducts>,
    rate: Recipient<RateProduct>,
    erase: Recipient<EraseRating>,
    step_advice: Recipient<StepAdvice>,
    /// Bytes of meals that may wait to be written, shared with those of streams.
    ingest: Arc<Semaphore>,
    /// Limits the number of waiting commands.
    permits: Arc<Semaphore>,
}

/// How long a request waits for its answer; the command may still be carried out later.
const PATIENCE: Duration = Duration::from_secs(5);
/// Maximum number of waiting commands.
const MOST_WAITING: usize = 1_000;

impl Commands {
    pub fn new(writer: &Addr<Writer>, ingest: Arc<Semaphore>) -> Self {
        Commands {
            claim: writer.clone().recipient(),
            finish: writer.clone().recipient(),
            acknowledge: writer.clone().recipient(),
            enter: writer.clone().recipient(),
            plan: writer.clone().recipient(),
            answer_correction: writer.clone().recipient(),
            delete: writer.clone().recipient(),
            plan_lot: writer.clone().recipient(),
            step: writer.clone().recipient(),
            products: writer.clone().recipient(),
            rate: writer.clone().recipient(),
            erase: writer.clone().recipient(),
            step_advice: writer.clone().recipient(),
            ingest,
            permits: Arc::new(Semaphore::new(MOST_WAITING)),
        }
    }

    /// # Errors
    /// The claim was not stored.
    pub async fn claim(
        &self,
        lot: String,
        claimer: Claimer,
        author: Author,
    ) -> Result<Granted, ApiError> {
        let command = |reply| ClaimLot {
            lot,
            claimer,
            author,
            reply,
        };
        self.ask(&self.claim, command).await
    }

    /// # Errors
    /// The end was not stored.
    pub async fn finish(&self, lot: String, author: Author) -> Result<Granted, ApiError> {
        let command = |reply| FinishLot { lot, author, reply };
        self.ask(&self.finish, command).await
    }

    /// `None` if there is no such alert.
    ///
    /// # Errors
    /// The acknowledgement was not stored.
    pub async fn acknowledge(
        &self,
        id: i64,
        par: String,
        what: Acknowledging,
        author: Author,
    ) -> Result<Option<Alert>, ApiError> {
        let command = |reply| AcknowledgeAlert {
            id,
            par,
            what,
            author,
            reply,
        };
        self.ask(&self.acknowledge, command).await
    }

    /// # Errors
    /// The step was not made, or nobody knows.
    pub async fn step(
        &self,
        lot: EnteredLot,
        asked: Asked,
        author: Author,
    ) -> Result<Result<(), Refus>, ApiError> {
        let command = |reply| StepLot {
            lot,
            asked,
            author,
            reply,
        };
        self.ask(&self.step, command).await
    }

    /// # Errors
    /// The meal was not deleted, or nobody knows.
    pub async fn delete(
        &self,
        lot: EnteredLot,
        deletion: Deletion,
        author: Author,
    ) -> Result<Result<Deleted, Refus>, ApiError> {
        let command = |reply| DeleteMeal {
            lot,
            deletion,
            author,
            reply,
        };
        self.ask(&self.delete, command).await
    }

    /// Returns the id of the lot.
    ///
    /// # Errors
    /// Nothing was stored, or nobody knows.
    pub async fn plan_lot(
        &self,
        plan: LotPlan,
        most: i64,
        author: Author,
    ) -> Result<Result<LotId, Refus>, ApiError> {
        let command = |reply| PlanLot {
            plan,
            most,
            author,
            reply,
        };
        self.ask(&self.plan_lot, command).await
    }

    /// # Errors
    /// Nothing was changed, or nobody knows.
    pub async fn change_products(
        &self,
        change: ProductChange,
        par: String,
        author: Author,
    ) -> Result<Result<(), String>, ApiError> {
        let command = |reply| ChangeProducts {
            change,
            par,
            author,
            reply,
        };
        self.ask(&self.products, command).await
    }

    /// # Errors
    /// The rating was not stored, or nobody knows.
    pub async fn rate(&self, rating: NewRating) -> Result<Result<Rated, NotRated>, ApiError> {
        self.ask(&self.rate, |reply| RateProduct { rating, reply })
            .await
    }

    /// False if there is no rating with this receipt.
    ///
    /// # Errors
    /// It was not erased, or nobody knows.
    pub async fn erase(&self, receipt: Vec<u8>) -> Result<bool, ApiError> {
        self.ask(&self.erase, |reply| EraseRating { receipt, reply })
            .await
    }

    /// # Errors
    /// The advice was not moved, or nobody knows.
    pub async fn step_advice(
        &self,
        id: i64,
        asked: advice::steps::Asked,
        par: String,
        author: Author,
    ) -> Result<Result<(), advice::steps::NotMoved>, ApiError> {
        let command = |reply| StepAdvice {
            id,
            asked,
            par,
            author,
            reply,
        };
        self.ask(&self.step_advice, command).await
    }

    /// Returns the version of the curve.
    ///
    /// # Errors
    /// Nothing was stored, or nobody knows.
    pub async fn plan(
        &self,
        lot: EnteredLot,
        planning: Planning,
        author: Author,
    ) -> Result<Result<i32, NotPlanned>, ApiError> {
        let command = |reply| PlanCurve {
            lot,
            planning,
            author,
            reply,
        };
        self.ask(&self.plan, command).await
    }

    /// # Errors
    /// Nothing was stored, or nobody knows.
    pub async fn answer_correction(
        &self,
        id: CorrectionId,
        answering: Answering,
        par: String,
        author: Author,
    ) -> Result<Result<(), NotAnswered>, ApiError> {
        let command = |reply| AnswerCorrection {
            id,
            answering,
            par,
            author,
            reply,
        };
        self.ask(&self.answer_correction, command).await
    }

    /// `size` is that of the request, bytes.
    ///
    /// # Errors
    /// Nothing was stored, or nobody knows; the same entry can be sent again.
    pub async fn enter(
        &self,
        lot: EnteredLot,
        saisie: Saisie,
        author: Author,
        size: usize,
    ) -> Result<Result<Answer, Refus>, ApiError> {
        let size = u32::try_from(size).unwrap_or(u32::MAX);
        let share = self.ingest.clone().try_acquire_many_owned(size);
        let command = |reply| EnterMeals {
            lot,
            saisie,
            author,
            reply,
        };
        let share = share.map_err(|_| ApiError::Busy)?;
        ask(&self.enter, share, command).await
    }

    async fn ask<M, T>(
        &self,
        writer: &Recipient<M>,
        command: impl FnOnce(Reply<T>) -> M,
    ) -> Result<T, ApiError>
    where
        M: Message<Result = ()> + Send,
    {
        let permit = self.permits.clone().try_acquire_owned();
        ask(writer, permit.map_err(|_| ApiError::Unavailable)?, command).await
    }
}

async fn ask<M, T>(
    writer: &Recipient<M>,
    permit: OwnedSemaphorePermit,
    command: impl FnOnce(Reply<T>) -> M,
) -> Result<T, ApiError>
where
    M: Message<Result = ()> + Send,
{
    let (reply, answered) = Reply::new(permit);
    writer.do_send(command(reply));
    match timeout(PATIENCE, answered).await {
        Ok(Ok(Ok(answer))) => Ok(answer),
        Ok(Ok(Err(NotTaken(reason)))) => {
            log::error!("a request was not carried out: {reason}");
            Err(ApiError::Internal)
        }
        // Timed out, or the writer is dead.
        Ok(Err(_)) | Err(_) => Err(ApiError::Unavailable),
    }
}
