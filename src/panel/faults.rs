//! The faults that are being made: each has its end, and none outlives what it is made for.

use super::{Pause, Simulators, preparing};
use crate::{
    domain::panel::{
        NotDone, Simulator,
        fault::{Effect, Fault, FaultKind, FaultRun, Faults, Target, bounds},
        saying::{Saying, Word},
    },
    messages::http_to_simulators::{StartFault, StopFault},
    simulator::slow_screen,
};
use actix::{ActorFutureExt, AsyncContext, Context, Handler, ResponseActFuture, WrapFuture};
use jiff::Timestamp;
use serde_json::json;
use tokio::{sync::watch, task::JoinHandle};

/// All faults, in the order in which they were asked for.
pub(super) struct Making {
    all: Vec<Made>,
    next_id: u32,
    told: watch::Sender<Faults>,
}

struct Made {
    fault: Fault,
    /// It is recorded that it was asked for, and it is being made.
    has_begun: bool,
    aid: Option<Aid>,
}

/// What makes a fault that is of no simulator; ends with it.
enum Aid {
    SlowScreen(JoinHandle<()>),
    Paused(Pause),
}

impl Drop for Aid {
    fn drop(&mut self) {
        match self {
            Aid::SlowScreen(screen) => screen.abort(),
            Aid::Paused(pause) => {
                if let Err(error) = pause(false) {
                    log::error!("the database is still stopped: {error}");
                }
            }
        }
    }
}

impl Making {
    pub fn new() -> Self {
        Making {
            all: Vec::new(),
            next_id: 1,
            told: watch::channel(Faults::default()).0,
        }
    }

    /// Those that are being made, as they change.
    pub fn watch(&self) -> watch::Receiver<Faults> {
        self.told.subscribe()
    }

    pub fn running(&self) -> Vec<Fault> {
        let begun = self.all.iter().filter(|made| made.has_begun);
        begun.map(|made| made.fault.clone()).collect()
    }

    fn publish(&self) {
        self.told.send_replace(Faults(self.running().into()));
    }

    /// Keeps a place for it, so that of two that are asked for at once the second finds the first.
    fn reserve(&mut self, run: FaultRun) -> Result<u32, NotDone> {
        if self.all.len() >= bounds::FAULTS {
            return Err(NotDone::TooManyFaults(self.all.len()));
        }
        let kind = run.effect.kind();
        let is_same = |made: &Made| {
            let one = &made.fault.run;
            one.effect.kind() == kind && one.target == run.target
        };
        if self.all.iter().any(is_same) {
            return Err(NotDone::FaultRunning(kind));
        }
        let id = self.next_id;
        self.next_id += 1;
        self.all.push(Made {
            fault: Fault {
                id,
                run,
                since: Timestamp::now(),
            },
            has_begun: false,
            aid: None,
        });
        Ok(id)
    }

    fn take(&mut self, id: u32) -> Option<Fault> {
        let at = self.all.iter().position(|made| made.fault.id == id)?;
        let made = self.all.remove(at);
        self.publish();
        Some(made.fault)
    }
}

impl Handler<StartFault> for Simulators {
    type Result = ResponseActFuture<Self, Result<u32, NotDone>>;

    fn handle(&mut self, start: StartFault, _: &mut Self::Context) -> Self::Result {
        let StartFault { run, par } = start;
        let reserved = self
            .check(&run)
            .and_then(|()| self.faults.reserve(run.clone()));
        let id = match reserved {
            Ok(id) => id,
            Err(refusal) => return Box::pin(actix::fut::ready(Err(refusal))),
        };
        let prepared = preparing::prepare_fault(self.surroundings.clone(), run.clone(), par);
        Box::pin(prepared.into_actor(self).map(move |prepared, act, ctx| {
            // Meanwhile what it is made for may have ended.
            let begun = prepared.and_then(|key| {
                act.check(&run)?;
                act.begin(id, key, ctx)
            });
            if begun.is_err() {
                act.faults.take(id);
            }
            begun.map(|()| id)
        }))
    }
}

impl Handler<StopFault> for Simulators {
    type Result = ResponseActFuture<Self, Result<(), NotDone>>;

