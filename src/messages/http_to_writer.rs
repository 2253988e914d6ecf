use crate::domain::{
    alert::Alert,
    control::{Claimer, Granted},
};
use actix::Message;
use tokio::sync::{OwnedSemaphorePermit, oneshot};

/// Command: give a lot that waits for quality control to this claimer.
#[derive(Message)]
#[rtype(result = "()")]
pub struct ClaimLot {
    /// Code of the lot, or its id.
    pub lot: String,
    pub claimer: Claimer,
    pub reply: Reply<Granted>,
}

/// Command: end the quality control of a lot.
#[derive(Message)]
#[rtype(result = "()")]
pub struct FinishLot {
    /// Code of the lot, or its id.
    pub lot: String,
    pub reply: Reply<Granted>,
}

/// Command: somebody takes notice of an alert. Answered with the alert, if there is one.
#[derive(Message)]
#[rtype(result = "()")]
pub struct AcknowledgeAlert {
    pub id: i64,
    pub par: String,
    pub reply: Reply<Option<Alert>>,
}

/// The database does not take it, for this reason.
#[derive(Debug, PartialEq, Eq)]
pub struct NotTaken(pub String);

/// Whom a command is answered to.
pub struct Reply<T> {
    answer: oneshot::Sender<Result<T, NotTaken>>,
    /// Its permit among the commands that wait, given back with the answer.
    _permit: OwnedSemaphorePermit,
}

impl<T> Reply<T> {
    /// With the end that hears the answer.
    pub fn new(permit: OwnedSemaphorePermit) -> (Self, oneshot::Receiver<Result<T, NotTaken>>) {
        let (answer, answered) = oneshot::channel();
        let reply = Reply {
            answer,
            _permit: permit,
        };
        (reply, answered)
    }

    /// Nobody waits for the answer any more.
    pub fn is_given_up(&self) -> bool {
        self.answer.is_closed()
    }

    pub fn give(self, answer: Result<T, NotTaken>) {
        // Whoever asked may have given up.
        let _ = self.answer.send(answer);
    }
}
