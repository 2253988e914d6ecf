//! The simulators that run inside this server: one actor owns their tasks, their counts, their log, and the faults that are made between them
//! and their sockets.
//!
//! They are ordinary producers on sockets of this machine; nothing of the server knows them. Whoever they are started by, what they send is
//! marked as simulated, and their lots get codes behind the highest of the month.

mod consumer;
mod faults;
mod gavage;
mod launching;
mod preparing;
mod scenario;
mod slot;
mod sqal;
mod teller;

use crate::{
    domain::panel::{Condition, NotDone, Report, Simulator, SimulatorReport},
    messages::{
        app_to_simulators::EndSimulators,
        http_to_simulators::{FollowLog, Said, StartSimulator, StopAllSimulators, StopSimulator},
    },
    store::Pool,
};
use actix::{
    Actor, ActorFutureExt, AsyncContext, Context, Handler, MessageResult, ResponseActFuture,
    WrapFuture,
};
use faults::Making;
use futures_util::future::join_all;
use jiff::{Timestamp, tz::TimeZone};
use serde_json::{Value, json};
use slot::{Slot, Task};
use std::{io, net::SocketAddr, rc::Rc, sync::Arc, time::Duration};
use teller::Shared;
use tokio::{
    sync::{broadcast, watch},
    time::Instant,
};

/// How often the panel is told how the simulators are doing, if nothing happens.
const TOLD_EVERY: Duration = Duration::from_secs(2);
/// How often it is looked whether something happened.
const LOOKED_EVERY: Duration = Duration::from_millis(250);
/// Lines of the log that a slow reader may be behind.
const LINES_BEHIND: usize = 256;

/// Stops the server's own PostgreSQL (`true`), or lets it go on.
pub type Pause = Arc<dyn Fn(bool) -> io::Result<()> + Send + Sync>;

/// What the simulators need of the server.
#[derive(Clone)]
pub struct Surroundings {
    /// Where this server is reached.
    pub server: SocketAddr,
    pub pool: Pool,
    pub beside_real_data: bool,
    /// Producers need a key.
    pub asks_for_keys: bool,
    /// The clock on the wall.
    pub zone: TimeZone,
    /// `None` unless the server has a PostgreSQL of its own that may be stopped.
    pub pause: Option<Pause>,
}

pub struct Simulators {
    surroundings: Surroundings,
    slots: [Slot; Simulator::ALL.len()],
    shared: Shared,
    faults: Making,
    report: watch::Sender<Arc<Report>>,
    told: Instant,
    /// The server stops: nothing is started any more.
    is_ending: bool,
}

impl Simulators {
    pub fn new(surroundings: Surroundings) -> Self {
        let stopped = SimulatorReport {
            condition: Condition::Stopped,
            started_at: None,
            uptime: Duration::ZERO,
            tally: Default::default(),
            run: None,
        };
        let report = Report {
            at: Timestamp::now(),
            simulators: std::array::from_fn(|_| stopped.clone()),
            progress: None,
            faults: Vec::new(),
            targets: Vec::new(),
        };
        Simulators {
            surroundings,
            slots: Default::default(),
            shared: Shared {
                log: Rc::default(),
                lines: broadcast::channel(LINES_BEHIND).0,
                progress: Rc::default(),
                fed: Rc::default(),
            },
            faults: Making::new(),
            report: watch::channel(Arc::new(report)).0,
            told: Instant::now(),
            is_ending: false,
        }
    }

    /// The newest report of how all simulators are doing.
    pub fn report(&self) -> watch::Receiver<Arc<Report>> {
        self.report.subscribe()
    }
}

impl Actor for Simulators {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.run_interval(LOOKED_EVERY, |act, ctx| act.tell_in_time(ctx));
        ctx.run_interval(TOLD_EVERY, |act, ctx| act.look_further(ctx));
    }
}

impl Handler<EndSimulators> for Simulators {
    type Result = ResponseActFuture<Self, ()>;