    fn handle(&mut self, stop: StopFault, _: &mut Self::Context) -> Self::Result {
        let StopFault { id, par } = stop;
        let begun = self
            .faults
            .all
            .iter()
            .any(|made| made.fault.id == id && made.has_begun);
        if !begun {
            return Box::pin(actix::fut::ready(Err(NotDone::NoFault(id))));
        }
        self.end_fault(id);
        let recorded = self.record(par, "panne-arret", json!({"id": id}));
        Box::pin(
            async move {
                recorded.await;
                Ok(())
            }
            .into_actor(self),
        )
    }
}

impl Simulators {
    /// Whether there is what it is to be made for.
    fn check(&self, run: &FaultRun) -> Result<(), NotDone> {
        if self.is_ending {
            return Err(NotDone::Stopping);
        }
        if run.effect == Effect::NoDatabase && self.surroundings.pause.is_none() {
            return Err(NotDone::DatabaseNotOurs);
        }
        let Some(target) = &run.target else {
            return Ok(());
        };
        if !self.slots[target.simulator as usize].is_running() {
            return Err(NotDone::NotRunning(target.simulator));
        }
        let names_one = target.code_lot.is_some() || target.device_id.is_some();
        if names_one && !self.targets().contains(target) {
            let named = target.code_lot.as_deref().or(target.device_id.as_deref());
            let (simulator, named) = (target.simulator, named.unwrap_or_default());
            return Err(NotDone::NoTarget(format!(
                "{simulator} runs, but nothing of it is called {named} now"
            )));
        }
        Ok(())
    }

    /// Everything that runs and a fault can be made for alone.
    pub(super) fn targets(&self) -> Vec<Target> {
        let fed = self.shared.fed.borrow();
        let lots = fed.iter().map(|code_lot| Target {
            simulator: Simulator::Gavage,
            code_lot: Some(code_lot.clone()),
            device_id: None,
        });
        let stations = self.slots.iter().flat_map(super::slot::Slot::stations);
        lots.chain(stations).collect()
    }

    fn begin(
        &mut self,
        id: u32,
        key: Option<String>,
        ctx: &mut Context<Self>,
    ) -> Result<(), NotDone> {
        let pause = self.surroundings.pause.clone();
        let made = self.faults.all.iter_mut().find(|made| made.fault.id == id);
        let made = made.ok_or(NotDone::NoFault(id))?;
        made.aid = match (made.fault.run.effect.kind(), pause) {
            (FaultKind::NoDatabase, Some(pause)) => {
                if let Err(error) = pause(true) {
                    log::error!("the private database cannot be stopped: {error}");
                    return Err(NotDone::DatabaseNotOurs);
                }
                Some(Aid::Paused(pause))
            }
            (FaultKind::SlowScreen, _) => {
                let screen = slow_screen::open(self.surroundings.server, key);
                Some(Aid::SlowScreen(actix::spawn(screen)))
            }
            _ => None,
        };
        made.has_begun = true;
        made.fault.since = Timestamp::now();
        let run = made.fault.run.clone();
        self.faults.publish();
        let (kind, lasts) = (run.effect.kind(), run.lasts);
        let saying = Saying::new(Word::FaultBegins).with("fault", kind);
        self.say_of(&run, saying.with("seconds", lasts.as_secs()));
        ctx.run_later(lasts, move |act, _| act.end_fault(id));
        self.tell();
        Ok(())
    }

    /// Whoever ends it, and if it has ended already, this changes nothing.
    fn end_fault(&mut self, id: u32) {
        let Some(fault) = self.faults.take(id) else {
            return;
        };
        let saying = Saying::new(Word::FaultEnds).with("fault", fault.run.effect.kind());
        self.say_of(&fault.run, saying);
        self.tell();
    }

    pub(super) fn end_faults_of(&mut self, simulator: Simulator) {
        let is_its = |fault: &Fault| {
            let target = fault.run.target.as_ref();
            target.is_some_and(|target| target.simulator == simulator)
        };
        for fault in self.faults.running().into_iter().filter(is_its) {
            self.end_fault(fault.id);
        }
    }

    pub(super) fn end_all_faults(&mut self) {
        for fault in self.faults.running() {
            self.end_fault(fault.id);
        }
    }

    fn say_of(&self, run: &FaultRun, saying: Saying) {
        log::info!("{saying}");
        let target = run.target.as_ref();
        let slot = target.map(|target| &self.slots[target.simulator as usize]);
        if let Some(last) = slot.and_then(|slot| slot.last.as_ref()) {
            last.teller.say(saying);
        }
    }
}
