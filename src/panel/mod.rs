//! The simulators that run inside this server: one actor owns their tasks, their counts and their log.
//!
//! They are ordinary producers on sockets of this machine; nothing of the server knows them. Whoever they are started by, what they send is
//! marked as simulated, and their lots get codes behind the highest of the month.

mod consumer;
mod gavage;
mod preparing;
mod sqal;
mod teller;

use crate::{
    domain::panel::{
        Condition, LONGEST_RUN, NotDone, Report, Run, Simulator, SimulatorReport,
        scenario::{Progress, Scenario, Step},
    },
    messages::{
        app_to_simulators::EndSimulators,
        http_to_simulators::{
            FollowLog, Said, StartScenario, StartSimulator, StopAllSimulators, StopSimulator,
        },
    },
    store::{self, Pool},
};
use actix::{
    Actor, ActorFutureExt, AsyncContext, Context, Handler, MessageResult, ResponseActFuture,
    WrapFuture,
};
use futures_util::future::{LocalBoxFuture, join_all};
use jiff::Timestamp;
use preparing::Prepared;
use serde_json::{Value, json};
use std::{net::SocketAddr, rc::Rc, sync::Arc, time::Duration};
use teller::{Shared, Teller};
use tokio::{
    sync::{broadcast, oneshot, watch},
    task::JoinError,
    time::{Instant, sleep},
};

/// How often the panel is told how the simulators are doing, if nothing happens.
const TOLD_EVERY: Duration = Duration::from_secs(2);
/// How often it is looked whether something happened.
const LOOKED_EVERY: Duration = Duration::from_millis(250);
/// Lines of the log that a slow reader may be behind.
const LINES_BEHIND: usize = 256;

/// What the simulators need of the server.
#[derive(Clone)]
pub struct Surroundings {
    /// Where this server is reached.
    pub server: SocketAddr,
    pub pool: Pool,
    pub beside_real_data: bool,
    /// Producers need a key.
    pub asks_for_keys: bool,
}

pub struct Simulators {
    surroundings: Surroundings,
    slots: [Slot; Simulator::ALL.len()],
    shared: Shared,
    report: watch::Sender<Arc<Report>>,
    told: Instant,
    /// The server stops: nothing is started any more.
    is_ending: bool,
}

/// The place of one simulator.
#[derive(Default)]
struct Slot {
    task: Task,
    /// Of the current run, or the last one.
    last: Option<LastRun>,
    failed: bool,
}

#[derive(Default)]
enum Task {
    #[default]
    None,
    /// The database is asked whether it may start.
    Preparing,
    Running(Running),
}

struct Running {
    stop: watch::Sender<bool>,
    since: Instant,
    /// Who waits for its end.
    waiting: Vec<oneshot::Sender<()>>,
}