    fn handle(&mut self, _: EndSimulators, _: &mut Self::Context) -> Self::Result {
        self.is_ending = true;
        self.end_all_faults();
        let ends = Simulator::ALL.map(|simulator| self.stop(simulator).ok());
        Box::pin(
            join_all(ends.into_iter().flatten())
                .into_actor(self)
                .map(|_, _, _| ()),
        )
    }
}

impl Handler<StartSimulator> for Simulators {
    type Result = ResponseActFuture<Self, Result<(), NotDone>>;

    /// Two that are asked for at once are decided by the order of their messages: the second finds the first preparing.
    fn handle(&mut self, start: StartSimulator, _: &mut Self::Context) -> Self::Result {
        let StartSimulator { run, par } = start;
        let slot = &mut self.slots[run.simulator() as usize];
        if !slot.is_free() {
            let refusal = Err(NotDone::Running(run.simulator()));
            return Box::pin(actix::fut::ready(refusal));
        }
        slot.task = Task::Preparing;
        let prepare = preparing::prepare(self.surroundings.clone(), run.clone(), par);
        Box::pin(prepare.into_actor(self).map(move |prepared, act, ctx| {
            act.slots[run.simulator() as usize].task = Task::None;
            let prepared = prepared?;
            if act.is_ending {
                return Err(NotDone::Stopping);
            }
            act.launch(run, prepared, ctx);
            Ok(())
        }))
    }
}

impl Handler<StopSimulator> for Simulators {
    type Result = ResponseActFuture<Self, Result<(), NotDone>>;

    fn handle(&mut self, stop: StopSimulator, _: &mut Self::Context) -> Self::Result {
        let StopSimulator { simulator, par } = stop;
        match self.stop(simulator) {
            Err(refusal) => Box::pin(actix::fut::ready(Err(refusal))),
            Ok(end) => {
                let recorded = self.record(par, "stop", json!({"simulateur": simulator}));
                let ended = async move {
                    tokio::join!(end, recorded);
                    Ok(())
                };
                Box::pin(ended.into_actor(self))
            }
        }
    }
}

impl Handler<StopAllSimulators> for Simulators {
    type Result = ResponseActFuture<Self, Vec<Simulator>>;

    fn handle(&mut self, stop: StopAllSimulators, _: &mut Self::Context) -> Self::Result {
        self.end_all_faults();
        let mut stopped = Vec::new();
        let mut ends = Vec::new();
        for simulator in Simulator::ALL {
            if let Ok(end) = self.stop(simulator) {
                stopped.push(simulator);
                ends.push(end);
            }
        }
        let recorded = self.record(stop.par, "stop-all", json!({"arretes": stopped}));
        let ended = async move {
            tokio::join!(join_all(ends), recorded);
            stopped
        };
        Box::pin(ended.into_actor(self))
    }
}

impl Handler<FollowLog> for Simulators {
    type Result = MessageResult<FollowLog>;

    fn handle(&mut self, follow: FollowLog, _: &mut Self::Context) -> Self::Result {
        MessageResult(Said {
            lines: self.shared.log.borrow().tail(follow.simulator, follow.tail),
            to_come: self.shared.lines.subscribe(),
        })
    }
}

impl Simulators {
    /// A stop must not wait for a database that is away, so this only says what it could not record.
    fn record(&self, par: String, action: &'static str, what: Value) -> impl Future + use<> {
        preparing::record(self.surroundings.pool.clone(), par, action, what)
    }

    fn tell_in_time(&mut self, ctx: &mut Context<Self>) {
        self.go_on_with_the_scenario(ctx);
        let is_news = !self.report.borrow().says_the_same(&self.now());
        if is_news || self.told.elapsed() >= TOLD_EVERY {
            self.tell();
        }
    }

    fn tell(&mut self) {
        self.told = Instant::now();
        self.report.send_replace(Arc::new(self.now()));
    }

    fn now(&self) -> Report {
        Report {
            at: Timestamp::now(),
            simulators: std::array::from_fn(|index| self.slots[index].report()),
            progress: self.shared.progress.borrow().clone(),
            faults: self.faults.running(),
            targets: self.targets(),
        }
    }
}

#[cfg(test)]
mod tests;
