use crate::domain::{
    advice,
    alert::{Acknowledging, Alert},
    audit::Author,
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
};
use actix::Message;
use tokio::sync::{OwnedSemaphorePermit, oneshot};

/// Command: claim a waiting lot for quality control.
#[derive(Message)]
#[rtype(result = "()")]
pub struct ClaimLot {
    /// Code of the lot, or its id.
    pub lot: String,
    pub claimer: Claimer,
    pub author: Author,
    pub reply: Reply<Granted>,
}

/// Command: end the quality control of a lot.
#[derive(Message)]
#[rtype(result = "()")]
pub struct FinishLot {
    /// Code of the lot, or its id.
    pub lot: String,
    pub author: Author,
    pub reply: Reply<Granted>,
}

/// Command: acknowledge an alert, or take that back. Answered with the alert, if it exists.
#[derive(Message)]
#[rtype(result = "()")]
pub struct AcknowledgeAlert {
    pub id: i64,
    /// The name in the alert.
    pub par: String,
    pub what: Acknowledging,
    pub author: Author,
    pub reply: Reply<Option<Alert>>,
}

/// Command: store meals that somebody wrote down, in the order of arrival with those of streams.
#[derive(Message)]
#[rtype(result = "()")]
pub struct EnterMeals {
    pub lot: EnteredLot,
    pub saisie: Saisie,
    pub author: Author,
    pub reply: Reply<Result<Answer, Refus>>,
}

/// Command: take a meal out of its lot.
#[derive(Message)]
#[rtype(result = "()")]
pub struct DeleteMeal {
    pub lot: EnteredLot,
    pub deletion: Deletion,
    pub author: Author,
    pub reply: Reply<Result<Deleted, Refus>>,
}

/// Command: plan a curve of a lot, or decide about one. Answered with its version.
#[derive(Message)]
#[rtype(result = "()")]
pub struct PlanCurve {
    pub lot: EnteredLot,
    pub planning: Planning,
    pub author: Author,
    pub reply: Reply<Result<i32, NotPlanned>>,
}

/// Command: answer the dose that is proposed after a meal far off the plan.
#[derive(Message)]
#[rtype(result = "()")]
pub struct AnswerCorrection {
    pub id: CorrectionId,
    pub answering: Answering,
    /// The name that is noted.
    pub par: String,
    pub author: Author,
    pub reply: Reply<Result<(), NotAnswered>>,
}

/// Command: plan a lot, unless its gaveur has `most` others then. Answered with its id.
#[derive(Message)]
#[rtype(result = "()")]
pub struct PlanLot {
    pub plan: LotPlan,
    pub most: i64,
    pub author: Author,
    pub reply: Reply<Result<LotId, Refus>>,
}

/// Command: make a step of a lot's life cycle.
#[derive(Message)]
#[rtype(result = "()")]
pub struct StepLot {
    pub lot: EnteredLot,
    pub asked: Asked,
    pub author: Author,
    pub reply: Reply<Result<(), Refus>>,
}

/// Command: label products of a lot, or recall one. The error is a sentence about the lot's state.
#[derive(Message)]
#[rtype(result = "()")]
pub struct ChangeProducts {
    pub change: ProductChange,
    pub par: String,
    pub author: Author,
    pub reply: Reply<Result<(), String>>,
}

/// Command: store what a consumer says of a product.
#[derive(Message)]
#[rtype(result = "()")]
pub struct RateProduct {
    pub rating: NewRating,
    pub reply: Reply<Result<Rated, NotRated>>,
}

/// Command: erase the rating of a receipt. Answered with whether there was one.
#[derive(Message)]
#[rtype(result = "()")]
pub struct EraseRating {
    /// Its digest.
    pub receipt: Vec<u8>,
    pub reply: Reply<bool>,
}

/// Command: move a piece of advice from one state to another.
#[derive(Message)]
#[rtype(result = "()")]
pub struct StepAdvice {
    pub id: i64,
    pub asked: advice::steps::Asked,
    /// The name that is noted.
    pub par: String,
    pub author: Author,
    pub reply: Reply<Result<(), advice::steps::NotMoved>>,
}

/// Why the database did not carry out the command.
#[derive(Debug, PartialEq, Eq)]
pub struct NotTaken(pub String);

/// Sends the answer to a command.
pub struct Reply<T> {
    answer: oneshot::Sender<Result<T, NotTaken>>,
    /// The command's permit in the bounded queue of commands; dropped with the answer.
    _permit: OwnedSemaphorePermit,
}

impl<T> Reply<T> {
    /// Also returns the receiver of the answer.
    pub fn new(permit: OwnedSemaphorePermit) -> (Self, oneshot::Receiver<Result<T, NotTaken>>) {
        let (answer, answered) = oneshot::channel();
        let reply = Reply {
            answer,
            _permit: permit,
        };
        (reply, answered)
    }

    /// True if the requester no longer waits.
    pub fn is_given_up(&self) -> bool {
        self.answer.is_closed()
    }

    pub fn give(self, answer: Result<T, NotTaken>) {
        // Ignores the error: the requester may no longer wait.
        let _ = self.answer.send(answer);
    }
}