struct LastRun {
    run: Run,
    started_at: Timestamp,
    lasted: Duration,
    teller: Teller,
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
        };
        Simulators {
            surroundings,
            slots: Default::default(),
            shared: Shared {
                log: Rc::default(),
                lines: broadcast::channel(LINES_BEHIND).0,
                progress: Rc::default(),
            },
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
        if !matches!(slot.task, Task::None) {
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

impl Handler<StartScenario> for Simulators {
    type Result = ResponseActFuture<Self, Result<(), NotDone>>;

    fn handle(&mut self, start: StartScenario, ctx: &mut Self::Context) -> Self::Result {
        let StartScenario { scenario, par } = start;
        let is_busy =
            |simulator: &Simulator| !matches!(self.slots[*simulator as usize].task, Task::None);
        if let Some(busy) = Progress::SIMULATORS.into_iter().find(is_busy) {
            return Box::pin(actix::fut::ready(Err(NotDone::Running(busy))));
        }
        self.shared.progress.replace(Some(Progress::new(scenario)));
        let me = ctx.address();
        let started = async move {
            for run in scenario.runs() {
                let par = format!("{par} ({scenario})");
                let started = me.send(StartSimulator { run, par }).await;
                started.unwrap_or(Err(NotDone::Stopping))?;
            }
            Ok(())
        };
        Box::pin(started.into_actor(self))
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
    fn launch(&mut self, run: Run, prepared: Prepared, ctx: &mut Context<Self>) {
        let simulator = run.simulator();
        let teller = Teller::new(simulator, self.shared.clone());
        let (stop, stopped) = watch::channel(false);
        let server = self.surroundings.server;
        let work = match run.clone() {
            Run::Gavage(run) => {
                gavage::feed(run, prepared, server, teller.clone(), stopped.clone())
            }
            Run::Monitor(run) => {
                sqal::monitor(run, prepared, server, teller.clone(), stopped.clone())
            }
            Run::Consumer(run) => {
                consumer::rate(run, prepared, server, teller.clone(), stopped.clone())
            }
            Run::Sqal(run) => sqal::inspect(run, prepared, server, teller.clone(), stopped.clone()),
        };
        self.watch(run, teller, stop, work, ctx);
    }

    /// Runs the work of a simulator as a task of its own, so that its panic is only its own end.
    fn watch(
        &mut self,
        run: Run,
        teller: Teller,
        stop: watch::Sender<bool>,
        work: LocalBoxFuture<'static, ()>,
        ctx: &mut Context<Self>,
    ) {
        let simulator = run.simulator();
        let slot = &mut self.slots[simulator as usize];
        slot.failed = false;
        slot.last = Some(LastRun {
            run,
            started_at: Timestamp::now(),
            lasted: Duration::ZERO,
            teller,
        });
        let out_of_time = stop.clone();
        slot.task = Task::Running(Running {
            stop,
            since: Instant::now(),
            waiting: Vec::new(),
        });
        let task = actix::spawn(async move {
            let mut work = work;
            tokio::select! {
                () = &mut work => return,
                () = sleep(LONGEST_RUN) => {
                    // Ignores the error: the simulator has just ended.
                    let _ = out_of_time.send(true);
                }
            }
            work.await;
        });
        let ended = task.into_actor(self);
        ctx.spawn(ended.map(move |end, act, _| act.ended(simulator, end)));
        self.tell();
    }

    fn ended(&mut self, simulator: Simulator, end: Result<(), JoinError>) {
        let slot = &mut self.slots[simulator as usize];
        let Task::Running(running) = std::mem::take(&mut slot.task) else {
            return;
        };
        if let Some(last) = &mut slot.last {
            last.lasted = running.since.elapsed();
            if let Err(error) = end {
                slot.failed = true;
                last.teller.fail(panic_of(error));
            }
        }
        for waiting in running.waiting {
            // Ignores the error: nobody waits any more.
            let _ = waiting.send(());
        }
        self.tell();
    }

    /// Asks a simulator to stop; the future resolves when it has.
    fn stop(&mut self, simulator: Simulator) -> Result<impl Future<Output = ()> + use<>, NotDone> {
        let Task::Running(running) = &mut self.slots[simulator as usize].task else {
            return Err(NotDone::NotRunning(simulator));
        };
        // Ignores the error: it is just ending.
        let _ = running.stop.send(true);
        let (end, ended) = oneshot::channel();
        running.waiting.push(end);
        Ok(async {
            let _ = ended.await;
        })
    }

    /// A stop must not wait for a database that is away, so this only says what it could not record.
    fn record(&self, par: String, action: &'static str, what: Value) -> impl Future + use<> {
        preparing::record(self.surroundings.pool.clone(), par, action, what)
    }

    /// What became of the lot of a scenario after its control is no simulator's affair: the database knows it.
    fn look_further(&mut self, ctx: &mut Context<Self>) {
        let progress = self.shared.progress.borrow();
        let Some(lot) = progress
            .as_ref()
            .and_then(|one| one.watched(Timestamp::now()))
        else {
            return;
        };
        let (pool, lot) = (self.surroundings.pool.clone(), lot.to_owned());
        let progress = self.shared.progress.clone();
        let look = async move {
            // Without an answer it is asked again.
            let Ok(became) = store::panel::what_became(&pool, &lot).await else {
                return;
            };
            let mut progress = progress.borrow_mut();
            let Some(progress) = progress.as_mut() else {
                return;
            };
            for (step, is_made) in [
                (Step::Labelled, became.labelled),
                (Step::Rated, became.rated),
                (Step::Advised, became.advised),
                (Step::Accepted, became.accepted),
            ] {
                if is_made {
                    progress.note(step, &lot, Timestamp::now());
                }
            }
        };
        ctx.spawn(look.into_actor(self));
    }

    fn tell_in_time(&mut self, ctx: &mut Context<Self>) {
        let rating = self
            .shared
            .progress
            .borrow()
            .as_ref()
            .and_then(Progress::rating);
        if let Some(run) = rating
            && self.stop(Simulator::Monitor).is_ok()
        {
            let par = format!("{}", Scenario::Loop);
            // While they rate already, a second start is refused and nothing else.
            ctx.notify(StartSimulator { run, par });
        }
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
        }
    }
}

impl Slot {
    fn report(&self) -> SimulatorReport {
        let (condition, uptime) = match &self.task {
            Task::Running(running) => (Condition::Running, running.since.elapsed()),
            _ if self.failed => (Condition::Error, self.lasted()),
            _ => (Condition::Stopped, self.lasted()),
        };
        let last = self.last.as_ref();
        SimulatorReport {
            condition,
            started_at: last.map(|last| last.started_at),
            uptime,
            tally: last.map(|last| last.teller.tally()).unwrap_or_default(),
            run: last.map(|last| last.run.clone()),
        }
    }

    fn lasted(&self) -> Duration {
        self.last
            .as_ref()
            .map_or(Duration::ZERO, |last| last.lasted)
    }
}

fn panic_of(error: JoinError) -> String {
    let Ok(panic) = error.try_into_panic() else {
        return "it was aborted".to_owned();
    };
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "it panicked without a word".to_owned())
}

#[cfg(test)]
mod tests;
