use crate::domain::panel::{
    NotDone, Run, Simulator, fault::FaultRun, log::Line, scenario::Scenario,
};
use actix::Message;
use std::sync::Arc;
use tokio::sync::broadcast;

/// Command: simulate this. Answered when it has begun.
#[derive(Message)]
#[rtype(result = "Result<(), NotDone>")]
pub struct StartSimulator {
    pub run: Run,
    /// Who asks.
    pub par: String,
}

/// Command: start the simulators of a scenario, and follow its lot. Answered when they have begun.
#[derive(Message)]
#[rtype(result = "Result<(), NotDone>")]
pub struct StartScenario {
    pub scenario: Scenario,
    /// Of its lots; its own if `None`.
    pub acceleration: Option<u32>,
    pub par: String,
}

/// Command: stop one simulator. Answered when it has ended.
#[derive(Message)]
#[rtype(result = "Result<(), NotDone>")]
pub struct StopSimulator {
    pub simulator: Simulator,
    pub par: String,
}

/// Command: stop all simulators. Answered with those that ran, when they have ended.
#[derive(Message)]
#[rtype(result = "Vec<Simulator>")]
pub struct StopAllSimulators {
    pub par: String,
}

/// Command: make this fault. Answered with its number when it has begun.
#[derive(Message)]
#[rtype(result = "Result<u32, NotDone>")]
pub struct StartFault {
    pub run: FaultRun,
    pub par: String,
}

/// Command: make the fault with this number no longer.
#[derive(Message)]
#[rtype(result = "Result<(), NotDone>")]
pub struct StopFault {
    pub id: u32,
    pub par: String,
}

/// Query: the last lines of a simulator, and those to come of all.
#[derive(Message)]
#[rtype(result = "Said")]
pub struct FollowLog {
    pub simulator: Simulator,
    pub tail: usize,
}

/// What simulators said and say.
pub struct Said {
    /// Oldest first.
    pub lines: Vec<Arc<Line>>,
    /// Of all simulators.
    pub to_come: broadcast::Receiver<Arc<Line>>,
}
